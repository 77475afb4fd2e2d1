"""Importance of features as the formulas tell it, with intervals.

Four scores, from the crudest to the one that predicts best what deleting a feature does:

- excess frequency: how often near-best formulas use a feature, minus how often formulas of the
  same size use it that were fitted to permuted latents;
- variance share: the share of the latents' variance that flows through the feature;
- reconstruction share: the share of the variance of decoder(formulas(x)) that flows through it;
- completed share: the reconstruction share, where the part of the reconstruction that the
  formulas leave unexplained is divided over the features by their own variance.

Every latent counts the same in the first two; in the others it counts by what the decoder makes of
it, as the network itself would have it in any latent basis. The completed share is the headline:
that sparse formulas are silent about a feature is no evidence that the network does not use it,
and the less of the network they explain, the less their silence says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.analysis.blocks import Block, disjoint_blocks
from latent_laws.analysis.distillation import Distillation, LatentFormulas, Readings, usage
from latent_laws.analysis.effects import (
    Values,
    at_levels,
    decoded,
    levels_of,
    member_variances,
    sample_rows,
)
from latent_laws.autoencoder.model import Autoencoder, latents
from latent_laws.symbolic.formula import Formula

Score = Literal["completed_share", "reconstruction_share", "variance_share", "excess_frequency"]


class ImportanceOptions(BaseModel):
    """How importance is measured.

    Attributes:
        headline: The score that is called `importance`.
        rows: Validation rows on which effects are averaged.
        rows_per_draw: How many of them each draw takes, at random.
        levels: Levels that a numeric feature runs through.
        draws: Symbolic encoders drawn from the near-best formulas for the last two.
        resamples: Bootstrap resamples of the latents for the first two.
        confidence: Coverage of the intervals.
        seed: Of rows, draws and resamples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    headline: Score = "completed_share"
    rows: int = Field(default=200, ge=10)
    rows_per_draw: int = Field(default=50, ge=10)
    levels: int = Field(default=4, ge=2)
    draws: int = Field(default=20, ge=1)
    resamples: int = Field(default=1000, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


@dataclass(frozen=True)
class Estimate:
    """A score a feature with its interval; each of shape (features,)."""

    value: Values
    low: Values
    high: Values


def feature_importance(distillation: Distillation, options: ImportanceOptions) -> pd.DataFrame:
    """Score every feature for every variant by its formulas.

    Args:
        distillation: The encoders and their formulas.
        options: Rows, draws, resamples.

    Returns:
        A row a variant and feature: `variant, feature, selection_frequency, null_frequency`, and
        for each of `excess_frequency`, `variance_share`, `reconstruction_share`,
        `completed_share` and `importance` (the headline score again) the value, `_low`, `_high`.
    """
    frames = []
    for variant, model in distillation.models.items():
        scores = _scores(distillation.readings(variant), model, distillation, options)
        where = {"variant": variant, "feature": distillation.table.names}
        frames.append(pd.DataFrame({**where, **scores}))
    return pd.concat(frames, ignore_index=True)


def _scores(
    formulas: LatentFormulas,
    model: Autoencoder,
    distillation: Distillation,
    options: ImportanceOptions,
) -> dict[str, Values]:
    """Return the score columns of one variant."""
    table = distillation.table
    blocks = [(name,) for name in table.names]
    selected, null = usage(formulas.near_best, blocks), usage(formulas.null, blocks)
    effects = FormulaEffects(formulas.near_best, model, distillation, options)
    variances = table.train.var(axis=0, dtype=np.float64)
    reconstruction, completed = reconstruction_shares(effects, variances, options)
    estimates = {
        "excess_frequency": excess_frequency(selected, null, options),
        "variance_share": variance_share(effects, options),
        "reconstruction_share": reconstruction,
        "completed_share": completed,
    }
    estimates["importance"] = estimates[options.headline]
    columns = {
        "selection_frequency": selected.mean(axis=0),
        "null_frequency": null.mean(axis=0) if len(null) else np.zeros(len(table.names)),
    }
    for name, estimate in estimates.items():
        columns[name] = estimate.value
        columns[f"{name}_low"], columns[f"{name}_high"] = estimate.low, estimate.high
    return columns


def excess_frequency(selected: Values, null: Values, options: ImportanceOptions) -> Estimate:
    """Mean selection frequency minus the mean null frequency, with a bootstrap over latents.

    Args:
        selected: Latents x features.
        null: Null latents x features; no rows if no null was searched.
        options: Resamples, confidence, seed.

    Returns:
        Per feature, between -1 and 1.
    """
    rng = np.random.default_rng(options.seed)
    value, resamples = selected.mean(axis=0), _resampled_means(selected, options, rng)
    if len(null):
        value = value - null.mean(axis=0)
        resamples = resamples - _resampled_means(null, options, rng)
    return _estimate(value, resamples, options.confidence)


def variance_share(effects: "FormulaEffects", options: ImportanceOptions) -> Estimate:
    """Share of the latents' variance that flows through a feature, with a bootstrap over latents.

    Every latent counts 1, divided over its features by their effects on its formulas; every
    near-best formula of a latent and seed weighs alike.

    Returns:
        Per feature, sum 1 (0 if no formula uses any feature).
    """
    shares = effects.variance_shares()
    rng = np.random.default_rng(options.seed)
    return _estimate(
        _to_share(shares.mean(axis=0)),
        _to_share(_resampled_means(shares, options, rng)),
        options.confidence,
    )


def reconstruction_shares(
    effects: "FormulaEffects", variances: Values, options: ImportanceOptions
) -> tuple[Estimate, Estimate]:
    """Share of the variance of decoder(formulas(x)) that flows through a feature.

    The near-best formulas are about equally good, so any choice of one a latent is an equally
    good symbolic encoder. The share is averaged over draws of such encoders and of rows, and the
    interval holds the given part of the draws: it says how much depends on which is believed.

    Args:
        effects: The formulas' effects.
        variances: Shape (features,), the features' own variances.
        options: Draws, confidence, seed.

    Returns:
        The reconstruction share and the completed share, each with sum 1 over the features.
    """
    rng = np.random.default_rng(options.seed)
    draws = [effects.of_drawn_encoder(rng, options.rows_per_draw) for _ in range(options.draws)]
    shares = _to_share(np.array([effect for effect, _ in draws]))
    unexplained = np.array([[part] for _, part in draws])
    completed = (1 - unexplained) * shares + unexplained * _to_share(variances)
    return (
        _estimate(shares.mean(axis=0), shares, options.confidence),
        _estimate(completed.mean(axis=0), completed, options.confidence),
    )


class FormulaEffects:
    """Values of formulas while one feature or one-hot group at a time runs through its levels.

    A value further from the latent's range than that range is wide counts as that bound: a
    formula's pole far from the data says nothing about the encoder.
    """

    def __init__(
        self,
        readings: Readings,
        model: Autoencoder,
        distillation: Distillation,
        options: ImportanceOptions,
    ) -> None:
        table = distillation.table
        self._readings, self._model, self._names = readings, model, table.names
        self._X = sample_rows(table.validation, options.rows, options.seed)
        self._Z = latents(model, self._X)
        self._levels = {
            block: levels_of(table.train[:, list(block.columns)], options.levels)
            for block in disjoint_blocks(table.names, distillation.feature_info)
        }
        self._values = {
            (latent, formula): self._through_levels(latent, formula)
            for latent, by_seed in readings.items()
            for formulas in by_seed.values()
            for formula in formulas
        }

    def variance_shares(self) -> Values:
        """Share of each latent that flows through each feature: shape (latents, features)."""
        shares = np.zeros((len(self._readings), len(self._names)))
        for row, (latent, by_seed) in enumerate(self._readings.items()):
            for formulas in by_seed.values():
                weight = 1 / len(formulas) / len(by_seed)
                for formula in formulas:
                    shares[row] += weight * _to_share(self.on_latent(latent, formula))
        return shares

    def on_latent(self, latent: int, formula: Formula) -> Values:
        """Variance of a formula that each feature causes: shape (features,)."""
        effects = np.zeros(len(self._names))
        for block, values in self._values[latent, formula].items():
            levels = self._levels[block]
            effects[list(block.columns)] = member_variances(values.at_levels(), levels)
        return effects

    def of_drawn_encoder(self, rng: np.random.Generator, n_rows: int) -> tuple[Values, float]:
        """Variance of the reconstruction that each feature causes, through a drawn encoder.

        Args:
            rng: Draws one formula a latent, and the rows.
            n_rows: Rows on which effects are averaged.

        Returns:
            Shape (features,), summed over the reconstructed features; and the share of the
            variance of the network's reconstruction that the drawn encoder leaves unexplained,
            between 0 and 1.
        """
        drawn = {latent: self._draw(latent, rng) for latent in self._readings}
        rows = rng.permutation(len(self._X))[:n_rows]
        base = self._Z.copy()
        users: dict[Block, list[int]] = {}
        for latent, formula in drawn.items():
            base[:, latent] = self._bounded(latent, formula.evaluate(self._X, self._names))
            for block in self._values[latent, formula]:
                users.setdefault(block, []).append(latent)
        effects = np.zeros(len(self._names))
        for block, affected in users.items():
            moved = {latent: self._values[latent, drawn[latent]][block] for latent in affected}
            values = self._reconstructed(base, moved, rows)
            effects[list(block.columns)] = member_variances(values, self._levels[block])
        return effects, self._unexplained(base)

    def _draw(self, latent: int, rng: np.random.Generator) -> Formula:
        """Draw a seed of the latent, then one of its near-best formulas."""
        by_seed = list(self._readings[latent].values())
        formulas = by_seed[rng.integers(len(by_seed))]
        return formulas[rng.integers(len(formulas))]

    def _unexplained(self, Z: Values) -> float:
        """Return the share of the reconstruction's variance that other latents miss."""
        target = decoded(self._model, self._Z).astype(np.float64)
        squared = (decoded(self._model, Z) - target) ** 2
        errors = squared[np.isfinite(squared).all(axis=1)].mean(axis=0).sum()
        variance = target.var(axis=0).sum()
        return float(min(1.0, errors / variance)) if variance else 0.0

    def _reconstructed(
        self, base: Values, moved: Mapping[int, "_AtLevels"], rows: NDArray[np.intp]
    ) -> Values:
        """Decode some rows with some latents at each level: shape (levels, rows, features)."""
        n_levels = len(next(iter(moved.values())).place)
        Z = np.repeat(base[None, rows], n_levels, axis=0)
        for latent, values in moved.items():
            Z[:, :, latent] = values.at_levels()[:, rows, 0]
        X = decoded(self._model, Z.reshape(-1, base.shape[1]))
        return X.astype(np.float64).reshape(n_levels, len(rows), -1)

    def _through_levels(self, latent: int, formula: Formula) -> dict[Block, "_AtLevels"]:
        """Return the formula's values at the levels of each block it uses."""
        own = [self._names.index(name) for name in formula.features]
        found = {}
        for block, levels in self._levels.items():
            inside = [i for i, column in enumerate(block.columns) if column in own]
            if inside:
                # a formula that uses few members of a group has few distinct levels
                distinct, place = np.unique(levels.values[:, inside], axis=0, return_inverse=True)
                columns = [own.index(block.columns[i]) for i in inside]
                X = at_levels(self._X[:, own], columns, distinct)
                values = self._bounded(latent, formula.evaluate(X, formula.features))
                found[block] = _AtLevels(values.reshape(len(distinct), -1, 1), place)
        return found

    def _bounded(self, latent: int, values: Values) -> Values:
        """Limit values to the latent's range, widened by itself on both sides."""
        low, high = self._Z[:, latent].min(), self._Z[:, latent].max()
        return np.clip(values, low - (high - low), high + (high - low))


@dataclass(frozen=True)
class _AtLevels:
    """Values of a formula at distinct levels, shape (distinct, rows, 1), and each level's place."""

    values: Values
    place: NDArray[np.intp]

    def at_levels(self) -> Values:
        """Values at every level: shape (levels, rows, 1)."""
        return self.values[self.place]


def _to_share(effects: Values) -> Values:
    """Divide by the sum over the last axis, where it is not 0."""
    total = effects.sum(axis=-1, keepdims=True)
    share: Values = np.divide(effects, total, out=np.zeros_like(effects), where=total > 0)
    return share


def _resampled_means(
    values: Values, options: ImportanceOptions, rng: np.random.Generator
) -> Values:
    """Return means over bootstrap resamples of the rows: shape (resamples, columns)."""
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), options.resamples)
    means: Values = counts @ values / len(values)
    return means


def _estimate(value: Values, resamples: Values, confidence: float) -> Estimate:
    """Return the value with the percentile interval of its resamples."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(resamples, [tail, 1 - tail], axis=0)
    return Estimate(value, low, high)
