"""The `rotated` variant: the same autoencoder in the latent basis that is easiest to read.

Latents are defined up to an invertible map: z' = A(z - mean), with the decoder taking z back,
reconstructs the same. The basis is chosen by oblique rotation, as in factor analysis: white
latents, then unit rows of A for which the latents' dependence on the inputs, their Jacobian, is
sparse. How oblique it may be is decided by what the decoder loses on short forms of the latents:
latents that say the same thing twice are easier to fit, but not to decode.
"""

import warnings
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from sklearn.linear_model import orthogonal_mp_gram
from torch import Tensor

from latent_laws.encoders.model import Autoencoder, SkipMLP, TrainedAutoencoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

# Latent directions with less variance than this share of the largest are kept unscaled.
_NEGLIGIBLE = 1e-8
_SMOOTHING = 1e-6
# Entries of the Jacobian that a basis is sought on, for each latent: rows times inputs.
_ENTRIES = 2000
# Share of the standard basis' effective number of latents, or of their number, that has to stay.
_EFFECTIVE = 0.6

Array = NDArray[np.float64]


class RotationOptions(StrictModel):
    """How the basis is sought.

    Attributes:
        steps: Of Adam, for each spread.
        learning_rate: Of Adam.
        spreads: Weights of log|det A|, which keeps the rows of A apart, that are tried.
        terms: Inputs and squares of the forms on which the decoder judges a basis.
    """

    steps: int = Field(default=500, ge=1)
    learning_rate: float = Field(default=0.02, gt=0)
    spreads: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        default=(30.0, 10.0, 3.0, 1.0), min_length=1
    )
    terms: int = Field(default=10, ge=1)


def rotate(
    trained: TrainedAutoencoder, table: FeatureTable, options: RotationOptions
) -> TrainedAutoencoder:
    """Return the same autoencoder in the basis whose short forms the decoder loses least on.

    The standard basis competes: where no other is better on the validation rows, it stays. The new
    latents have variance 1 and mean 0 on the training rows; reconstructions are those of the given
    network, to rounding.
    """
    Z = trained.encoder.encode(table.train)
    mean = Z.mean(axis=0)
    whitening = whiten(Z - mean)
    judge = Judge(trained, table, options.terms)
    plain = np.diag(1 / np.where(Z.std(axis=0) > 0, Z.std(axis=0), 1.0))
    needed = _EFFECTIVE * effective_number((Z - mean) @ plain.T)
    best, lowest = plain, judge.loss(plain)
    slopes = whitening @ jacobians(trained, table)
    for basis in bases(slopes, options):
        matrix = basis @ whitening
        loss = judge.loss(matrix)
        if loss < lowest and effective_number((Z - mean) @ matrix.T) >= needed:
            best, lowest = matrix, loss
    return TrainedAutoencoder(
        "rotated", trained.latent_dim, trained.seed, change_basis(trained.model, best, mean)
    )


class Judge:
    """What the decoder loses on short forms of rotated latents, on the validation rows.

    A cheap stand-in for the search: forms are found by orthogonal matching pursuit among the
    inputs and their squares on the training rows.
    """

    def __init__(self, trained: TrainedAutoencoder, table: FeatureTable, terms: int) -> None:
        """Prepare forms of so many terms of a network's latents."""
        train, validation = (
            np.concatenate([X, X**2], axis=1)
            for X in (table.train.astype(np.float64), table.validation.astype(np.float64))
        )
        mean, spread = train.mean(axis=0), train.std(axis=0)
        used = spread > 0
        self._train = (train - mean)[:, used] / spread[used]
        self._validation = (validation - mean)[:, used] / spread[used]
        self._terms = min(terms, self._train.shape[1])
        self._decoder, self._target = trained.model.decoder, table.validation
        Z = trained.encoder.encode(table.train)
        self._mean, self._latents = Z.mean(axis=0), Z - Z.mean(axis=0)

    def loss(self, matrix: Array) -> float:
        """Return the FVU of the decoder on forms of the latents in the basis `matrix`."""
        X, rotated = self._train, self._latents @ matrix.T
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # it stops early where terms coincide
            weights = orthogonal_mp_gram(X.T @ X, X.T @ rotated, n_nonzero_coefs=self._terms)
        forms = self._validation @ weights.reshape(X.shape[1], -1)
        read = forms @ np.linalg.inv(matrix).T + self._mean
        with torch.no_grad():
            decoded = self._decoder(torch.from_numpy(read.astype(np.float32)))
        return fvu(self._target, decoded.numpy())


