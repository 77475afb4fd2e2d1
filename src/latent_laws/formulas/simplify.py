"""Formulas made shorter without changing what they compute."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas import backends
from latent_laws.formulas.algebra import sum_of
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import Tokens, features_of, is_finite

Array = NDArray[np.float64]
AGREEMENT = 1e-9  # of two spellings of a formula, relative to the size of the values
_PROBES = 16


def simplified(formula: Formula, X: Array | None = None, names: list[str] | None = None) -> Formula:
    """The formula with constants folded, like terms collected and signs cancelled.

    Args:
        formula: Any formula.
        X: Rows x features on which the two must agree; by default standard normal rows.
        names: The features, in the order of the columns.

    Returns:
        The shorter spelling if it has no more nodes and the same values to 1e-9, else the formula.
    """
    tokens = sum_of(formula.tokens).tokens()
    columns = (
        standard_columns(formula.features)
        if X is None or names is None
        else backends.numpy_columns(X, names, formula.features)
    )
    shorter = len(tokens) <= formula.complexity
    return Formula(tokens) if shorter and agree(tokens, formula.tokens, columns) else formula


def standard_columns(names: Sequence[str]) -> dict[str, Array]:
    """Standard normal columns of a few rows, by feature name."""
    rows = np.random.default_rng(0).standard_normal((len(names), _PROBES))
    return dict(zip(names, rows, strict=True))


def agree(one: Tokens, other: Tokens, columns: dict[str, Array]) -> bool:
    """Whether two formulas have the same values, and none in the same rows."""
    if not is_finite(one) or not set(features_of(one)) <= set(columns):
        return False
    n_rows = len(next(iter(columns.values()), np.empty(1)))
    a, b = (backends.evaluate_numpy(tokens, columns, n_rows) for tokens in (one, other))
    size = np.nan_to_num(np.abs(b)).max(initial=0.0)
    return bool(np.allclose(a, b, rtol=AGREEMENT, atol=AGREEMENT * size, equal_nan=True))
