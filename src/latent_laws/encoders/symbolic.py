"""The `symbolic` variant: an encoder that is formulas of few nodes, trained with its decoder.

Encoder and decoder are trained together while the formulas lose their least terms, down to one
number of nodes after the other; at each the constants and the decoder are tuned together on all
training rows before the formulas are written down. They are then exactly what the encoder computes.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn.functional import mse_loss

from latent_laws.encoders.model import (
    Autoencoder,
    AutoencoderConfig,
    SkipMLP,
    TrainedAutoencoder,
    Widths,
    as_float,
)
from latent_laws.encoders.pca import linear_decoder, linear_forms
from latent_laws.encoders.pruning import grow, prune
from latent_laws.encoders.ridge import Halves, RidgeEncoder, UnitName, nodes_left
from latent_laws.encoders.training import Fit, FitOptions, TrainingResult, describe, errors, fit
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

Kind = Literal["symbolic", "linear"]

# Steps between two looks at what terms are worth.
_EVERY = 5
# Starts that go down to every size; the best of each size is kept.
_PATHS = 2
# Nodes of a latent that come back at once.
_GROWN = 20


class SymbolicOptions(StrictModel):
    """Sizes of formulas, and how encoders of them are trained.

    Attributes:
        max_nodes: Nodes of a latent, the sweep of the frontier.
        distilled_nodes: Those of the variant `symbolic`.
        units: Functions that each latent may use beside its linear form.
        scratch_starts: Random starts that compete with the linear forms of the rotated latents.
        decoder_hidden: Widths of the decoder.
        start_steps: Training before anything is pruned.
        regrowths: How often terms come back at each size, and go again.
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
    regrowths: int = Field(default=1, ge=0)
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
    trainer = _Trainer(start, table, kind, options, unseen)
    found = [result for model in trainer.best_starts() for result in trainer.path(model)]
    found += trainer.untrained()
    found.sort(key=lambda one: -one.metrics["mse_validation"])
    best = {result.autoencoder.variant: result for result in found}
    return [best[trainer.variant(nodes)] for nodes in trainer.sizes]


@dataclass(frozen=True)
class _Trainer:
    """What all formulas of one kind and one start are trained with; see `train_symbolic`."""

    start: TrainedAutoencoder
    table: FeatureTable
    kind: Kind
    options: SymbolicOptions
    unseen: Collection[str]

    @property
    def config(self) -> AutoencoderConfig:
        """What builds the decoder."""
        return self.start.model.config.model_copy(update={"hidden": self.options.decoder_hidden})

    @property
    def units(self) -> tuple[UnitName, ...]:
        """Functions that each latent may use."""
        return self.options.units if self.kind == "symbolic" else ()

    @property
    def sizes(self) -> list[int]:
        """Nodes of a latent, from the largest."""
        return sorted(self.options.max_nodes, reverse=True)

    def variant(self, nodes: int) -> str:
        """Return what encoders of so many nodes are called."""
        return f"{self.kind}_n{nodes}"

    def best_starts(self) -> list[Trainee]:
        """Train a little from several starts; return those that are best on the validation rows."""
        opening = self.options.fit.model_copy(update={"steps": self.options.start_steps})
        trials = 1 + self.options.scratch_starts
        found: list[tuple[float, Trainee]] = []
        for trial in range(trials):
            seed = self.start.seed * trials + trial
            torch.manual_seed(seed)
            model = self._with_decoder(self._encoder(self.units, scratch=trial > 0))
            report = fit(model, self.table.train, self.table.validation, opening, seed)
            found.append((min(mse for _, _, mse in report.curve), model))
        best = sorted(found, key=lambda one: one[0])[:_PATHS]
        return [model for _, model in best]

    def path(self, model: Trainee) -> Iterator[TrainingResult]:
        """Train one start down to every size; at each, some terms come back and go again."""
        train = torch.tensor(self.table.train)
        for nodes in self.sizes:
            yield self._trained(model, nodes)
            for _ in range(self.options.regrowths):
                grow(model.encoder, lambda: mse_loss(model(train), train), nodes + _GROWN)
                yield self._trained(model, nodes)

    def _trained(self, model: Trainee, nodes: int) -> TrainingResult:
        """Train while terms go."""
        options, table = self.options, self.table
        report = fit(
            *(model, table.train, table.validation, options.fit, self.start.seed),
            after_step=self._pruning(model.encoder, nodes),
            best_from=options.prune_until,
        )
        return self._described(model, nodes, report)

    def untrained(self) -> Iterator[TrainingResult]:
        """Cut the linear forms of the latents down at once, each with the best linear decoder.

        Of few rows training only learns what other rows do not repeat.
        """
        if not self.config.linear_path:
            return
        rows, held_out = torch.tensor(self.table.train), torch.tensor(self.table.validation)
        encoder = self._encoder((), scratch=False)
        for nodes in self.sizes:
            prune(encoder, self._judging_rows, nodes)
            model = self._with_decoder(encoder)
            start = (0, *errors(model, rows, held_out))
            yield self._described(model, nodes, Fit([start], 0, 0.0))

    def _described(self, model: Trainee, nodes: int, report: Fit) -> TrainingResult:
        """Write the formulas down and measure them."""
        written = write_down(model, self.config, self.table.names)
        name = (self.variant(nodes), self.start.latent_dim, self.start.seed)
        return describe(TrainedAutoencoder(*name, written), self.table, report)

    def _with_decoder(self, encoder: RidgeEncoder) -> Trainee:
        """Give the formulas a decoder, which starts at the best linear one where it can."""
        config = self.config
        decoder = SkipMLP(config.latent_dim, config.hidden, config.n_features, config)
        if config.linear_path:
            X = self.table.train.astype(np.float64)
            weight = encoder.layout.split((encoder.weights * encoder.alive).detach())[0]
            back = linear_decoder(weight.double().numpy(), X)
            decoder.start_linear(as_float(back), as_float(X.mean(axis=0)))
        return Trainee(encoder, decoder)

    def _encoder(self, units: Sequence[UnitName], scratch: bool) -> RidgeEncoder:
        """Return linear forms of the latents, or random ones, and units of random weights."""
        train = self.table.train
        seen = np.where(np.isin(self.table.names, list(self.unseen)), np.float32(0), train)
        X = seen.astype(np.float64)
        spread = X.std(axis=0)
        if scratch:
            size = (self.start.latent_dim, len(spread))
            weight = torch.randn(size).double().numpy() / np.sqrt(len(spread))
        else:
            weight = linear_forms(self.start.encoder.encode(train), seen)
        bias = -weight @ X.mean(axis=0)
        return RidgeEncoder(as_float(weight), as_float(bias), as_float(spread), units)

    @property
    def _judging_rows(self) -> Tensor:
        return torch.tensor(self.table.train[: self.options.judging_rows])

    def _pruning(self, encoder: RidgeEncoder, nodes: int) -> Callable[[float], None]:
        """Return what removes terms after each step, down to `nodes` at a share of the training."""
        rows, steps = self._judging_rows, self.options.fit.steps
        first, last = float(encoder.nodes().max()), ceil(self.options.prune_until * steps)

        def after_step(progress: float) -> None:
            step = round(progress * steps)
            if step == last or (step < last and step % _EVERY == 0):
                prune(encoder, rows, nodes_left(first, nodes, step / last))

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