def effective_number(Z: Array) -> float:
    """Return how many uncorrelated latents say as much as those of Z, rows x latents.

    (Σλ)²/Σλ² of the correlation matrix: 1 where all say the same; constant ones do not count.
    """
    varying = Z[:, Z.std(axis=0) > 0]
    correlation = np.atleast_2d(np.corrcoef(varying, rowvar=False)) if varying.size else np.eye(0)
    return float(np.trace(correlation) ** 2 / (correlation**2).sum()) if varying.size else 0.0


def jacobians(trained: TrainedAutoencoder, table: FeatureTable) -> Array:
    """Return the latents' slopes in standardised inputs at some rows, latents x entries.

    The absolute entries of a latent sum to the mean over rows of its sensitivity.
    """
    X = table.train
    rows = np.linspace(0, len(X) - 1, max(1, min(len(X), _ENTRIES // X.shape[1]))).astype(int)
    slopes = trained.encoder.jacobian(X[rows]) * X.std(axis=0, dtype=np.float64) / len(rows)
    return np.asarray(slopes.transpose(1, 0, 2).reshape(trained.latent_dim, -1))


def change_basis(model: Autoencoder, matrix: Array, mean: Array) -> Autoencoder:
    """Return a copy whose latents are `matrix @ (z - mean)` and whose decoder takes them back."""
    # In float64, or rounding would show in the reconstruction.
    changed = Autoencoder(model.config).double()
    changed.load_state_dict(model.state_dict())
    if not isinstance(changed.encoder, SkipMLP):
        raise TypeError("only a dense encoder can change its basis")
    forward, shift = torch.from_numpy(matrix), torch.from_numpy(matrix @ mean)
    changed.encoder.absorb_output(forward, -shift)
    changed.decoder.absorb_input(torch.linalg.inv(forward), torch.from_numpy(mean))
    return changed.float()


def whiten(Z: Array) -> Array:
    """Return the symmetric (ZCA) map of centred Z, rows x latents, to uncorrelated latents of
    variance 1.
    """
    values, vectors = np.linalg.eigh(Z.T @ Z / len(Z))
    scale = np.where(values > _NEGLIGIBLE * values.max(), values, 1.0)
    return np.asarray((vectors / np.sqrt(scale)) @ vectors.T)


def bases(slopes: Array, options: RotationOptions) -> Iterator[Array]:
    """Find A with unit rows that minimises the L1 norm of A·slopes minus spread · log|det A|.

    Args:
        slopes: Of white latents in standardised inputs, latents x entries.
        options: Of the search.

    Yields:
        Latents x latents, one for each spread; each search starts where the last one ended.
    """
    raw = torch.eye(len(slopes), dtype=torch.float64)
    for spread in options.spreads:
        raw = _minimise(torch.from_numpy(slopes), raw, spread, options)
        found = raw.numpy()
        # Signs are free: let every latent's largest slope be positive.
        seen = found @ slopes
        signs = np.sign(seen[np.arange(len(found)), np.abs(seen).argmax(axis=1)])
        yield found * np.where(signs == 0, 1.0, signs)[:, None]


def _minimise(slopes: Tensor, start: Tensor, spread: float, options: RotationOptions) -> Tensor:
    raw = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([raw], options.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.steps)
    smoothing = _SMOOTHING / slopes.shape[1]
    for _ in range(options.steps):
        basis = raw / raw.norm(dim=1, keepdim=True)
        size = torch.sqrt((basis @ slopes) ** 2 + smoothing).sum()
        loss = size - spread * torch.linalg.slogdet(basis)[1]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    found: Tensor = (raw / raw.norm(dim=1, keepdim=True)).detach()
    return found
