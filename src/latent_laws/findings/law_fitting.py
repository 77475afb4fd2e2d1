"""Least squares for many small problems at once.

The global law is fitted thousands of times to a handful of points. Levenberg-Marquardt on all those
problems together is faster than one call a problem, and repeats to the last bit, which MINPACK in
SciPy 1.17 does not.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

ITERATIONS = 80
STEP = 1e-6  # of forward differences
FAR_OFF = 1e3  # the residual where a curve is undefined
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-2, 1e-12, 1e12
RELAX, TIGHTEN = 0.2, 5.0
CONVERGED = 1e-12  # the share of the squared error by which no problem improves any more


def least_squares(
    curve: Curve, y: Array, weights: Array, start: Array, iterations: int = ITERATIONS
) -> tuple[Array, Array]:
    """Minimise weights · (curve(parameters) - y)² by Levenberg-Marquardt, problem by problem.

    Args:
        curve: From problems x parameters to problems x points.
        y: Points.
        weights: Problems x points; 0 leaves a point out.
        start: Problems x parameters.
        iterations: The most steps tried.

    Returns:
        The parameters, problems x parameters, and the squared errors, problems.
    """
    parameters = start.copy()
    damping = np.full(len(start), FIRST_DAMPING)
    residual = residuals(curve, y, parameters)
    error = (weights * residual**2).sum(axis=1)
    for _ in range(iterations):
        jacobian = _jacobian(curve, y, parameters, residual)
        tried = parameters - _step(jacobian, residual, weights, damping)
        residual_there = residuals(curve, y, tried)
        error_there = (weights * residual_there**2).sum(axis=1)
        better = error_there < error
        gain = np.where(better, error - error_there, 0.0)
        parameters = np.where(better[:, None], tried, parameters)
        residual = np.where(better[:, None], residual_there, residual)
        done = gain <= CONVERGED * error
        error = np.where(better, error_there, error)
        damping = np.clip(damping * np.where(better, RELAX, TIGHTEN), LEAST_DAMPING, MOST_DAMPING)
        if (done & (better | (damping >= MOST_DAMPING))).all():
            break
    return parameters, error


def residuals(curve: Curve, y: Array, parameters: Array) -> Array:
    """Return curve(parameters) - y, problems x points, `FAR_OFF` where that is undefined."""
    with np.errstate(all="ignore"):
        difference = curve(parameters) - y
    return np.where(np.isfinite(difference), np.clip(difference, -FAR_OFF, FAR_OFF), FAR_OFF)


def _jacobian(curve: Curve, y: Array, parameters: Array, residual: Array) -> Array:
    """Return problems x points x parameters, by forward differences."""
    columns = []
    for k in range(parameters.shape[1]):
        moved = parameters.copy()
        moved[:, k] += STEP
        columns.append((residuals(curve, y, moved) - residual) / STEP)
    return np.stack(columns, axis=-1)


def _step(jacobian: Array, residual: Array, weights: Array, damping: Array) -> Array:
    """Return the damped Gauss-Newton step, problems x parameters."""
    weighted = jacobian * weights[..., None]
    normal = (weighted[..., :, None] * jacobian[..., None, :]).sum(axis=1)
    gradient = (weighted * residual[..., None]).sum(axis=1)
    scale = np.diagonal(normal, axis1=1, axis2=2)
    # A parameter without effect (a floor far below the curve) has scale 0: it then stays.
    ridge = damping[:, None] * (scale + np.finfo(float).eps * scale.max(axis=1, keepdims=True))
    ridge = np.maximum(ridge, np.finfo(float).tiny ** 0.5)
    solved: Array = np.linalg.solve(
        normal + ridge[:, :, None] * np.eye(len(scale[0])), gradient[..., None]
    )
    return solved[..., 0]
