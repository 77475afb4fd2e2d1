"""The `rotated` variant: the same autoencoder in the latent basis that is easiest to read.

Latents are defined up to an invertible map: z' = A(z - mean), with the decoder taking z back,
reconstructs the same. The basis is chosen by oblique rotation, as in factor analysis: white
latents, then unit rows of A for which the latents' linear dependence on the inputs is sparse.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from latent_laws.encoders.model import Autoencoder, SkipMLP, TrainedAutoencoder, latents
from latent_laws.tables.table import FeatureTable

# Latent directions with less variance than this share of the largest are kept unscaled.
_NEGLIGIBLE = 1e-8
_SMOOTHING = 1e-6

Array = NDArray[np.float64]


class RotationOptions(BaseModel):
    """How the basis is sought.

    Attributes:
        steps: of Adam.
        learning_rate: of Adam.
        spread: weight of log|det A|, which keeps the rows of A apart; more of it gives a
            smaller condition number and less sparse rows.
        max_condition: bound on the condition number of A on white latents; where it is
            exceeded, `spread` is doubled and the search repeated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(default=1500, ge=1)
    learning_rate: float = Field(default=0.02, gt=0)
    spread: float = Field(default=1.0, gt=0)
    max_condition: float = Field(default=30.0, ge=1)


def rotate(
    trained: TrainedAutoencoder, table: FeatureTable, options: RotationOptions
) -> TrainedAutoencoder:
    """Return the same autoencoder in its most readable basis.

    The new latents have variance 1 and mean 0 on the training rows; reconstructions are those of
    the given network, to rounding.
    """
    Z = latents(trained.model, table.train)
    mean = Z.mean(axis=0)
    whitening = whiten(Z - mean)
    dependence = linear_dependence((Z - mean) @ whitening.T, table.train)
    matrix = sparse_basis(dependence, options) @ whitening
    return TrainedAutoencoder(
        "rotated", trained.latent_dim, trained.seed, change_basis(trained.model, matrix, mean)
    )


def change_basis(model: Autoencoder, matrix: Array, mean: Array) -> Autoencoder:
    """Return a copy whose latents are `matrix @ (z - mean)` and whose decoder takes them back."""
    if not isinstance(model.encoder, SkipMLP):
        raise TypeError("only a dense encoder can change its basis")
    # In float64, or rounding would show in the reconstruction.
    changed = Autoencoder(model.config).double()
    changed.load_state_dict(model.state_dict())
    forward, shift = torch.from_numpy(matrix), torch.from_numpy(matrix @ mean)
    if isinstance(changed.encoder, SkipMLP):
        changed.encoder.absorb_output(forward, -shift)
    changed.decoder.absorb_input(torch.linalg.inv(forward), torch.from_numpy(mean))
    return changed.float()


def whiten(Z: Array) -> Array:
    """Return the symmetric (ZCA) map to uncorrelated latents of variance 1.

    Args:
        Z: centred latents, rows x latents.
    """
    values, vectors = np.linalg.eigh(Z.T @ Z / len(Z))
    scale = np.where(values > _NEGLIGIBLE * values.max(), values, 1.0)
    whitening: Array = (vectors / np.sqrt(scale)) @ vectors.T
    return whitening


def linear_dependence(Z: Array, X: NDArray[np.float32]) -> Array:
    """Return the least squares coefficients of latents on standardised inputs.

    Returns:
        latents x inputs.
    """
    centred = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
    scale = centred.std(axis=0)
    standardised = centred / np.where(scale > 0, scale, 1.0)
    coefficients: Array = np.linalg.lstsq(standardised, Z, rcond=None)[0].T
    return coefficients


def sparse_basis(dependence: Array, options: RotationOptions) -> Array:
    """Find A with unit rows that minimises the L1 norm of A·dependence, minus a log|det A| term.

    Args:
        dependence: of white latents on standardised inputs, latents x inputs.
        options: of the search.

    Returns:
        latents x latents, with a condition number of at most `max_condition`.
    """
    spread = options.spread
    while True:
        basis = _minimise(torch.from_numpy(dependence), spread, options)
        if np.linalg.cond(basis) <= options.max_condition:
            return basis
        spread *= 2


def _minimise(dependence: Tensor, spread: float, options: RotationOptions) -> Array:
    raw = torch.eye(len(dependence), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([raw], options.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.steps)
    for _ in range(options.steps):
        basis = raw / raw.norm(dim=1, keepdim=True)
        size = torch.sqrt((basis @ dependence) ** 2 + _SMOOTHING).sum()
        volume = torch.linalg.slogdet(basis)[1]
        loss = size - spread * volume
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        found: Array = (raw / raw.norm(dim=1, keepdim=True)).numpy()
    # Signs are free: let every latent's largest coefficient be positive.
    largest = np.abs(found @ dependence.numpy()).argmax(axis=1)
    signs = np.sign((found @ dependence.numpy())[np.arange(len(found)), largest])
    return found * np.where(signs == 0, 1.0, signs)[:, None]
