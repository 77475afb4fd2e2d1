"""Redundancy: a verdict for every feature and one-hot group, with the numbers behind it.

The verdicts, in order of precedence (the first that holds is given):

1. `constant`: it does not vary, or in too few training rows to be judged.
2. `ignored`: the encoder does not react to it and no formula uses it above the null.
3. `recoverable`: the features outside its group predict it on validation rows.
4. `formula_silent`: no formula uses it above the null, yet the encoder reacts to it. That is
   sparsity of the formulas, not redundancy.
5. `used`: the rest.

Formulas use a feature above the null if more of a latent's variance flows through it, in the
candidates of the front as they are believed, than flows through features in formulas of the same
size that were fitted to permuted latents. Test rows have no part in any verdict.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.checks.substitution import STANDS_IN
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.reconstruction import fvu
from latent_laws.findings.blocks import feature_blocks, too_rare
from latent_laws.findings.distillation import Distillation, believed, stacked
from latent_laws.findings.effects import intervention_variances, levels_of, sample_rows
from latent_laws.findings.recoverability import RecoverabilityOptions, recoverable_without
from latent_laws.findings.response import Response, Rows, Values
from latent_laws.formulas.formula import Formula
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

# Share of the variance that float32 may cost.
_ROUNDING = 1e-6
VERDICTS = ("constant", "ignored", "recoverable", "formula_silent", "used")


class RedundancyOptions(StrictModel):
    """From where on a feature is redundant.

    Attributes:
        rows: Validation rows on which effects are averaged.
        levels: Levels that a numeric feature runs through.
        insensitive: Sensitivity below which a feature is ignored, in units of what each would have
            if the latents were shared out evenly: latents / features that vary, at most 1.
        null_quantile: Quantile of the effects of features in null formulas that a feature has to
            exceed to be used.
        stands_in: How many times its loss on the remaining features an encoder may lose when all
            constant and ignored ones are removed at once, and never more than PCA of as many
            latents, unless it does so with them. Ignored features are given up, the one with the
            largest effect first, until it holds.
        without_decoder: The share of the latents' variance that may be lost instead.
        seed: Of the rows.
    """

    rows: int = Field(default=200, ge=10)
    levels: int = Field(default=4, ge=2)
    insensitive: float = Field(default=0.05, ge=0)
    null_quantile: float = Field(default=0.99, ge=0, le=1)
    stands_in: float = Field(default=STANDS_IN, ge=1)
    without_decoder: float = Field(default=0.01, gt=0)
    seed: int = 0


def redundancy(
    distillation: Distillation,
    recoverability: pd.DataFrame,
    options: RedundancyOptions,
    regression: RecoverabilityOptions = RecoverabilityOptions(),
) -> pd.DataFrame:
    """Judge every feature and every group for every encoder.

    Args:
        distillation: The encoders and their formulas.
        recoverability: What `findings.recoverability.recoverability` returns.
        options: Thresholds.
        regression: Of the recoverable features on what an encoder does not ignore.

    Returns:
        A row an encoder and feature, then a row an encoder and group (`kind` is group): `encoder,
        variant, latent_dim, feature, group, kind, verdict, encoder_sensitivity` (variance of the
        answer that it causes, over its own; without a decoder, share of the latents' variance),
        `formula_effect` (largest share of a latent's variance that flows through it), `null_effect`
        (what it has to exceed; NaN without null searches), `n_formulas_above_null` (latents whose
        candidates use it above the null), and what `recoverability` holds about it.
    """
    info = distillation.feature_info.set_index("feature")
    frames = {}
    for encoder in distillation.models:
        evidence = _Evidence(encoder, distillation, options)
        frame = evidence.frame().merge(
            recoverability, on=["feature", "is_group"], how="left", validate="one_to_one"
        )
        verdicts = _verdicts(frame, evidence.response, distillation.table, options)
        single = ~frame["is_group"]
        frame.insert(1, "group", frame["feature"].map(info["group"]).where(single, None))
        frame.insert(2, "kind", frame["feature"].map(info["kind"]).where(single, "group"))
        frame.insert(3, "verdict", verdicts)
        frame["jointly_recoverable"] &= _without_ignored(frame, distillation, regression)
        frames[encoder] = frame.drop(columns=["is_group", "is_constant"])
    return stacked(frames)


def _without_ignored(
    frame: pd.DataFrame, distillation: Distillation, regression: RecoverabilityOptions
) -> "pd.Series[bool]":
    """Tell which recoverable features are so without those that the encoder ignores, too."""
    single, verdict = frame["kind"] != "group", frame["verdict"]
    removed = frame["feature"][single & (verdict == "ignored")]
    asked = single & (verdict == "recoverable") & frame["jointly_recoverable"].astype(bool)
    candidates = frame["feature"][asked].tolist() if len(removed) else []
    table, info = distillation.table, distillation.feature_info
    kept = recoverable_without(removed.tolist(), candidates, table, info, regression)
    return ~asked | frame["feature"].isin(kept) | (len(removed) == 0)


def redundant_features(verdicts: pd.DataFrame, encoder: str) -> list[str]:
    """Return all features that are called redundant for an encoder.

    They are those that are constant, ignored, or can be predicted all at once from what remains.
    """
    own = verdicts[(verdicts["encoder"] == encoder) & (verdicts["kind"] != "group")]
    joint = own["verdict"].eq("recoverable") & own["jointly_recoverable"].astype(bool)
    return own.loc[own["verdict"].isin(VERDICTS[:2]) | joint, "feature"].tolist()


class _Evidence:
    """Measures what an encoder and its formulas do with each block of features."""

    def __init__(
        self, encoder: str, distillation: Distillation, options: RedundancyOptions
    ) -> None:
        table = distillation.table
        self._names, self._options = table.names, options
        self.response = Response.of(distillation.models[encoder], table.train)
        self._front, self._null = distillation.front(encoder), distillation.null(encoder)
        self._X = sample_rows(table.validation, options.rows, options.seed)
        self._variances = self.response.model.encode(table.validation).var(axis=0)
        self._blocks = feature_blocks(table.names, distillation.feature_info)
        self._members = [{table.names[column] for column in one.columns} for one in self._blocks]
        self._levels = [
            levels_of(table.train[:, list(block.columns)], options.levels) for block in self._blocks
        ]

    def frame(self) -> pd.DataFrame:
        """Return a row a block with all numbers but those on recoverability."""
        effects, null = self._effects(), self._null_effect()
        columns: dict[str, object] = {
            "feature": [block.name for block in self._blocks],
            "is_group": [block.is_group for block in self._blocks],
            "is_constant": [levels.variance == 0 for levels in self._levels],
            "encoder_sensitivity": self._sensitivities(),
            "formula_effect": effects.max(axis=0, initial=0.0),
            "null_effect": null,
            # where no null was searched, any effect counts as use
            "n_formulas_above_null": (effects > np.nan_to_num(null)).sum(axis=0),
        }
        return pd.DataFrame(columns)

    def _sensitivities(self) -> list[float]:
        """Return the variance of the answer that each block causes, over its own."""
        found = []
        for block, levels in zip(self._blocks, self._levels, strict=True):
            own = levels.variance if self.response.model.can_decode else 1.0
            parts = [(block.columns, levels)] if levels.variance else []
            caused = intervention_variances(self.response.to_rows, self._X, parts)
            found.append(float(caused.sum() / own) if parts else 0.0)
        return found

    def _effects(self) -> Values:
        """Return the share of each latent's variance that a block causes: latents x blocks."""
        rows = {latent: row for row, latent in enumerate(self._front)}
        found = np.zeros((len(rows), len(self._blocks)))
        for latent, formula, belief in believed(self._front):
            places, effects = self._in_formula(latent, formula)
            found[rows[latent], places] += belief * effects
        return found

    def _null_effect(self) -> float:
        """Return a quantile of the effects of single features in null formulas; NaN for none."""
        if not self._null:
            return float("nan")
        effects = [
            effect
            for latent, formula in dict.fromkeys(one[:2] for one in believed(self._null))
            for place, effect in zip(*self._in_formula(latent, formula), strict=True)
            if not self._blocks[place].is_group
        ]
        return float(np.quantile(effects, self._options.null_quantile)) if effects else 0.0

    def _in_formula(self, latent: int, formula: Formula) -> tuple[list[int], Values]:
        """Return the blocks that a formula reads, and the share of variance that each causes."""
        own = [self._names.index(name) for name in formula.features]
        read = {*formula.features}
        places = [i for i, members in enumerate(self._members) if not members.isdisjoint(read)]
        if not self._variances[latent] or not places:
            return places, np.zeros(len(places))
        parts = []
        for place in places:
            columns, levels = self._blocks[place].columns, self._levels[place]
            inside = [i for i, column in enumerate(columns) if column in own]
            position = [own.index(columns[i]) for i in inside]
            parts.append((position, replace(levels, values=levels.values[:, inside])))

        def evaluate(rows: Rows) -> Values:
            return formula.evaluate(rows, formula.features)

        caused = intervention_variances(evaluate, self._X[:, own], parts)
        return places, caused[:, 0] / self._variances[latent]


def _verdicts(
    evidence: pd.DataFrame, response: Response, table: FeatureTable, options: RedundancyOptions
) -> list[str]:
    """Return the verdict of every row, after the joint check of the ignored features."""
    rare, single = too_rare(table.train), ~evidence["is_group"].to_numpy(dtype=bool)
    constant = evidence["is_constant"].to_numpy(dtype=bool).copy()
    constant[single] |= rare
    even = min(1.0, response.model.latent_dim / max(1, int((~rare).sum())))
    insensitive = evidence["encoder_sensitivity"] < options.insensitive * even
    silent = (evidence["n_formulas_above_null"] == 0).to_numpy(dtype=bool)
    ignored = insensitive.to_numpy(dtype=bool) & silent & ~constant
    effect = (evidence["encoder_sensitivity"][single] * table.train.var(axis=0)).to_numpy()
    ignored[single] = _removable(ignored[single], rare, effect, response, table, options)
    conditions = [constant, ignored, evidence["recoverable"].to_numpy(dtype=bool), silent]
    return [str(one) for one in np.select(conditions, VERDICTS[:-1], default=VERDICTS[-1])]


def _removable(
    ignored: NDArray[np.bool_],
    constant: NDArray[np.bool_],
    effect: Values,
    response: Response,
    table: FeatureTable,
    options: RedundancyOptions,
) -> NDArray[np.bool_]:
    """Give up ignored features until removing the rest at once changes nothing that matters."""
    baseline, model = table.train.mean(axis=0), response.model
    linear = LinearBaseline.fit(table.train).reconstruct(table.validation, model.latent_dim)
    kept = ignored.copy()
    order = np.argsort(-effect, kind="stable")
    for column in order[ignored[order]]:
        removed = kept | constant
        before, after = remaining_losses(response, table.validation, baseline, removed)
        pca = _lost(table.validation[:, ~removed], linear[:, ~removed])
        relative = max(before + _ROUNDING, min(options.stands_in * before, pca))
        allowed = relative if model.can_decode else before + options.without_decoder
        if after <= allowed:
            break
        kept[column] = False
    return kept


def remaining_losses(
    response: Response, X: Rows, baseline: Rows, removed: NDArray[np.bool_]
) -> tuple[float, float]:
    """Fraction of variance unexplained of the features that remain, with and without the others.

    Args:
        response: The encoder.
        X: Rows x features.
        baseline: Shape (features,), what a removed feature is replaced by.
        removed: Shape (features,); without a decoder all latents are judged.

    Returns:
        Before and after the removal; 0 where nothing that varies remains.
    """
    judged = ~removed if response.model.can_decode else slice(None)
    wanted = response.wanted(X)[:, judged]
    without = np.where(removed, baseline, X)
    before, after = (_lost(wanted, response.to_rows(rows)[:, judged]) for rows in (X, without))
    return before, after


def _lost(wanted: Rows | Values, answer: Values) -> float:
    """Return the fraction of variance unexplained; 0 where nothing varies."""
    return fvu(wanted, answer) if wanted.var(axis=0).sum() else 0.0
