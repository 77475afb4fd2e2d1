"""The `distillable` variant: an encoder whose latents depend on at most k inputs, exactly.

Inputs are pruned gradually while encoder and decoder train (Zhu and Gupta, 2017): the number of
inputs that a latent keeps falls on a cubic schedule, the least by |weight| · std going first.
Training starts from the rotated dense autoencoder, whose latents are nearly sparse already.
"""

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from latent_laws.autoencoder.model import (
    Activation,
    Autoencoder,
    AutoencoderConfig,
    SparseEncoder,
    TrainedAutoencoder,
    Widths,
    latents,
)
from latent_laws.autoencoder.rotation import linear_dependence
from latent_laws.autoencoder.training import FitOptions, TrainingResult, describe, fit
from latent_laws.features.table import FeatureTable


class SparseOptions(BaseModel):
    """The network of the `distillable` variant, and how its inputs are pruned.

    Attributes:
        units_per_latent: hidden units of each latent's own network; 0 gives linear latents.
        decoder_hidden: widths of the decoder.
        activation: of both.
        prune_until: share of training after which the masks are final.
        fit: schedule and stopping.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    units_per_latent: int = Field(default=0, ge=0)
    decoder_hidden: Widths = (128, 128)
    activation: Activation = "silu"
    prune_until: float = Field(default=0.5, gt=0, lt=1)
    fit: FitOptions = FitOptions()


def train_distillable(
    rotated: TrainedAutoencoder,
    table: FeatureTable,
    n_inputs: int,
    options: SparseOptions,
) -> TrainingResult:
    """Train an encoder with at most `n_inputs` inputs a latent, from a rotated dense one."""
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
    start_linear(model, rotated, table)
    pruner = Pruner(model, table, n_inputs, options.prune_until)
    report = fit(
        model,
        table.train,
        table.validation,
        options.fit,
        rotated.seed,
        after_step=pruner.step,
        best_from=options.prune_until,
    )
    trained = TrainedAutoencoder(
        f"distillable_k{n_inputs}", rotated.latent_dim, rotated.seed, model
    )
    return describe(trained, table, report)


def start_linear(model: Autoencoder, rotated: TrainedAutoencoder, table: FeatureTable) -> None:
    """Start at the linear part of the rotated encoder, and at the best linear decoder of it."""
    if not isinstance(model.encoder, SparseEncoder):
        raise TypeError("only a sparse encoder is pruned")
    X = table.train.astype(np.float64)
    Z = latents(rotated.model, table.train)
    spread, mean = X.std(axis=0), X.mean(axis=0)
    weight = linear_dependence(Z, table.train) / np.where(spread > 0, spread, 1.0)
    weight[:, spread == 0] = 0.0
    back = np.linalg.lstsq((X - mean) @ weight.T, X - mean, rcond=None)[0].T
    with torch.no_grad():
        model.encoder.linear.weight.copy_(torch.from_numpy(weight))
        model.encoder.linear.bias.copy_(torch.from_numpy(-weight @ mean))
    model.decoder.start_linear(torch.from_numpy(back).float(), torch.from_numpy(mean).float())


class Pruner:
    """Removes inputs of a sparse encoder as training goes on."""

    def __init__(
        self, model: Autoencoder, table: FeatureTable, n_inputs: int, prune_until: float
    ) -> None:
        if not isinstance(model.encoder, SparseEncoder):
            raise TypeError("only a sparse encoder is pruned")
        self.encoder = model.encoder
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


def keep_largest(strength: Tensor, count: int) -> Tensor:
    """Return a mask of the `count` largest positive entries of each row."""
    mask = torch.zeros_like(strength)
    mask.scatter_(1, strength.topk(min(count, strength.shape[1]), dim=1).indices, 1.0)
    return mask * (strength > 0)
