"""From saved frames to what is known of the search, the law and the inputs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy.stats import beta

from latent_laws.reporting.claims.thresholds import (
    CONFIDENCE,
    FAIR_R2,
    GOOD_AGREEMENT,
    INPUT_LAW_R2,
    NEAR_CEILING,
)
from latent_laws.reporting.facts import InputResult, LawResult, NullResult
from latent_laws.reporting.saved import Saved

SPLITS = ("train", "validation", "test")
_LAW_CHECKS = {"r2_low", "ceiling_r2", "null_r2", "stability"}


def row_counts(saved: Saved) -> dict[str, int]:
    """Return the number of rows of each split."""
    for name in ("features", "latents"):
        frame = saved.frame(name)
        if "split" in frame:
            counts = frame["split"].value_counts()
            return {split: int(counts[split]) for split in SPLITS if split in counts}
    return {}


def copied_test_rows(saved: Saved) -> int | None:
    """Return how many test rows also stand among the other rows; None where none were saved."""
    features = saved.frame("features")
    if features.empty:
        return None
    rows = pd.util.hash_pandas_object(features.drop(columns="split"), index=False)
    test = features["split"] == "test"
    return int(rows[test].isin(rows[~test]).sum())


def clopper_pearson(hits: int, tries: int) -> tuple[float, float]:
    """Return the exact interval of a share (Clopper and Pearson 1934) at `CONFIDENCE`."""
    tail = (1 - CONFIDENCE) / 2
    low = beta.ppf(tail, hits, tries - hits + 1) if hits else 0.0
    high = beta.ppf(1 - tail, hits + 1, tries - hits) if hits < tries else 1.0
    return float(low), float(high)


def null_result(saved: Saved) -> NullResult:
    """Return what the search made of shuffled latents."""
    fronts, formulas = saved.frame("null_fronts"), saved.frame("formulas")
    if fronts.empty or formulas.empty:
        return NullResult()
    chosen = fronts[fronts["selected"].astype("boolean").fillna(False).astype(bool)]
    if chosen.empty:
        return NullResult()
    hits = int((chosen["n_features"] > 0).sum())
    low, high = clopper_pearson(hits, len(chosen))
    return NullResult(
        searches=len(chosen),
        chosen=hits,
        rate=hits / len(chosen),
        rate_low=low,
        rate_high=high,
        best_r2=fronts["r2_test"].max(),
        best_chosen_r2=chosen["r2_test"].max(),
        # encoders that are formulas score by construction
        r2_median=formulas.loc[formulas["variant"] != "symbolic", "r2_test"].median(),
    )


def law_result(saved: Saved) -> LawResult:
    """Return the reconstruction law of the standard encoders, or of the first variant."""
    laws = {name: law for name, law in saved.record("reconstruction_law").items() if law}
    if not laws:
        return LawResult()
    variant = "standard" if "standard" in laws else next(iter(laws))
    form, returns = (laws[variant].get(part) or {} for part in ("law", "returns"))
    baselines = form.get("baselines") or {}
    return LawResult(
        variant=variant,
        expression=form.get("expression") or "",
        r2=form.get("r2_log10"),
        rmse=form.get("rmse_log10"),
        rmse_power_law=baselines.get("power_law"),
        rmse_exponential=baselines.get("exponential"),
        rmse_pca=baselines.get("scaled_pca_spectrum"),
        rmse_on_pca=form.get("pca_rmse_log10"),
        shrink_share=returns.get("share"),
        shrink_null=returns.get("null_share"),
    )


def input_result(saved: Saved) -> InputResult:
    """Return laws between inputs, and words for embedding dimensions."""
    laws, words = saved.input_laws, saved.frame("dimension_labels")
    found: dict[str, float | None] = {}
    if _LAW_CHECKS <= set(laws) and len(laws):
        best = laws.iloc[0]
        found |= {"best_low": best["r2_low"], "best_ceiling": best["ceiling_r2"]}
        found |= {"best_null": best["null_r2"], "best_stability": best["stability"]}
        found |= {"tried": best.get("n_tried"), "laws": laws.loc[_holds(laws), "feature"].nunique()}
    if saved.record("law_cost"):
        found |= _law_cost(saved.record("law_cost"))
    if "has_label" in words:
        inputs = words[words["kind"] == "input"]
        found |= {"labelled": int(inputs["has_label"].astype(bool).sum())}
        found |= {"with_words": len(inputs) or None}
    return InputResult(**found)


def _holds(laws: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which laws pass all of their checks."""
    low, null, stability = laws["r2_low"], laws["null_r2"], laws["stability"]
    near = laws["ceiling_r2"] - low <= NEAR_CEILING
    return (low >= INPUT_LAW_R2) & near & (null < FAIR_R2) & (stability >= GOOD_AGREEMENT)


def _law_cost(cost: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the latents that inputs with a law cost; all of theirs where none could be spared."""
    count = float(len(cost["dependents"]))
    latents, control = (
        count if cost[name] is None else cost[name] for name in ("latents", "control_latents")
    )
    return {"dependents": count, "cost": latents, "control_cost": control}
