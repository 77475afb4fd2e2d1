"""Formulas made shorter without changing what they compute."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas import backends
from latent_laws.formulas.algebra import fold_constants
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.sums import MINUS, PLUS, TIMES
from latent_laws.formulas.tokens import NEGATE, Tokens, features_of, is_finite, subtree_starts

Array = NDArray[np.float64]
NEGLIGIBLE = 1e-6  # of the spread of the values: changes R² by less than 1e-11
NEARLY = 1e-3  # of the size of a part: what changes it more is never tried without
ROUNDING = 1e-12  # of sums of double precision, relative to the size of the values
AGREEMENT = 1e-9  # of two spellings of a formula, relative to the size of the values
_PROBES = 16


def simplified(
    formula: Formula, X: Array | None = None, names: Sequence[str] | None = None
) -> Formula:
    """The formula with constants folded, like terms collected and signs cancelled.

    Args:
        formula: Any formula.
        X: Rows x features on which the two must agree; by default standard normal rows.
        names: The features, in the order of the columns.

    Returns:
        The shorter spelling if it has no more nodes and the same values to 1e-9, else the formula.
    """
    tokens = fold_constants(formula.tokens)
    columns = (
        standard_columns(formula.features)
        if X is None or names is None
        else backends.numpy_columns(X, names, formula.features)
    )
    shorter = len(tokens) <= formula.complexity
    return Formula(tokens) if shorter and agree(tokens, formula.tokens, columns) else formula


def tidy(formula: Formula, X: Array, names: Sequence[str]) -> Formula:
    """The formula as a person would write it: simplified, without terms of rounding size.

    Args:
        formula: Any formula.
        X: Rows x features, a sample of the data.
        names: The features, in the order of the columns.

    Returns:
        A formula of no more nodes; its values differ by at most a millionth of their spread.

    Raises:
        FormulaError: A feature is missing, or X has another number of columns than names.
    """
    columns = backends.numpy_columns(X, names, formula.features)
    tokens = simplified(formula, X, names).tokens
    values = backends.evaluate_numpy(tokens, columns, len(X))
    tokens = _without_parts(tokens, columns, values, _rounding_size(values))
    return simplified(Formula(tokens), X, names)


def without_small_constants(formula: Formula, X: Array, names: Sequence[str]) -> Formula:
    """The formula for people: `Elevation` for `Elevation - 4e-7`.

    What reads features stays with its weights, since what it does may not show on the rows given.

    Args:
        formula: Any formula.
        X: Rows x features, a sample of the data.
        names: The features, in the order of the columns.
    """
    columns = backends.numpy_columns(X, names, formula.features)
    values = backends.evaluate_numpy(formula.tokens, columns, len(X))
    allowed = _rounding_size(values)
    return Formula(_without_parts(formula.tokens, columns, values, allowed, constants=True))


def without_rounding(tokens: Tokens, columns: dict[str, Array]) -> Tokens:
    """The formula without what a change of units leaves of rounding: `x - 1` for `x - 1 + 4e-13`.

    Args:
        tokens: Any formula.
        columns: Of its features; each has to vary, or its terms are not missed.
    """
    n_rows = len(next(iter(columns.values()), np.empty(1)))
    values = backends.evaluate_numpy(tokens, columns, n_rows)
    size = float(np.abs(np.nan_to_num(values)).max())
    return _without_parts(tokens, columns, values, ROUNDING * size)


def _without_parts(
    tokens: Tokens,
    columns: dict[str, Array],
    values: Array,
    allowed: float,
    constants: bool = False,
) -> Tokens:
    if not np.isfinite(values).any():
        return tokens  # where nothing is defined nothing is missed
    smallest = partial(_without_a_part, constants=constants)
    for smaller in iter(lambda: smallest(tokens, columns, values, allowed), None):
        tokens = smaller
    return tokens


def _rounding_size(values: Array) -> float:
    defined = values[np.isfinite(values)]
    if not defined.size:
        return 0.0
    size = float(np.abs(defined).max())
    spread = size * float((defined / size).std()) if size else 0.0  # no overflow in squares
    return NEGLIGIBLE * spread + AGREEMENT * size


def _without_a_part(
    tokens: Tokens, columns: dict[str, Array], values: Array, allowed: float, constants: bool
) -> Tokens | None:
    """Return the formula without one operand of a sum or product, where none is missed.

    With `constants`, only operands of sums that read no feature are tried.
    """
    starts = subtree_starts(tokens)
    parts = backends.evaluate_parts(tokens, columns)
    for end, token in enumerate(tokens):
        if token not in ((PLUS, MINUS) if constants else (PLUS, MINUS, TIMES)):
            continue
        middle, start = starts[end - 1], starts[end]
        left, right = tokens[start:middle], tokens[middle:end]
        for kept, one, dropped in ((left, middle - 1, right), (right, end - 1, left)):
            if (constants and features_of(dropped)) or not _is_nearly(parts[one], parts[end]):
                continue
            sign = (NEGATE,) if token == MINUS and kept is right else ()
            version = (*tokens[:start], *kept, *sign, *tokens[end + 1 :])
            fresh = backends.evaluate_numpy(version, columns, len(values))
            if np.allclose(fresh, values, rtol=0, atol=allowed, equal_nan=True):
                return version
    return None


def _is_nearly(operand: Array, result: Array) -> bool:
    """Whether an operation did next to nothing but for the sign; saves most evaluations."""
    with np.errstate(all="ignore"):
        change = np.abs(np.abs(operand) - np.abs(result))
    largest, size = (np.fmax.reduce(np.ravel(one), initial=0.0) for one in (change, np.abs(result)))
    return bool(largest <= NEARLY * size)


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
