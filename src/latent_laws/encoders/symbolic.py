"""The `symbolic` variant: an encoder that is formulas of few nodes, trained with its decoder.

Encoder and decoder are trained together while the formulas lose their least terms, down to one
number of nodes after the other; at each the constants and the decoder are tuned together on all
training rows before the formulas are written down. They are then exactly what the encoder computes.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from latent_laws.encoders.model import (
    Autoencoder,
    AutoencoderConfig,
    SkipMLP,
    TrainedAutoencoder,
    Widths,
    as_float,
)
from latent_laws.encoders.pca import linear_decoder, linear_forms
from latent_laws.encoders.pruning import prune
from latent_laws.encoders.ridge import Halves, RidgeEncoder, UnitName, nodes_left
from latent_laws.encoders.training import FitOptions, TrainingResult, describe, fit
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

Kind = Literal["symbolic", "linear"]

# Steps between two looks at what terms are worth.
_EVERY = 5
# Starts that go down to every size; the best of each size is kept.
_PATHS = 2


class SymbolicOptions(StrictModel):
    """Sizes of formulas, and how encoders of them are trained.

    Attributes:
        max_nodes: Nodes of a latent, the sweep of the frontier.
        distilled_nodes: Those of the variant `symbolic`.
        units: Functions that each latent may use beside its linear form.
        scratch_starts: Random starts that compete with the linear forms of the rotated latents.
        decoder_hidden: Widths of the decoder.
        start_steps: Training before anything is pruned.
        prune_until: Share of the training of one size in which nodes go; the rest is tuning.
        judging_rows: Training rows on which terms are judged, several for each input.
        fit: Training of one size.
    """

    max_nodes: tuple[int, ...] = Field(default=(20, 40, 60, 80, 120), min_length=1)
    distilled_nodes: int = Field(default=40, ge=1)
    units: tuple[UnitName, ...] = ()
    decoder_hidden: Widths = (64, 64, 64, 64)
    scratch_starts: int = Field(default=0, ge=0)
    start_steps: int = Field(default=200, ge=1)
    prune_until: float = Field(default=0.3, gt=0, lt=1)
    judging_rows: int = Field(default=512, ge=2)
    fit: FitOptions = FitOptions(steps=300)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is trained: linear forms, and forms with units where there are any."""
        return ("linear", "symbolic") if self.units else ("linear",)

    @model_validator(mode="after")
    def _distilled_size_is_trained(self) -> Self:
        if self.distilled_nodes not in self.max_nodes:
            raise ValueError(
                f"distilled_nodes {self.distilled_nodes} is not in max_nodes {self.max_nodes}"
            )
        return self


Trainee = Halves[SkipMLP]


def train_symbolic(
    start: TrainedAutoencoder,
    table: FeatureTable,
    kind: Kind,
    options: SymbolicOptions,
    unseen: Collection[str] = (),
) -> list[TrainingResult]:
    """Train encoders of formulas of every size, the smaller ones from the larger.

    Args:
        start: A trained dense autoencoder; formulas start at the linear forms of its latents.
        table: The features.
        kind: `linear` uses no units.
        options: Sizes and training.
        unseen: Inputs that no formula may read.

    Returns:
        Variants `symbolic_n40` and so on, or `linear_n40`, from the largest to the smallest.
    """
    config = start.model.config.model_copy(update={"hidden": options.decoder_hidden})
    units = options.units if kind == "symbolic" else ()
    rows = torch.tensor(table.train[: options.judging_rows])
    paths = [
        _path(model, rows, start, table, config, kind, options)
        for model in _best_starts(start, table, config, units, options, unseen)
    ]
    return [min(alike, key=lambda one: one.metrics["mse_validation"]) for alike in zip(*paths)]


