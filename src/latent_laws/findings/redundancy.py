"""Redundancy: a verdict for every feature and one-hot group, with the numbers behind it.

The verdicts, in order of precedence (the first that holds is given):

1. `constant`: it does not vary.
2. `ignored`: the autoencoder does not react to it and no formula uses it above the null.
3. `recoverable`: the features outside its group predict it on held-out rows.
4. `formula_silent`: no formula uses it above the null, yet the autoencoder reacts to it. That is
   sparsity of the formulas, not redundancy.
5. `used`: the rest.

A formula uses a feature above the null if more of the latent's variance flows through the feature
than flows through features in formulas of the same size fitted to permuted latents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.blocks import Block, feature_blocks
from latent_laws.findings.distillation import Distillation, LatentFormulas, Readings, named, usage
from latent_laws.findings.effects import (
    Levels,
    intervention_variance,
    levels_of,
    sample_rows,
)
from latent_laws.findings.response import Rows, Values
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable

VERDICTS = ("constant", "ignored", "recoverable", "formula_silent", "used")


class RedundancyOptions(BaseModel):
    """From where on a feature is redundant.

    Attributes:
        rows: Validation rows on which effects are averaged.
        levels: Levels that a numeric feature runs through.
        insensitive: Sensitivity of the autoencoder below which it ignores a feature: variance of
            the reconstruction that the feature causes, relative to the feature's own.
        null_quantile: Quantile of the effects of features in null formulas that a feature has to
            exceed to be used.
        tolerance: Change of the FVU of the remaining features that removing all constant and
            ignored ones at once may cause; ignored features are given up, the one with the largest
            effect first, until it holds.
        seed: Of the rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=200, ge=10)
    levels: int = Field(default=4, ge=2)
    insensitive: float = Field(default=0.01, ge=0)
    null_quantile: float = Field(default=0.99, ge=0, le=1)
    tolerance: float = Field(default=0.01, gt=0)
    seed: int = 0


def redundancy(
    distillation: Distillation, recoverability: pd.DataFrame, options: RedundancyOptions
) -> pd.DataFrame:
    """Judge every feature and every group for every encoder.

    Args:
        distillation: The encoders and their formulas.
        recoverability: What `findings.recoverability.recoverability` returns.
        options: Thresholds.

    Returns:
        A row an encoder and feature, then a row an encoder and group (`kind` is group): `encoder,
        feature, group, kind, verdict, is_constant, encoder_sensitivity, formula_effect` (largest
        share of a latent's variance that flows through it), `null_effect` (what it has to exceed),
        `n_formulas` (selected formulas that contain it), `n_formulas_above_null,
        selection_frequency, null_frequency`, and what `recoverability` holds about it.
    """
    table, info = distillation.table, distillation.feature_info
    blocks = feature_blocks(table.names, info)
    frames = []
    for encoder, model in distillation.models.items():
        evidence = _Evidence(model, table, blocks, options)
        frame = evidence.frame(distillation.selected(encoder), distillation.readings(encoder))
        frame = frame.merge(
            recoverability, on=["feature", "is_group"], how="left", validate="one_to_one"
        )
        frame["verdict"] = _verdicts(frame, model, table, options)
        frames.append(named(encoder, _labelled(frame, info)))
    return pd.concat(frames, ignore_index=True)


