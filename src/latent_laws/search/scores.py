"""How well formulas explain a latent."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Squared error that a constant latent is met to.
_ROUNDING = 1e-12


def r2_score(y: Array, prediction: Array) -> float:
    """Return 1 - squared error / squared deviation; NaN where a prediction is undefined.

    A constant latent gives 1 where it is met to rounding, else 0.
    """
    with np.errstate(over="ignore"):  # of a candidate with a pole near a row
        error = float(((y - prediction) ** 2).mean())
    variance = float(y.var())
    if variance == 0:
        return 1.0 if error < _ROUNDING else 0.0
    return 1.0 - error / variance


def gain_in_errors(y: Array, prediction: Array, mean: float) -> float:
    """Return how many standard errors a prediction's squared error lies below the constant's."""
    gain = (y - mean) ** 2 - (y - prediction) ** 2
    spread = float(gain.std()) / np.sqrt(len(gain))
    if not np.isfinite(spread):
        return float("nan")
    return float(gain.mean()) / spread if spread > 0 else 0.0
