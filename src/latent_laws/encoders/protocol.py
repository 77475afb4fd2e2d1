"""What an encoder is to the rest of the package: a map from rows to latents, perhaps one back.

Nothing outside this folder asks what kind a network is. Gradients are used where there are some,
finite differences elsewhere.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from torch import nn

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula

Rows = NDArray[np.floating]
Array = NDArray[np.float64]

# Step of finite differences, in standard deviations of an input: far above the rounding of
# float32 networks, far below the curvature of any that is worth explaining.
_STEP = 0.02
# Rows on which sensitivity is averaged: a few hundred rank the inputs as well as all.
_SENSITIVITY_ROWS = 400


class EncoderError(LatentLawsError):
    """An encoder that does not load, or does not take the rows it is given."""


class Encoder(ABC):
    """A map from rows x inputs to rows x latents."""

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """Number of latents."""

    @property
    def can_decode(self) -> bool:
        """Whether there is a way back to the inputs; what needs one is absent otherwise."""
        return False

    @abstractmethod
    def encode(self, X: Rows) -> Array:
        """Return the latents, rows x latents, of X, rows x inputs."""

    def decode(self, Z: Array) -> Array:
        """Return the reconstruction, rows x inputs, of latents, rows x latents.

        Raises:
            EncoderError: If there is no decoder.
        """
        raise EncoderError("this encoder has no decoder: what needs one cannot be asked of it")

    def formulas(self) -> tuple[Formula, ...]:
        """Return the formulas that it is, exactly, one a latent; none where it is a network."""
        return ()

    def trainable_decoder(self) -> nn.Module | None:
        """Return a copy of the decoder whose weights can be trained, or None."""
        return None

    def reconstruct(self, X: Rows) -> Array:
        """Return decode(encode(X)), rows x inputs."""
        return self.decode(self.encode(X))

    def jacobian(self, X: Rows) -> Array:
        """Return the derivatives of the latents, rows x latents x inputs, by central differences.

        A step is a fiftieth of an input's standard deviation over the rows; where it is constant
        the derivative is 0.
        """
        rows = np.asarray(X, dtype=np.float64)
        spread = rows.std(axis=0)
        found = np.zeros((len(rows), self.latent_dim, rows.shape[1]))
        for column in np.flatnonzero(spread > 0):
            step = np.zeros(rows.shape[1])
            step[column] = _STEP * spread[column]
            ahead, behind = (
                self.encode(np.asarray(rows + sign * step, X.dtype)) for sign in (1, -1)
            )
            found[:, :, column] = (ahead - behind) / (2 * step[column])
        return found

    def sensitivity(self, X: Rows) -> Array:
        """Return how strongly each latent responds to each input, latents x inputs.

        E|dz_i/dx_j| · std(x_j), with the mean over at most 400 rows spread over X and the
        deviation over all of them.
        """
        chosen = np.linspace(0, len(X) - 1, min(len(X), _SENSITIVITY_ROWS)).round().astype(int)
        response = np.abs(self.jacobian(X[chosen])).mean(axis=0)
        return np.asarray(response * X.std(axis=0, dtype=np.float64))

    def decoder_gain(self, Z: Array) -> Array:
        """Return the root mean square norm of the decoder's derivative by each latent, latents."""
        spread = Z.std(axis=0)
        gain = np.zeros(Z.shape[1])
        for latent in np.flatnonzero(spread > 0):
            step = np.zeros(Z.shape[1])
            step[latent] = _STEP * spread[latent]
            slope = (self.decode(Z + step) - self.decode(Z - step)) / (2 * step[latent])
            gain[latent] = np.sqrt((slope**2).sum(axis=1).mean())
        return gain
