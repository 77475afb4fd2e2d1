"""Principal component analysis: the linear baseline, and where training starts."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from latent_laws.encoders.reconstruction import fvu


@dataclass(frozen=True)
class LinearBaseline:
    """The principal components of the training rows.

    Attributes:
        mean: features.
        components: features x features, by falling variance.
        spectrum: share of the variance of each component, features.
    """

    mean: NDArray[np.float64]
    components: NDArray[np.float64]
    spectrum: NDArray[np.float64]

    @classmethod
    def fit(cls, X: NDArray[np.float32]) -> Self:
        """Find all components of X, rows x features."""
        pca = PCA(svd_solver="covariance_eigh").fit(X.astype(np.float64))
        # The sign of an eigenvector is arbitrary: fix it, so that every machine starts alike.
        largest = np.abs(pca.components_).argmax(axis=1)
        signs = np.sign(pca.components_[np.arange(len(largest)), largest])
        return cls(pca.mean_, pca.components_ * signs[:, None], pca.explained_variance_ratio_)

    def reconstruct(self, X: NDArray[np.float32], latent_dim: int) -> NDArray[np.float64]:
        """Project X, rows x features, on the first `latent_dim` components and back."""
        V = self.components[:latent_dim]
        reconstruction: NDArray[np.float64] = (X - self.mean) @ V.T @ V + self.mean
        return reconstruction

    def fvu(self, X: NDArray[np.float32], latent_dim: int) -> float:
        """Return the fraction of variance unexplained at `latent_dim` components."""
        return fvu(X, self.reconstruct(X, latent_dim))
