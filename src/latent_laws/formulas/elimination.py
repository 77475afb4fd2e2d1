"""Backward elimination: ever smaller versions of a formula, the least needed part going first."""

import math

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas import backends
from latent_laws.formulas.algebra import fold_constants
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import Tokens, is_finite, subtree_starts

Array = NDArray[np.float64]


def elimination_path(
    formula: Formula, X: Array, y: Array, names: list[str], max_loss: float
) -> list[Formula]:
    """Replace parts of a formula by constants, one after the other.

    In each step every part in turn is replaced by its mean over the rows, and the version that
    loses least is kept. Genetic programming leaves parts behind that do next to nothing; without
    them the formula is shorter and has fewer inputs.

    Args:
        formula: Where to start.
        X: Rows x features.
        y: Rows.
        names: Features.
        max_loss: R² that the versions may lose together.

    Returns:
        The smaller versions, largest first; their constants are not fitted again.
    """
    columns = dict(zip(names, X.T, strict=True))
    variance = float(y.var())
    path: list[Formula] = []
    loss = _error(formula.tokens, columns, y)
    limit = loss + max_loss * variance
    tokens = formula.tokens
    while len(tokens) > 1:
        smaller = _smaller_versions(tokens, columns, len(y))
        errors = [_error(version, columns, y) for version in smaller]
        if not errors or not min(errors) <= limit:
            break
        tokens = smaller[int(np.argmin(errors))]
        path.append(Formula(tokens))
    return path


def _smaller_versions(tokens: Tokens, columns: dict[str, Array], n_rows: int) -> list[Tokens]:
    """Return the formula with each part but the whole replaced by its mean, constants folded."""
    versions: dict[Tokens, None] = {}
    for end, start in enumerate(subtree_starts(tokens)):
        part = tokens[start : end + 1]
        # A constant factor or term goes as well: by what does nothing in its place.
        is_constant = len(part) == 1 and isinstance(part[0], float)
        values = 1.0 if is_constant else backends.evaluate_numpy(part, columns, n_rows)
        for replacement in (float(np.mean(values)), 0.0):
            version = fold_constants((*tokens[:start], replacement, *tokens[end + 1 :]))
            if len(version) < len(tokens) and is_finite(version):
                versions[version] = None
    return list(versions)


def _error(tokens: Tokens, columns: dict[str, Array], y: Array) -> float:
    """Return the mean squared error after the best scale and shift, infinite where undefined."""
    values = backends.evaluate_numpy(tokens, columns, len(y))
    with np.errstate(over="ignore", invalid="ignore"):
        centred, target = values - values.mean(), y - y.mean()
        size = float(centred @ centred)
    if not np.isfinite(size):
        return np.inf
    # divided before it is squared: the square of a large form's product is beyond a float
    explained = (float(centred @ target) / math.sqrt(size)) ** 2 if size > 0 else 0.0
    return (float(target @ target) - explained) / len(y)
