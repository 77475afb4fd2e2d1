"""Training: minibatches, a one-cycle schedule, the best weights on the validation rows."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from latent_laws.encoders.measures import NAME, measure_reconstruction
from latent_laws.encoders.model import (
    Activation,
    Autoencoder,
    AutoencoderConfig,
    SkipMLP,
    TrainedAutoencoder,
    Widths,
    as_float,
)
from latent_laws.encoders.optimiser import Optimiser, one_cycle, optimisers
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable


class FitOptions(StrictModel):
    """How weights are fitted; training costs steps, however many rows there are.

    Attributes:
        steps: Minibatches.
        batch_size: Rows of each.
        optimiser: `muon` or `adamw`.
        learning_rate: At the top of the cycle; good ones are 0.05 for muon, 0.005 for adamw.
        weight_decay: Decoupled.
        warmup: Share of the steps in which the learning rate rises.
        check_every: Steps between two looks at the validation rows.
        patience: Looks without a better one after which training stops.
    """

    steps: int = Field(default=1000, ge=1)
    batch_size: int = Field(default=256, ge=1)
    optimiser: Optimiser = "muon"
    learning_rate: float = Field(default=0.05, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup: float = Field(default=0.1, gt=0, lt=1)
    check_every: int = Field(default=50, ge=1)
    patience: int = Field(default=10, ge=1)


class NetworkOptions(StrictModel):
    """The network of the `standard` variant; the decoder mirrors the encoder.

    Attributes:
        hidden: Widths of the encoder's hidden layers.
        activation: `silu`, `gelu`, `tanh` or `relu`.
        linear_path: Whether inputs also reach the latents by a matrix, and latents the outputs,
            both starting at the principal components; without, it is the textbook's
            multilayer perceptron.
        batch_norm: Whether hidden layers are batch normalised.
    """

    hidden: Widths = (64, 64, 64)
    activation: Activation = "silu"
    linear_path: bool = True
    batch_norm: bool = False

    def config(self, n_features: int, latent_dim: int) -> AutoencoderConfig:
        """Return what builds the network for a table and a latent dim."""
        size = {"n_features": n_features, "latent_dim": latent_dim}
        return AutoencoderConfig.model_validate(size | self.model_dump())


@dataclass(frozen=True)
class Fit:
    """What a training run leaves beside the weights."""

    curve: list[tuple[int, float, float]]
    best_step: int
    seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """A trained autoencoder with its errors, as the catalog keeps them.

    Attributes:
        autoencoder: The model and its name.
        metrics: A record of the catalog's `training_metrics`.
        errors: By feature, on the test rows.
        curve: By step.
    """

    autoencoder: TrainedAutoencoder
    metrics: dict[str, Any]
    errors: pd.DataFrame
    curve: pd.DataFrame


def fit(
    model: nn.Module,
    train: NDArray[np.float32],
    validation: NDArray[np.float32],
    options: FitOptions,
    seed: int,
    after_step: Callable[[float], None] | None = None,
    best_from: float = 0.0,
) -> Fit:
    """Minimise the squared reconstruction error and keep the best weights on the validation rows.

    Args:
        model: The network, changed in place, and left in evaluation mode.
        train: Rows x features.
        validation: Rows x features.
        options: Schedule and stopping.
        seed: Of the order of the minibatches.
        after_step: Called after each step with the share of training that is over, 0 to 1.
        best_from: Share of training before which no weights count as the best (pruning has to
            be over first).

    Raises:
        LatentLawsError: If the error stops being finite.
    """
    started = time.perf_counter()
    # copies: workers get read-only arrays
    rows, held_out = torch.tensor(train), torch.tensor(validation)
    curve = [(0, *errors(model, rows, held_out))]
    best = (curve[0][2] if best_from == 0 else np.inf, 0, _copy(model))
    since_best = 0
    for step in _steps(model, rows, options, seed):
        if after_step:
            after_step(step / options.steps)
        if step % options.check_every and step < options.steps:
            continue
        curve.append((step, *errors(model, rows, held_out)))
        if not np.isfinite(curve[-1][1]):
            raise LatentLawsError(
                f"training diverged in step {step}; training.fit.learning_rate is "
                f"{options.learning_rate}, try a tenth of it"
            )
        if step / options.steps < best_from:
            continue
        since_best += 1
        if curve[-1][2] < best[0]:
            best, since_best = (curve[-1][2], step, _copy(model)), 0
        elif since_best >= options.patience:
            break
    model.load_state_dict(best[2])
    model.eval()
    return Fit(curve, best[1], time.perf_counter() - started)


def _steps(model: nn.Module, rows: Tensor, options: FitOptions, seed: int) -> Iterator[int]:
    """Take one step a minibatch and say how many are done."""
    movers = optimisers(model, options.optimiser, options.learning_rate, options.weight_decay)
    cycles = [one_cycle(mover, options.steps, options.warmup) for mover in movers]
    batches = _minibatches(rows, options.batch_size, torch.Generator().manual_seed(seed))
    for step in range(1, options.steps + 1):
        x = next(batches)
        model.zero_grad()
        nn.functional.mse_loss(model(x), x).backward()
        for mover, cycle in zip(movers, cycles, strict=True):
            mover.step()
            cycle.step()
        yield step


def _minibatches(rows: Tensor, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield minibatches without end, each row once a pass.

    Slices of a permuted index are several times faster than a DataLoader.
    """
    batch_size = min(batch_size, len(rows))
    while True:
        order = torch.randperm(len(rows), generator=generator)
        for i in range(len(rows) // batch_size):
            yield rows[order[i * batch_size : (i + 1) * batch_size]]


def train_standard(
    table: FeatureTable,
    latent_dim: int,
    seed: int,
    network: NetworkOptions,
    options: FitOptions,
) -> TrainingResult:
    """Train the plain autoencoder of one latent dimension and seed."""
    config = network.config(len(table.names), latent_dim)
    torch.manual_seed(seed)
    model = Autoencoder(config)
    if network.linear_path:
        start_at_pca(model, LinearBaseline.fit(table.train))
    report = fit(model, table.train, table.validation, options, seed)
    return describe(TrainedAutoencoder("standard", latent_dim, seed, model), table, report)


def start_at_pca(model: Autoencoder, baseline: LinearBaseline) -> None:
    """Set the linear paths of encoder and decoder to the first principal components."""
    if not isinstance(model.encoder, SkipMLP):
        raise TypeError("only a dense encoder starts at the principal components")
    V = as_float(baseline.components[: model.config.latent_dim])
    mean = as_float(baseline.mean)
    model.encoder.start_linear(V, -V @ mean)
    model.decoder.start_linear(V.T, mean)


def describe(trained: TrainedAutoencoder, table: FeatureTable, report: Fit) -> TrainingResult:
    """Measure a trained autoencoder on all three splits, beside PCA of the same latent dim."""
    (measured,), errors = measure_reconstruction(trained, table)
    metrics = {**measured, "steps": report.best_step, "seconds": report.seconds}
    curve = pd.DataFrame(report.curve, columns=["step", "mse_train", "mse_validation"])
    name = {key: measured[key] for key in NAME}
    return TrainingResult(trained, metrics, errors, curve.assign(**name)[[*NAME, *curve.columns]])


@torch.no_grad()
def errors(model: nn.Module, train: Tensor, validation: Tensor) -> tuple[float, float]:
    """Return a network's mean squared errors on training rows and on validation rows."""
    # as many training rows as validation rows: the curve needs no more
    sample = train[: len(validation)]
    model.eval()
    own, held_out = (
        float(nn.functional.mse_loss(model(rows), rows)) for rows in (sample, validation)
    )
    model.train()
    return own, held_out


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