def redundancy_summary(
    verdicts: pd.DataFrame, models: Mapping[str, Encoder], table: FeatureTable
) -> dict[str, dict[str, object]]:
    """Count what is redundant, verified, beside the naive count.

    Args:
        verdicts: What `redundancy` returns.
        models: Encoder -> what encodes and decodes.
        table: The features.

    Returns:
        Encoder -> `n_features`; `naive`, the features that no selected formula contains;
        `verified`, those constant, ignored or jointly recoverable; a count for each verdict;
        `jointly_recoverable`; `sum_rule`, the features that are a constant minus the rest of
        their group; `fvu_change`, by how much the FVU of the remaining features grows on the
        test rows if all constant and ignored ones are replaced by their mean at once.
    """
    summary: dict[str, dict[str, object]] = {}
    for encoder, model in models.items():
        own = verdicts[(verdicts["encoder"] == encoder) & (verdicts["kind"] != "group")]
        gone = own["verdict"].isin(["constant", "ignored"])
        joint = own["verdict"].eq("recoverable") & own["jointly_recoverable"]
        removed = np.isin(table.names, own.loc[gone, "feature"])
        summary[encoder] = {
            "n_features": len(own),
            "naive": int((own["n_formulas"] == 0).sum()),
            "verified": int((gone | joint).sum()),
            **{verdict: int((own["verdict"] == verdict).sum()) for verdict in VERDICTS},
            "jointly_recoverable": int(joint.sum()),
            "sum_rule": int(own["sum_rule"].sum()),
            "fvu_change": removal_change(model, table.test, table.train.mean(axis=0), removed),
        }
    return summary


def removal_change(model: Encoder, X: Rows, baseline: Rows, removed: NDArray[np.bool_]) -> float:
    """Growth of the FVU of the remaining features when others are replaced.

    Args:
        model: The autoencoder.
        X: Rows x features.
        baseline: Shape (features,), what a removed feature is replaced by.
        removed: Shape (features,).

    Returns:
        FVU with the removal minus FVU without it; NaN if nothing that varies remains.
    """
    variance = X[:, ~removed].var(axis=0, dtype=np.float64).sum()
    if not variance:
        return float("nan")
    given = np.where(removed, baseline, X).astype(np.float32)
    before, after = (
        ((model.reconstruct(rows) - X.astype(np.float64)) ** 2).mean(axis=0)[~removed].sum()
        for rows in (X, given)
    )
    return float((after - before) / variance)


@dataclass(frozen=True)
class _Use:
    """How formulas use a block: in how many, in how many above the null, largest effect."""

    n_formulas: int
    n_above: int
    effect: float


class _Evidence:
    """Measures what the network and its formulas do with each block of features."""

    def __init__(
        self,
        model: Encoder,
        table: FeatureTable,
        blocks: Sequence[Block],
        options: RedundancyOptions,
    ) -> None:
        self._model, self._table, self._blocks, self._options = model, table, blocks, options
        self._X = sample_rows(table.validation, options.rows, options.seed)
        self._variances = model.encode(table.validation).var(axis=0)
        self._levels = {
            block: levels_of(table.train[:, list(block.columns)], options.levels)
            for block in blocks
        }

    def frame(self, selected: Mapping[int, Formula], near: LatentFormulas) -> pd.DataFrame:
        """Return a row a block with all numbers but those on recoverability."""
        null = self._null_effect(near.null)
        uses = [self._use(block, selected, null) for block in self._blocks]
        names = [self._names(block) for block in self._blocks]
        columns: dict[str, object] = {
            "feature": [block.name for block in self._blocks],
            "is_group": [block.is_group for block in self._blocks],
            "is_constant": [self._levels[block].variance == 0 for block in self._blocks],
            "encoder_sensitivity": [self._sensitivity(block) for block in self._blocks],
            "formula_effect": [use.effect for use in uses],
            "null_effect": null,
            "n_formulas": [use.n_formulas for use in uses],
            "n_formulas_above_null": [use.n_above for use in uses],
            "selection_frequency": usage(near.front, names).mean(axis=0),
            "null_frequency": usage(near.null, names).mean(axis=0) if near.null else 0.0,
        }
        return pd.DataFrame(columns)

    def _names(self, block: Block) -> frozenset[str]:
        return frozenset(self._table.names[column] for column in block.columns)

    def _sensitivity(self, block: Block) -> float:
        """Return the variance of the reconstruction that a block causes, over its own."""
        levels = self._levels[block]
        if not levels.variance:
            return 0.0
        caused = intervention_variance(self._model.reconstruct, self._X, block.columns, levels)
        return float(caused.sum() / levels.variance)

    def _use(self, block: Block, selected: Mapping[int, Formula], null: float) -> _Use:
        names = self._names(block)
        users = [(latent, one) for latent, one in selected.items() if names & set(one.features)]
        effects = [self._effect(latent, formula, block) for latent, formula in users]
        above = sum(effect > null for effect in effects)
        return _Use(len(users), above, max(effects, default=0.0))

    def _null_effect(self, null: Readings) -> float:
        """Return the quantile of the effects of single features in null formulas."""
        single = {block.name: block for block in self._blocks if not block.is_group}
        effects = [
            self._effect(latent, formula, single[name])
            for latent, by_seed in null.items()
            for formula in dict.fromkeys(one for formulas in by_seed.values() for one in formulas)
            for name in formula.features
        ]
        return float(np.quantile(effects, self._options.null_quantile)) if effects else 0.0

    def _effect(self, latent: int, formula: Formula, block: Block) -> float:
        """Return the variance of a formula that a block causes, over the latent's."""
        own = [self._table.names.index(name) for name in formula.features]
        inside = [column for column in block.columns if column in own]
        levels = self._levels[block]
        part = Levels(
            levels.values[:, [block.columns.index(column) for column in inside]],
            *(levels.weights, levels.variance, levels.scale),
        )

        def evaluate(rows: Rows) -> Values:
            return formula.evaluate(rows, formula.features)

        position = [own.index(column) for column in inside]
        caused = intervention_variance(evaluate, self._X[:, own], position, part)
        return float(caused[0] / self._variances[latent]) if self._variances[latent] else 0.0


