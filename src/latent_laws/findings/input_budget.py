"""How much of dense latents a few inputs explain, and how much as many random ones do."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import orthogonal_mp_gram

from latent_laws.errors import LatentLawsError

Values = NDArray[np.float64]

# a standard deviation below this is rounding
_CONSTANT = 1e-12


def random_drop_control(
    encoder: str,
    X_train: Values,
    Z_train: Values,
    X_test: Values,
    Z_test: Values,
    n_inputs: Sequence[int],
    seeds: Sequence[int],
) -> pd.DataFrame:
    """Explain latents by linear forms of a few inputs: chosen ones, and random ones.

    If random inputs did as well as chosen ones, a short formula would say nothing about which
    inputs matter.

    Args:
        encoder: Name of the encoder, for the frame.
        X_train: Training rows x inputs.
        Z_train: Training rows x latents.
        X_test: Test rows x inputs.
        Z_test: Test rows x latents.
        n_inputs: Numbers of inputs to try.
        seeds: One draw of random inputs each, the same inputs for all latents.

    Returns:
        A row a number of inputs: `encoder, n_inputs`, and medians over latents of the test R² of
        least squares on the inputs that orthogonal matching pursuit chooses for each latent
        (`r2_sparse_linear`), on random ones (`r2_random`, the mean over seeds, with
        `r2_random_low` and `r2_random_high` its extremes), and on all (`r2_all_inputs`).

    Raises:
        LatentLawsError: If a number of inputs is below 1 or above those that are not constant.
    """
    varying = np.flatnonzero(X_train.std(axis=0) > _CONSTANT)
    for number in n_inputs:
        if not 1 <= number <= len(varying):
            raise LatentLawsError(
                f"n_inputs has {number}: accepted is 1 to {len(varying)}, the number of inputs "
                "that are not constant"
            )
    mean_x, mean_z = X_train[:, varying].mean(axis=0), Z_train.mean(axis=0)
    forms = LinearForms(X_train[:, varying] - mean_x, Z_train - mean_z)
    X, Z = X_test[:, varying] - mean_x, Z_test - mean_z
    every = median_r2(Z, X @ forms.on(np.arange(len(varying))))
    rows = []
    for number, weights in forms.pursued(n_inputs).items():
        random = [median_r2(Z, X @ forms.on(_drawn(len(varying), number, seed))) for seed in seeds]
        rows.append(
            {
                "encoder": encoder,
                "n_inputs": number,
                "r2_sparse_linear": median_r2(Z, X @ weights),
                "r2_random": float(np.mean(random)),
                "r2_random_low": min(random),
                "r2_random_high": max(random),
                "r2_all_inputs": every,
            }
        )
    return pd.DataFrame(rows)


class LinearForms:
    """Least squares of latents on some of the inputs, from second moments."""

    def __init__(self, X: Values, Z: Values) -> None:
        """Measure centred training rows.

        Args:
            X: Rows x inputs, none of them constant.
            Z: Rows x latents.
        """
        self._scale = X.std(axis=0)
        scaled = X / self._scale
        self._gram = scaled.T @ scaled / len(X)
        self._cross = scaled.T @ Z / len(X)

    def on(self, chosen: NDArray[np.intp]) -> Values:
        """Return the weights on the chosen inputs, 0 for the others: inputs x latents."""
        weights: Values = np.zeros_like(self._cross)
        gram = self._gram[np.ix_(chosen, chosen)]
        weights[chosen] = np.linalg.lstsq(gram, self._cross[chosen])[0]
        weights /= self._scale[:, None]
        return weights

    def pursued(self, n_inputs: Sequence[int]) -> dict[int, Values]:
        """Choose inputs a latent by orthogonal matching pursuit.

        Args:
            n_inputs: How many; each latent has its own path, so that more inputs contain fewer.

        Returns:
            Number of inputs -> weights, inputs x latents.
        """
        paths = [self._path(cross, max(n_inputs)) for cross in self._cross.T]
        return {
            number: np.column_stack([path[:, min(number, path.shape[1]) - 1] for path in paths])
            / self._scale[:, None]
            for number in n_inputs
        }

    def _path(self, cross: Values, n_steps: int) -> Values:
        """Return the weights after each step: inputs x steps, fewer if all is explained."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Orthogonal matching pursuit ended prematurely")
            path = orthogonal_mp_gram(self._gram, cross, n_nonzero_coefs=n_steps, return_path=True)
        steps = np.asarray(path, dtype=np.float64).reshape(len(cross), -1)
        return steps if steps.size else np.zeros((len(cross), 1))


def median_r2(Z: Values, predicted: Values) -> float:
    """Return the median over latents of R² = 1 - MSE / variance; constant latents do not count.

    Args:
        Z: Rows x latents.
        predicted: Rows x latents.
    """
    variance = Z.var(axis=0)
    varying = variance > _CONSTANT**2
    mse = np.mean((Z - predicted) ** 2, axis=0)
    return float(np.median(1 - mse[varying] / variance[varying]))


def _drawn(n_available: int, number: int, seed: int) -> NDArray[np.intp]:
    """Draw inputs; with the same seed, more inputs contain fewer."""
    return np.random.default_rng(seed).permutation(n_available)[:number]
