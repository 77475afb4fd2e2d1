"""The `distillable` variant: an encoder whose latents depend on at most k inputs, exactly.

Inputs are pruned gradually while encoder and decoder train (Zhu and Gupta, 2017): the number of
inputs that a latent keeps falls on a cubic schedule, the least by |weight| · std going first.
Training starts from the rotated dense autoencoder, whose latents are nearly sparse already.

Where inputs are many and rows are few, it is better to choose the inputs on second moments first
(see `encoders.support`) and then to train with them.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from latent_laws.encoders.model import (
    Activation,
    Autoencoder,
    AutoencoderConfig,
    SparseEncoder,
    TrainedAutoencoder,
    Widths,
    latents,
)
from latent_laws.encoders.rotation import linear_dependence
from latent_laws.encoders.support import SupportOptions, keep_largest, sparse_weights
from latent_laws.encoders.training import FitOptions, TrainingResult, describe, fit
from latent_laws.tables.covariance import covariance, shrinkage, shrunk
from latent_laws.tables.table import FeatureTable

# the network of the `distillable` variant with all its inputs, that pruning is measured against
UNPRUNED = "unpruned"


class SparseOptions(BaseModel):
    """The network of the `distillable` variant, and how its inputs are pruned.

    Attributes:
        units_per_latent: hidden units of each latent's own network; 0 gives linear latents.
        decoder_hidden: widths of the decoder.
        activation: of both.
        choose: inputs are chosen while the network is `trained`, or by `moments` beforehand.
        prune_until: share of training after which the masks are final, if `trained`.
        support: the search for inputs, if by `moments`.
        fit: schedule and stopping.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    units_per_latent: int = Field(default=0, ge=0)
    decoder_hidden: Widths = (128, 128)
    activation: Activation = "silu"
    choose: Literal["trained", "moments"] = "trained"
    prune_until: float = Field(default=0.5, gt=0, lt=1)
    support: SupportOptions = SupportOptions()
    fit: FitOptions = FitOptions(optimiser="adamw", learning_rate=0.01)


def train_distillable(
    rotated: TrainedAutoencoder,
    table: FeatureTable,
    n_inputs: int,
    options: SparseOptions,
) -> TrainingResult:
    """Train an encoder with at most `n_inputs` inputs a latent, from a rotated dense one.

    Returns:
        Variant `distillable_k` and the number, or `unpruned` where that is all inputs.
    """
    config = AutoencoderConfig(
        n_features=len(table.names),
        latent_dim=rotated.latent_dim,
        hidden=options.decoder_hidden,
        activation=options.activation,
        encoder="sparse",
        units_per_latent=options.units_per_latent,
    )
    torch.manual_seed(rotated.seed)
    model = Autoencoder(config)
    weight = linear_part(rotated, table)
    pruner, best_from = None, 0.0
    pruned = n_inputs < len(table.names)
    if pruned and options.choose == "moments":
        moments = shrunk(covariance(table.train), shrinkage(table.train))
        weight = sparse_weights(weight, moments, n_inputs, options.support)
    elif pruned:
        pruner, best_from = Pruner(model, table, n_inputs, options.prune_until), options.prune_until
    start_linear(model, weight, table)
    report = fit(
        model,
        table.train,
        table.validation,
        options.fit,
        rotated.seed,
        after_step=pruner.step if pruner else None,
        best_from=best_from,
    )
    variant = f"distillable_k{n_inputs}" if pruned else UNPRUNED
    trained = TrainedAutoencoder(variant, rotated.latent_dim, rotated.seed, model)
    return describe(trained, table, report)


def linear_part(rotated: TrainedAutoencoder, table: FeatureTable) -> NDArray[np.float64]:
    """Return the weights of the best linear forms of the latents, latents x features."""
    spread = table.train.std(axis=0, dtype=np.float64)
    weight = linear_dependence(latents(rotated.model, table.train), table.train)
    return np.where(spread > 0, weight / np.where(spread > 0, spread, 1.0), 0.0)


def start_linear(model: Autoencoder, weight: NDArray[np.float64], table: FeatureTable) -> None:
    """Start at linear latents, of the inputs whose weight is not zero, and their best decoder."""
    encoder = _sparse_encoder(model)
    X = table.train.astype(np.float64)
    mean = X.mean(axis=0)
    back = np.linalg.lstsq((X - mean) @ weight.T, X - mean, rcond=None)[0].T
    with torch.no_grad():
        encoder.linear.weight.copy_(torch.from_numpy(weight))
        encoder.linear.bias.copy_(torch.from_numpy(-weight @ mean))
        encoder.mask.copy_(torch.from_numpy(weight != 0))
    model.decoder.start_linear(torch.from_numpy(back).float(), torch.from_numpy(mean).float())


def _sparse_encoder(model: Autoencoder) -> SparseEncoder:
    if not isinstance(model.encoder, SparseEncoder):
        raise TypeError("only a sparse encoder is pruned")
    return model.encoder


class Pruner:
    """Removes inputs of a sparse encoder as training goes on."""

    def __init__(
        self, model: Autoencoder, table: FeatureTable, n_inputs: int, prune_until: float
    ) -> None:
        self.encoder = _sparse_encoder(model)
        self.spread = torch.from_numpy(table.train.std(axis=0))
        self.n_inputs, self.prune_until = n_inputs, prune_until
        self.kept = model.config.n_features

    def step(self, progress: float) -> None:
        """Prune to the schedule's number of inputs.

        Args:
            progress: share of training that is over.
        """
        left = max(0.0, 1.0 - progress / self.prune_until)
        n_features = self.encoder.mask.shape[1]
        allowed = self.n_inputs + int((n_features - self.n_inputs) * left**3)
        if allowed < self.kept:
            self.kept = allowed
            self.encoder.mask.copy_(keep_largest(self.strength(), allowed))

    def strength(self) -> Tensor:
        """Return how much each input does for each latent, latents x features."""
        with torch.no_grad():
            strength = (self.encoder.linear.weight * self.spread) ** 2
            if self.encoder.units:
                path = self.encoder.unit_out[:, :, None] * self.encoder.unit_weight
                strength = strength + ((path * self.spread) ** 2).sum(dim=1)
            return strength * self.encoder.mask
