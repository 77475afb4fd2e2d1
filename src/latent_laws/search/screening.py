"""Which inputs a target depends on, as far as the data tell: for latents without an encoder."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

Array = NDArray[np.float64]

_TREES = 60
_ROWS = 4000
# Inputs that a split chooses among: fewer make wide tables as fast as narrow ones, and from far
# fewer weak inputs are missed.
_CHOICES = 72


def data_sensitivity(X: NDArray[np.floating], Z: Array, seed: int = 0) -> Array:
    """Return how much each input tells of each latent, latents x inputs.

    The variance that splits on an input take away in extremely randomised trees (Geurts, Ernst and
    Wehenkel, 2006), as a share of the latent's.

    Args:
        X: Rows x inputs.
        Z: Rows x latents.
        seed: Of rows and trees.
    """
    rows = np.random.default_rng(seed).permutation(len(X))[:_ROWS]
    found = np.zeros((Z.shape[1], X.shape[1]))
    for latent, z in enumerate(Z[rows].T):
        trees = ExtraTreesRegressor(
            _TREES,
            min_samples_leaf=5,
            max_features=min(_CHOICES, X.shape[1]),
            random_state=seed,
        )
        found[latent] = trees.fit(X[rows], z).feature_importances_
    return found
