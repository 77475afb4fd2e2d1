"""Importance of features as the formulas tell it, with intervals.

Four scores, from the crudest to the one that predicts best what deleting a feature does:

- excess frequency: how often near-best formulas use a feature, minus how often formulas of the
  same size use it that were fitted to permuted latents;
- variance share: the share of the latents' variance that flows through the feature;
- reconstruction share: the share of the variance of decoder(formulas(x)) that flows through it, as
  a Shapley value (see `findings.sage`);
- importance, the headline: the reconstruction share, where the part of the reconstruction that the
  formulas leave unexplained is divided over the features by their own variance.

Every latent counts the same in the first two; in the others it counts by what the decoder makes of
it, as the network itself would have it in any latent basis. As to the headline: that sparse
formulas are silent about a feature is no evidence that the network does not use it, and the less
of the network they explain, the less their silence says.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.blocks import disjoint_blocks
from latent_laws.findings.distillation import Distillation, LatentFormulas, Readings, usage
from latent_laws.findings.effects import (
    Values,
    at_levels,
    levels_of,
    member_variances,
    sample_rows,
)
from latent_laws.findings.sage import SymbolicAutoencoder
from latent_laws.formulas.formula import Formula


class ImportanceOptions(BaseModel):
    """How importance is measured.

    Attributes:
        rows: Validation rows: of the variance share, and of each draw of the last two.
        levels: Levels that a numeric feature runs through for the variance share.
        draws: Symbolic encoders drawn from the near-best formulas, each with rows and an order of
            deletion, for the last two.
        resamples: Bootstrap resamples of the latents for the first two.
        confidence: Coverage of the intervals.
        seed: Of rows, draws and resamples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=300, ge=10)
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
    """Score every feature for every encoder by its formulas.

    Args:
        distillation: The encoders and their formulas.
        options: Rows, draws, resamples.

    Returns:
        A row an encoder and feature: `encoder, feature, selection_frequency, null_frequency`, and
        for each of `excess_frequency`, `variance_share`, `reconstruction_share` and `importance`
        the value, `_low` and `_high`.
    """
    frames = []
    for encoder, model in distillation.models.items():
        scores = _scores(distillation.readings(encoder), model, distillation, options)
        where = {"encoder": encoder, "feature": distillation.table.names}
        frames.append(pd.DataFrame({**where, **scores}))
    return pd.concat(frames, ignore_index=True)


def _scores(
    formulas: LatentFormulas,
    model: Encoder,
    distillation: Distillation,
    options: ImportanceOptions,
) -> dict[str, Values]:
    """Return the score columns of one encoder."""
    table = distillation.table
    blocks = [(name,) for name in table.names]
    selected, null = usage(formulas.near_best, blocks), usage(formulas.null, blocks)
    reconstruction, importance = reconstruction_shares(
        formulas.near_best, model, distillation, options
    )
    estimates = {
        "excess_frequency": excess_frequency(selected, null, options),
        "variance_share": variance_share(formulas.near_best, model, distillation, options),
        "reconstruction_share": reconstruction,
        "importance": importance,
    }
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


def variance_share(
    readings: Readings,
    model: Encoder,
    distillation: Distillation,
    options: ImportanceOptions,
) -> Estimate:
    """Share of the latents' variance that flows through a feature, with a bootstrap over latents.

    Every latent counts 1, divided over its features by the variance they cause in its formulas;
    search seeds, and the near-best formulas of a seed, weigh alike.

    Args:
        readings: Near-best formulas.
        model: The autoencoder.
        distillation: Features and groups.
        options: Rows, levels, resamples, confidence, seed.

    Returns:
        Per feature, sum 1 (0 if no formula uses any feature).
    """
    effects = _FormulaEffects(model, distillation, options)
    shares = np.zeros((len(readings), len(distillation.table.names)))
    for row, (latent, by_seed) in enumerate(readings.items()):
        for formulas in by_seed.values():
            weight = 1 / len(formulas) / len(by_seed)
            for formula in formulas:
                shares[row] += weight * _to_share(effects.on_latent(latent, formula))
    rng = np.random.default_rng(options.seed)
    means = _to_share(_resampled_means(shares, options, rng))
    return _estimate(_to_share(shares.mean(axis=0)), means, options.confidence)


