"""Refitting the constants of a formula on all training rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from latent_laws.formulas.formula import Formula, FormulaError

_MAX_CONSTANTS = 24
_EVALUATIONS = 12

Array = NDArray[np.float64]


def refit(formula: Formula, X: Array, y: Array, names: Sequence[str]) -> Formula:
    """Minimise the squared error over a formula's constants.

    By a trust region (Branch, Coleman and Li, 1999): scipy's Levenberg-Marquardt does not always
    repeat itself where constants trade off against each other.

    Args:
        formula: its constants are the start.
        X: rows x features.
        y: rows.
        names: features.

    Returns:
        The formula with better constants, or the given one where none are found.
    """
    constants = np.array(formula.constants)
    if not 0 < len(constants) <= min(_MAX_CONSTANTS, len(y)):
        return formula

    used = [names.index(name) for name in formula.features]
    columns, own_names = np.ascontiguousarray(X[:, used]), list(formula.features)

    def residual(values: Array) -> Array:
        with_values = formula.with_constants([float(v) for v in values])
        error = with_values.evaluate(columns, own_names) - y
        return np.where(np.isfinite(error), error, 1e6)

    try:
        # a step too far overflows, and is taken back
        with np.errstate(over="ignore"):
            fit = least_squares(
                residual, constants, method="trf", x_scale="jac", max_nfev=_EVALUATIONS
            )
        better = formula.with_constants([float(v) for v in fit.x])
    except (FormulaError, ValueError, np.linalg.LinAlgError):
        return formula
    return better if 2 * fit.cost < float((residual(constants) ** 2).sum()) else formula