def _verdicts(
    evidence: pd.DataFrame, model: Encoder, table: FeatureTable, options: RedundancyOptions
) -> list[str]:
    """Return the verdict of every row, after the joint check of the ignored features."""
    insensitive = evidence["encoder_sensitivity"] < options.insensitive
    silent = evidence["n_formulas_above_null"] == 0
    candidates = insensitive & silent & ~evidence["is_constant"]
    ignored = _verified(candidates, evidence, model, table, options)
    conditions = [
        evidence["is_constant"],
        ignored,
        evidence["recoverable"],
        silent,
    ]
    return [str(one) for one in np.select(conditions, VERDICTS[:-1], default=VERDICTS[-1])]


def _verified(
    ignored: "pd.Series[bool]",
    evidence: pd.DataFrame,
    model: Encoder,
    table: FeatureTable,
    options: RedundancyOptions,
) -> "pd.Series[bool]":
    """Give up ignored features until removing the rest at once changes nothing that matters."""
    single = ~evidence["is_group"].to_numpy(dtype=bool)
    constant = evidence.loc[single, "is_constant"].to_numpy(dtype=bool)
    kept = ignored[single].to_numpy(dtype=bool).copy()
    effect = evidence.loc[single, "encoder_sensitivity"] * table.train.var(axis=0)
    for column in np.argsort(-effect.to_numpy(), kind="stable"):
        change = removal_change(model, table.validation, table.train.mean(axis=0), kept | constant)
        if abs(change) < options.tolerance or not kept.any():
            break
        kept[column] = False
    return pd.Series(np.concatenate([kept, ignored[~single]]), index=evidence.index, dtype=bool)


def _labelled(frame: pd.DataFrame, feature_info: pd.DataFrame) -> pd.DataFrame:
    """Add kind and group of every feature and put the columns in order."""
    info = feature_info.set_index("feature")
    single = ~frame["is_group"]
    frame["kind"] = frame["feature"].map(info["kind"]).where(single, "group")
    frame["group"] = frame["feature"].map(info["group"]).where(single, None)
    order = ["feature", "group", "kind", "verdict", "is_constant"]
    rest = [column for column in frame.columns if column not in (*order, "is_group")]
    return frame[[*order, *rest]]
