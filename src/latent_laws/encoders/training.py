"""Training: minibatches, a one-cycle schedule, early stopping on the validation rows."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from latent_laws.encoders.model import (
    Activation,
    Autoencoder,
    AutoencoderConfig,
    SkipMLP,
    TrainedAutoencoder,
    Widths,
    inputs_per_latent,
    reconstructions,
)
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.reconstruction import feature_errors, fvu, mse
from latent_laws.errors import LatentLawsError
from latent_laws.tables.table import FeatureTable


class FitOptions(BaseModel):
    """How weights are fitted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=50, ge=1)
    batch_size: int = Field(default=512, ge=1)
    learning_rate: float = Field(default=1e-2, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup: float = Field(default=0.1, gt=0, lt=1)
    patience: int = Field(default=15, ge=1)


class NetworkOptions(BaseModel):
    """The network of the `standard` variant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden: Widths = (96,)
    activation: Activation = "silu"
    start_at_pca: bool = True


@dataclass(frozen=True)
class Fit:
    """What a training run leaves beside the weights."""

    curve: list[tuple[int, float, float]]
    best_epoch: int
    seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """A trained autoencoder with its errors, as the catalog keeps them.

    Attributes:
        autoencoder: The model and its name.
        metrics: A record of the catalog's `training_metrics`.
        errors: By feature, on the test rows.
        curve: By epoch.
        fvu_validation: What models are chosen by.
        n_inputs: The most inputs that a latent depends on.
    """

    autoencoder: TrainedAutoencoder
    metrics: dict[str, object]
    errors: pd.DataFrame
    curve: pd.DataFrame
    fvu_validation: float
    n_inputs: int


def fit(
    model: Autoencoder,
    train: NDArray[np.float32],
    validation: NDArray[np.float32],
    options: FitOptions,
    seed: int,
    after_step: Callable[[float], None] | None = None,
    best_from: float = 0.0,
) -> Fit:
    """Minimise the squared reconstruction error and keep the best epoch on the validation rows.

    Args:
        model: the network, changed in place.
        train: rows x features.
        validation: rows x features.
        options: schedule and stopping.
        seed: of the order of the minibatches.
        after_step: called after each step with the share of training that is over, 0 to 1.
        best_from: share of training before which no epoch counts as the best (pruning has to
            be over first).

    Raises:
        LatentLawsError: if the error stops being finite.
    """
    started = time.perf_counter()
    # copies: workers get read-only arrays
    loop = _Loop(model, torch.tensor(train), options, seed, after_step)
    held_out = torch.tensor(validation)
    curve = [(0, *_errors(model, loop.rows, held_out))]
    best = (curve[0][2] if best_from == 0 else np.inf, 0, _copy(model))
    for epoch in range(1, options.epochs + 1):
        loop.epoch()
        curve.append((epoch, *_errors(model, loop.rows, held_out)))
        if not np.isfinite(curve[-1][1]):
            raise LatentLawsError(
                f"training diverged in epoch {epoch}; training.fit.learning_rate is "
                f"{options.learning_rate}, try a tenth of it"
            )
        if epoch / options.epochs < best_from:
            continue
        if curve[-1][2] < best[0]:
            best = (curve[-1][2], epoch, _copy(model))
        elif epoch - best[1] >= options.patience:
            break
    model.load_state_dict(best[2])
    return Fit(curve, best[1], time.perf_counter() - started)


class _Loop:
    """The optimiser's state from epoch to epoch."""

    def __init__(
        self,
        model: Autoencoder,
        rows: Tensor,
        options: FitOptions,
        seed: int,
        after_step: Callable[[float], None] | None,
    ) -> None:
        self.model, self.rows, self.after_step = model, rows, after_step
        self.batch_size = min(options.batch_size, len(rows))
        self.batches = len(rows) // self.batch_size
        self.steps = options.epochs * self.batches
        self.generator = torch.Generator().manual_seed(seed)
        self.optimiser = torch.optim.AdamW(
            model.parameters(), options.learning_rate, weight_decay=options.weight_decay, fused=True
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            options.learning_rate,
            total_steps=self.steps + 1,
            pct_start=options.warmup,
            cycle_momentum=False,
        )

    def epoch(self) -> None:
        """Take one step a minibatch; slices of one permuted copy are faster than a DataLoader."""
        shuffled = self.rows[torch.randperm(len(self.rows), generator=self.generator)]
        for i in range(self.batches):
            x = shuffled[i * self.batch_size : (i + 1) * self.batch_size]
            loss = nn.functional.mse_loss(self.model(x), x)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
            if self.after_step:
                self.after_step(self.schedule.last_epoch / self.steps)


def train_standard(
    table: FeatureTable,
    latent_dim: int,
    seed: int,
    network: NetworkOptions,
    options: FitOptions,
) -> TrainingResult:
    """Train the plain autoencoder of one latent dimension and seed."""
    config = AutoencoderConfig(
        n_features=len(table.names),
        latent_dim=latent_dim,
        hidden=network.hidden,
        activation=network.activation,
    )
    torch.manual_seed(seed)
    model = Autoencoder(config)
    if network.start_at_pca:
        start_at_pca(model, LinearBaseline.fit(table.train))
    report = fit(model, table.train, table.validation, options, seed)
    return describe(TrainedAutoencoder("standard", latent_dim, seed, model), table, report)


def start_at_pca(model: Autoencoder, baseline: LinearBaseline) -> None:
    """Set the linear paths of encoder and decoder to the first principal components."""
    if not isinstance(model.encoder, SkipMLP):
        raise TypeError("only a dense encoder starts at the principal components")
    V = torch.from_numpy(baseline.components[: model.config.latent_dim]).float()
    mean = torch.from_numpy(baseline.mean).float()
    model.encoder.start_linear(V, -V @ mean)
    model.decoder.start_linear(V.T, mean)


def describe(trained: TrainedAutoencoder, table: FeatureTable, report: Fit) -> TrainingResult:
    """Measure a trained autoencoder on all three splits, beside PCA of the same latent dim."""
    name: dict[str, Any] = {
        "variant": trained.variant,
        "latent_dim": trained.latent_dim,
        "seed": trained.seed,
    }
    reconstructed = reconstructions(trained.model, table.test)
    fvu_validation = fvu(table.validation, reconstructions(trained.model, table.validation))
    pca = LinearBaseline.fit(table.train)
    metrics: dict[str, object] = {
        **name,
        "mse_train": mse(table.train, reconstructions(trained.model, table.train)),
        "mse_validation": mse(table.validation, reconstructions(trained.model, table.validation)),
        "mse_test": mse(table.test, reconstructed),
        "fvu_validation": fvu_validation,
        "fvu_test": fvu(table.test, reconstructed),
        "pca_fvu_validation": pca.fvu(table.validation, trained.latent_dim),
        "pca_fvu_test": pca.fvu(table.test, trained.latent_dim),
        "epochs": report.best_epoch,
        "seconds": report.seconds,
    }
    errors = feature_errors(table.test, reconstructed, table.names).assign(**name)
    curve = pd.DataFrame(report.curve, columns=["epoch", "mse_train", "mse_validation"])
    columns = ["variant", "latent_dim", "seed"]
    return TrainingResult(
        trained,
        metrics,
        errors[[*columns, "feature", "mse", "fvu"]],
        curve.assign(**name)[[*columns, *curve.columns]],
        fvu_validation,
        inputs_per_latent(trained.model),
    )


@torch.no_grad()
def _errors(model: Autoencoder, train: Tensor, validation: Tensor) -> tuple[float, float]:
    # as many training rows as validation rows: the curve needs no more
    sample = train[: len(validation)]
    mean_squared = nn.functional.mse_loss
    return (
        float(mean_squared(model(sample), sample)),
        float(mean_squared(model(validation), validation)),
    )


def _copy(model: Autoencoder) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
