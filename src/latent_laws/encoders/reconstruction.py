"""Reconstruction errors."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.scores import variances

Array = NDArray[np.float32] | NDArray[np.float64]


def mse(X: Array, reconstruction: Array) -> float:
    """Return the squared error, averaged over rows and features."""
    return float(np.mean((X.astype(np.float64) - reconstruction) ** 2))


def fvu(X: Array, reconstruction: Array) -> float:
    """Return the fraction of variance unexplained: squared error / squared deviation, summed.

    Features weigh by their variance, as in the training loss. 0 is perfect, 1 is no better than
    the mean of X.
    """
    return mse(X, reconstruction) / float(X.astype(np.float64).var(axis=0).mean())


def feature_errors(X: Array, reconstruction: Array, names: tuple[str, ...]) -> pd.DataFrame:
    """Return a row a feature: `feature`, `mse`, `fvu` (NaN where it is constant in X)."""
    errors = ((X.astype(np.float64) - reconstruction) ** 2).mean(axis=0)
    variance = variances(X.astype(np.float64))
    share = np.divide(errors, variance, out=np.full_like(errors, np.nan), where=variance > 0)
    return pd.DataFrame({"feature": list(names), "mse": errors, "fvu": share})
