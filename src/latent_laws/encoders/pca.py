"""The linear baseline, principal component analysis, and other linear maps to start from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from latent_laws.encoders.reconstruction import fvu

Array = NDArray[np.float64]

# Directions of a spread below this share of the largest are rounding.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class LinearBaseline:
    """The principal components of the training rows.

    Attributes:
        mean: features.
        components: features x features, by falling variance.
        spectrum: share of the variance of each component, features.
    """

    mean: Array
    components: Array
    spectrum: Array

    @classmethod
    def fit(cls, X: NDArray[np.float32]) -> Self:
        """Find all components of X, rows x features."""
        pca = PCA(svd_solver="covariance_eigh").fit(X.astype(np.float64))
        # The sign of an eigenvector is arbitrary: fix it, so that every machine starts alike.
        largest = np.abs(pca.components_).argmax(axis=1)
        signs = np.sign(pca.components_[np.arange(len(largest)), largest])
        return cls(pca.mean_, pca.components_ * signs[:, None], pca.explained_variance_ratio_)

    def reconstruct(self, X: NDArray[np.float32], latent_dim: int) -> Array:
        """Project X, rows x features, on the first `latent_dim` components and back."""
        V = self.components[:latent_dim]
        reconstruction: Array = (X - self.mean) @ V.T @ V + self.mean
        return reconstruction

    def fvu(self, X: NDArray[np.float32], latent_dim: int) -> float:
        """Return the fraction of variance unexplained at `latent_dim` components."""
        return fvu(X, self.reconstruct(X, latent_dim))


def linear_forms(Z: Array, X: NDArray[np.float32]) -> Array:
    """Return the least squares weights of latents on inputs, latents x inputs.

    Where inputs are sums of others but for the rounding of float32, they are the smallest ones of
    standardised inputs; those of constant inputs are 0.
    """
    centred = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    standardised = centred / np.where(spread > 0, spread, 1.0)
    inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(np.linalg.lstsq(standardised, Z, rcond=_ROUNDING)[0].T * inverse)


def linear_decoder(weight: Array, X: Array) -> Array:
    """Return the least squares weights of centred inputs on their linear forms, inputs x latents.

    Args:
        weight: Of the linear forms, latents x inputs.
        X: Rows x inputs.
    """
    centred = X - X.mean(axis=0)
    return np.asarray(np.linalg.lstsq(centred @ weight.T, centred, rcond=None)[0].T)
