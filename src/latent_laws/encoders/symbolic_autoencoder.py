"""The all-symbolic autoencoder: both ways are formulas of few nodes, trained together.

A decoder that was trained as a network has no short formulas: with forms of 40 nodes for its
outputs most of its advantage over PCA is gone. Trained as formulas, encoder and decoder find a
basis in which both are short.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from latent_laws.encoders.model import as_float
from latent_laws.encoders.optimiser import adam, one_cycle
from latent_laws.encoders.pca import linear_decoder, linear_forms
from latent_laws.encoders.protocol import Array, Encoder, Rows
from latent_laws.encoders.pruning import prune
from latent_laws.encoders.ridge import Halves, RidgeEncoder, UnitName, nodes_left
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import in_unit
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

# A formula with its scale and shift has so many nodes more than `RidgeEncoder.nodes` counts.
_SCALE_AND_SHIFT = 4
BothWays = Halves[RidgeEncoder]

# Rows on which the effect of a term is measured, and steps between two looks at it.
_ROWS, _EVERY = 512, 10


class SymbolicAutoencoderOptions(StrictModel):
    """Sizes of the formulas, and how they are trained.

    Attributes:
        max_nodes: Of each formula of the encoder, and of each of the decoder.
        units: Functions that each formula of the decoder may use beside its linear form, each
            with its own weights; the encoder is linear.
        steps: Of training.
        batch_size: Rows a step.
        learning_rate: At its highest.
        prune_from, prune_until: Shares of training between which terms go.
        seed: Of weights and minibatches.
    """

    max_nodes: int = Field(default=40, ge=5)
    units: tuple[UnitName, ...] = (
        *("tanh", "tanh", "sin", "square", "abs", "abs", "gauss", "gauss", "gauss", "gauss"),
    )
    steps: int = Field(default=3000, ge=1)
    batch_size: int = Field(default=128, ge=1)
    learning_rate: float = Field(default=0.03, gt=0)
    prune_from: float = Field(default=0.3, ge=0, lt=1)
    prune_until: float = Field(default=0.8, gt=0, lt=1)
    seed: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class SymbolicAutoencoder(Encoder):
    """Formulas of the latents in the inputs, and of the inputs in the latents.

    Attributes:
        names: Of the inputs.
        encoder: A formula a latent, in the inputs as they are scaled.
        decoder: A formula an input, in `z0`, `z1`, ...
    """

    names: tuple[str, ...]
    encoder: tuple[Formula, ...]
    decoder: tuple[Formula, ...]

    @property
    def latent_dim(self) -> int:
        return len(self.encoder)

    @property
    def can_decode(self) -> bool:
        return True

    def encode(self, X: Rows) -> Array:
        return np.column_stack([formula.evaluate(X, self.names) for formula in self.encoder])

    def decode(self, Z: Array) -> Array:
        names = latent_names(Z.shape[1])
        return np.column_stack([formula.evaluate(Z, names) for formula in self.decoder])


def latent_names(latent_dim: int) -> tuple[str, ...]:
    """Return what latents are called in the formulas of a decoder."""
    return tuple(f"z{latent}" for latent in range(latent_dim))


def train_symbolic_autoencoder(
    start: Encoder, table: FeatureTable, options: SymbolicAutoencoderOptions
) -> SymbolicAutoencoder:
    """Train formulas of at most `max_nodes` nodes both ways, on the training rows alone.

    Args:
        start: The linear forms of its latents are where training starts.
        table: The features.
        options: Sizes and training.
    """
    torch.manual_seed(options.seed)
    net = _untrained(start, table, options)
    rows = as_float(table.train)
    optimiser = adam(net.parameters(), options.learning_rate, 0.0)
    schedule = one_cycle(optimiser, options.steps, warmup=0.1)
    shrink = _pruning(net, rows[:_ROWS], options)
    generator = torch.Generator().manual_seed(options.seed)
    for step in range(options.steps):
        batch = rows[torch.randint(len(rows), (options.batch_size,), generator=generator)]
        loss = nn.functional.mse_loss(net(batch), batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % _EVERY == 0:
            shrink(step / options.steps)
    shrink(1.0)
    latents = latent_names(start.latent_dim)
    return SymbolicAutoencoder(
        table.names, written(net.encoder, table.names), written(net.decoder, latents)
    )


def _pruning(
    net: BothWays, rows: Tensor, options: SymbolicAutoencoderOptions
) -> Callable[[float], None]:
    """Return what takes terms away from both halves, at a share of training that is over."""
    first = [float(half.nodes().max()) for half in (net.encoder, net.decoder)]
    last = options.max_nodes - _SCALE_AND_SHIFT

    @torch.no_grad()
    def shrink(progress: float) -> None:
        over = (progress - options.prune_from) / (options.prune_until - options.prune_from)
        if over >= 0:
            for_encoder, for_decoder = (nodes_left(nodes, last, over) for nodes in first)
            prune(net.encoder, rows, for_encoder)
            prune(net.decoder, net.encoder(rows), for_decoder)

    return shrink


def _untrained(
    start: Encoder, table: FeatureTable, options: SymbolicAutoencoderOptions
) -> BothWays:
    """Return linear forms of the latents, and the best linear decoder of them with units."""
    X = table.train.astype(np.float64)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    weight = linear_forms(start.encode(table.train), table.train)
    deviation = ((X - mean) @ weight.T).std(axis=0)
    weight /= np.where(deviation > 0, deviation, 1.0)[:, None]
    back = linear_decoder(weight, X)
    return Halves(
        RidgeEncoder(as_float(weight), as_float(-weight @ mean), as_float(spread), ()),
        RidgeEncoder(as_float(back), as_float(mean), torch.ones(start.latent_dim), options.units),
    )


def written(half: RidgeEncoder, names: Sequence[str]) -> tuple[Formula, ...]:
    """Return what one half computes as formulas, scale and shift included."""
    formulas, scales, shifts = half.formulas(names)
    return tuple(
        in_unit(formula, float(shift), float(scale))
        for formula, scale, shift in zip(formulas, scales, shifts, strict=True)
    )