def _best_starts(
    start: TrainedAutoencoder,
    table: FeatureTable,
    config: AutoencoderConfig,
    units: Sequence[UnitName],
    options: SymbolicOptions,
    unseen: Collection[str],
) -> list[Trainee]:
    """Train a little from several starts; return those that are best on the validation rows."""
    opening = options.fit.model_copy(update={"steps": options.start_steps})
    found: list[tuple[float, Trainee]] = []
    for trial in range(1 + options.scratch_starts):
        seed = start.seed * (1 + options.scratch_starts) + trial
        torch.manual_seed(seed)
        encoder = _encoder(start, table, units, unseen, scratch=trial > 0)
        decoder = SkipMLP(config.latent_dim, config.hidden, config.n_features, config)
        model = Trainee(encoder, decoder)
        if config.linear_path:
            _start_decoder(model, table)
        report = fit(model, table.train, table.validation, opening, seed)
        found.append((min(mse for _, _, mse in report.curve), model))
    best = sorted(found, key=lambda one: one[0])[:_PATHS]
    return [model for _, model in best]


def _path(
    model: Trainee,
    rows: Tensor,
    start: TrainedAutoencoder,
    table: FeatureTable,
    config: AutoencoderConfig,
    kind: Kind,
    options: SymbolicOptions,
) -> list[TrainingResult]:
    """Train one start down to every size; terms are judged on `rows`."""
    results = []
    for nodes in sorted(options.max_nodes, reverse=True):
        after_step = _pruning(model.encoder, rows, nodes, options.prune_until)
        report = fit(
            *(model, table.train, table.validation, options.fit, start.seed),
            after_step=after_step,
            best_from=options.prune_until,
        )
        written = write_down(model, config, table.names)
        trained = TrainedAutoencoder(f"{kind}_n{nodes}", start.latent_dim, start.seed, written)
        results.append(describe(trained, table, report))
    return results


def _encoder(
    start: TrainedAutoencoder,
    table: FeatureTable,
    units: Sequence[UnitName],
    unseen: Collection[str],
    scratch: bool,
) -> RidgeEncoder:
    """Return linear forms of the latents, or random ones, and units of random weights."""
    seen = np.where(np.isin(table.names, list(unseen)), np.float32(0), table.train)
    X = seen.astype(np.float64)
    spread = X.std(axis=0)
    weight = linear_forms(start.encoder.encode(table.train), seen)
    if scratch:
        weight = torch.randn(weight.shape).double().numpy() / np.sqrt(len(spread))
    return RidgeEncoder(
        as_float(weight), as_float(-weight @ X.mean(axis=0)), as_float(spread), units
    )


def _start_decoder(model: Trainee, table: FeatureTable) -> None:
    """Start at the best linear decoder of the linear forms."""
    X = table.train.astype(np.float64)
    back = linear_decoder(model.encoder.weight.detach().double().numpy(), X)
    model.decoder.start_linear(as_float(back), as_float(X.mean(axis=0)))


def _pruning(
    encoder: RidgeEncoder, rows: Tensor, nodes: int, until: float
) -> Callable[[float], None]:
    """Return what removes terms after each step, down to `nodes` at a share of the training."""
    first, calls = float(encoder.nodes().max()), count(1)

    def after_step(progress: float) -> None:
        over = progress / until
        if next(calls) % _EVERY == 0 or over >= 1:
            prune(encoder, rows, nodes_left(first, nodes, over))

    return after_step


def write_down(model: Trainee, config: AutoencoderConfig, names: Sequence[str]) -> Autoencoder:
    """Return the autoencoder whose encoder is the formulas; the decoder takes scale and shift."""
    formulas, scale, shift = model.encoder.formulas(names)
    written = Autoencoder(
        config.model_copy(
            update={
                "decoder_hidden": config.hidden,
                "formulas": tuple(formula.expression for formula in formulas),
                "names": tuple(names),
            }
        )
    )
    written.decoder.double().load_state_dict(model.decoder.state_dict())
    written.decoder.absorb_input(torch.diag(scale), shift)
    written.decoder.float()
    return written.eval()