def reconstruction_shares(
    readings: Readings,
    model: Encoder,
    distillation: Distillation,
    options: ImportanceOptions,
) -> tuple[Estimate, Estimate]:
    """Share of the variance of decoder(formulas(x)) that flows through a feature.

    The near-best formulas are about equally good, so any choice of one a latent is an equally
    good symbolic encoder. The share is averaged over draws of such encoders, of rows and of the
    order of deletion; the interval holds the given part of the draws and says how much depends on
    which of them is believed.

    Args:
        readings: Near-best formulas.
        model: The autoencoder.
        distillation: Features and groups.
        options: Rows, draws, confidence, seed.

    Returns:
        The reconstruction share and the importance, each with sum 1 over the features. A share
        below 0 is a feature whose deletion makes up for that of others.
    """
    table = distillation.table
    blocks = disjoint_blocks(table.names, distillation.feature_info)
    baseline, rng = table.train.mean(axis=0), np.random.default_rng(options.seed)
    shares, unexplained = [], []
    for _ in range(options.draws):
        X = table.validation[rng.permutation(len(table.validation))[: options.rows]]
        drawn = {latent: _draw(by_seed, rng) for latent, by_seed in readings.items()}
        symbolic = SymbolicAutoencoder(drawn, model, X, table.names)
        shares.append(_to_share(symbolic.sage_values(blocks, baseline, rng)))
        unexplained.append([symbolic.unexplained()])
    own = _to_share(table.train.var(axis=0, dtype=np.float64))
    missing = np.array(unexplained)
    completed = (1 - missing) * shares + missing * own
    return (
        _estimate(np.mean(shares, axis=0), np.array(shares), options.confidence),
        _estimate(completed.mean(axis=0), completed, options.confidence),
    )


def _draw(by_seed: Mapping[int, tuple[Formula, ...]], rng: np.random.Generator) -> Formula:
    """Draw a search seed, then one of its near-best formulas."""
    seeds = list(by_seed.values())
    formulas = seeds[rng.integers(len(seeds))]
    return formulas[rng.integers(len(formulas))]


class _FormulaEffects:
    """Variance of formulas while one feature or one-hot group at a time runs through its levels.

    A value further from the latent's range than that range is wide counts as that bound.
    """

    def __init__(
        self, model: Encoder, distillation: Distillation, options: ImportanceOptions
    ) -> None:
        table = distillation.table
        self._names = table.names
        self._X = sample_rows(table.validation, options.rows, options.seed)
        Z = model.encode(self._X)
        low, high = Z.min(axis=0), Z.max(axis=0)
        self._low, self._high = low - (high - low), high + (high - low)
        self._levels = {
            block: levels_of(table.train[:, list(block.columns)], options.levels)
            for block in disjoint_blocks(table.names, distillation.feature_info)
        }

    def on_latent(self, latent: int, formula: Formula) -> Values:
        """Variance of a formula that each feature causes: shape (features,)."""
        effects = np.zeros(len(self._names))
        own = [self._names.index(name) for name in formula.features]
        for block, levels in self._levels.items():
            inside = [i for i, column in enumerate(block.columns) if column in own]
            if not inside:
                continue
            # a formula that uses few members of a group has few distinct levels
            distinct, place = np.unique(levels.values[:, inside], axis=0, return_inverse=True)
            columns = [own.index(block.columns[i]) for i in inside]
            values = formula.evaluate(
                at_levels(self._X[:, own], columns, distinct), formula.features
            )
            bounded = np.clip(values, self._low[latent], self._high[latent])
            by_level = bounded.reshape(len(distinct), -1, 1)[place]
            effects[list(block.columns)] = member_variances(by_level, levels)
        return effects


def _to_share(effects: Values) -> Values:
    """Divide by the sum, where it is not 0."""
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
