"""Covariances of features that are used to choose among them, from however few rows."""

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

Array = NDArray[np.float64]

# From so many rows a column on, correlations are known well enough; shrinking them would only
# blur near copies, and rare categories, whose moments are noisy, would ask for it.
_PLENTY = 20
_SMALLEST_EIGENVALUE = 1e-10  # of the largest; rounding in float32 stays below


def covariance(X: NDArray[np.floating]) -> Array:
    """Return the covariance of the columns, features x features, of X, rows x features."""
    centred = X - X.mean(axis=0, dtype=np.float64)
    return np.asarray(centred.T @ centred / len(X))


def shrinkage(X: NDArray[np.floating]) -> float:
    """Return the share by which correlations of the columns are best taken towards 0.

    Where rows are few, the largest of many correlations are overestimated (Ledoit and Wolf, A
    well-conditioned estimator for large-dimensional covariance matrices, 2004).

    Args:
        X: Rows x features; constant ones play no part.

    Returns:
        Between 0 and 1; exactly 0 where rows are plenty.
    """
    centred = X - X.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    varying = spread > 0
    if not varying.any() or len(X) >= _PLENTY * varying.sum():
        return 0.0
    standardised = centred[:, varying] / spread[varying]
    return float(ledoit_wolf_shrinkage(standardised, assume_centered=True))


def shrunk(moments: Array, share: float) -> Array:
    """Return second moments, features x features, with correlations reduced by a share."""
    return np.asarray((1 - share) * moments + share * np.diag(np.diag(moments)))


def rank(X: NDArray[np.floating]) -> int:
    """Return the rank of the centred columns of X, rows x features.

    That many latents reconstruct X exactly: one-hot columns add up to one, constants add nothing.
    """
    eigenvalues = np.linalg.eigvalsh(covariance(X.astype(np.float64)))
    return int((eigenvalues > _SMALLEST_EIGENVALUE * eigenvalues.max()).sum())
