"""The headline numbers of a run, as one flat dict."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from latent_laws.findings.redundancy import VERDICTS
from latent_laws.reporting.check_facts import importance_check_facts, law_facts, text_facts
from latent_laws.reporting.outputs import RunOutputs

Value = str | int | float | list[str]
Results = dict[str, Value]

RANKINGS = (
    *("importance", "reconstruction_share", "excess_frequency", "variance_share"),
    *("integrated_gradients", "permutation", "own_variance"),
)
GOOD_R2 = 0.9
SILENT_COMPLEXITY = 3
TOP = 10
DIGITS = 6


def summarise(
    outputs: RunOutputs,
    *,
    dataset: str = "",
    max_fvu_cost: float = 0.01,
    timings: Mapping[str, Mapping[str, float]] | None = None,
    versions: Mapping[str, str] | None = None,
    seeds: Mapping[str, int] | None = None,
) -> Results:
    """Draw the headline numbers from the outputs of a run.

    A key is there only if the run made what it needs. `<v>` is a variant; FVU and R² are on the
    test split; a median over latents unless said otherwise. Deterministic but for `seconds_*`.

    | key | meaning |
    | --- | --- |
    | `dataset` | name of the data set |
    | `n_features`, `latent_dim`, `compression_ratio` | inputs, latents, their ratio |
    | `variants` | the distilled encoders |
    | `autoencoder_fvu`, `pca_fvu` | FVU of `standard` and of PCA at `latent_dim`, median of seeds |
    | `autoencoder_fvu_<v>` | FVU of the variant at `latent_dim`, median of seeds |
    | `swept_dims`, `swept_dims_at_most_pca` | latent dims tried; those where FVU <= PCA's |
    | `training_seeds` | number of training seeds |
    | `latents_<v>`, `latents_r2_090_<v>` | latents distilled; those with R² >= 0.9 |
    | `formula_r2_{median,min,q10,q25,q75}_<v>` | R² of the selected formulas |
    | `complexity_{median,max}_<v>`, `inputs_median_<v>` | nodes and inputs of a formula |
    | `{ridge,sparse_linear,tree}_r2_median_<v>` | R² of the other surrogates |
    | `gain_over_sparse_linear_<v>` | R² over the sparse linear form of the same size |
    | `undefined_rows_<v>` | test rows on which some formula has no value |
    | `null_searches_<v>`, `null_r2_median_<v>` | searches on shuffled latents, R² they select |
    | `null_complexity_median_<v>`, `null_silent_share_<v>` | their nodes; share with <= 3 nodes |
    | `search_seeds_<v>`, `jaccard_<v>`, `r2_spread_<v>` | same latent, other search seeds:
      variables in common, largest minus smallest R² |
    | `substitution_fvu_{encoder,formulas,finetuned}_<v>` | FVU of the decoder on latents, on
      formulas, and after fine-tuning the decoder |
    | `formulas_{linear,additive,interacting}_<v>` | formulas by class |
    | `frontier_{variant,inputs,fvu_cost,r2,complexity,substitution_fvu}` | sparsest model within
      `max_fvu_cost` of the best encoder that reads all inputs (chosen on validation rows),
      medians of seeds |
    | `frontier_dense_{variant,fvu}` | that encoder: `standard`, or `unpruned` (the distillable
      network with all its inputs) |
    | `frontier_max_fvu_cost`, `frontier_seeds` | the allowed cost (share of variance), seeds |
    | `top_features_<v>` | the ten features of highest importance, first to last |
    | `features_above_null_<v>` | features used more often than on shuffled latents |
    | `deletion_score_<ranking>_<v>` | FVU of top-k minus bottom-k deletion, mean over k |
    | `deletion_best_<v>` | ranking of the highest deletion score |
    | `tau_<ranking>_<v>` | Kendall's tau of a ranking with `importance` |
    | `basis_spearman_<score>` | rank correlation of a score between `standard` and `rotated` |
    | `basis_verdicts`, `basis_verdicts_agree` | verdicts in both; those that are the same |
    | `basis_flips` | features whose verdict depends on the latent basis |
    | `redundant_<v>` | features whose redundancy is verified: constant, ignored, or predictable
      all at once (`jointly_recoverable_<v>`) from the features that remain |
    | `redundant_fvu_change_<v>` | FVU of the remaining features after removing all constant and
      ignored ones, minus before |
    | `redundant_naive_<v>` | features that no selected formula uses |
    | `verdict_<verdict>_<v>` | features by verdict |
    | `{constant,dead,duplicate}_latents_<v>`, `dead_inputs_<v>` | how many there are |
    | `participation_ratio_<v>` | effective number of latents |
    | `interactions_top_<v>` | the three strongest pairs |
    | `training_spearman_<ranking>_<v>` | rank correlation of importance between training seeds,
      median over pairs of seeds |
    | `law_<v>`, `law_complexity_<v>` | the reconstruction law FVU(latent_dim) and its nodes |
    | `law_error_<v>`, `law_error_<baseline>_<v>` | root mean square error of log10 FVU on latent
      dims left out one at a time, of the law and of what it is held against (`pca`: the same
      search on PCA's loss) |
    | `law_r2_<v>`, `law_relative_error_<v>` | R² of log10 FVU on them, median relative error |
    | `returns_{shrink,null}_share_<v>` | bootstrap resamples in which each further latent is worth
      less, and those of a straight line with the same scatter |
    | `latents_for_<loss>_<v>` | latents at which the FVU falls below 0.1, 0.01, 0.001 |
    | `budget_inputs_<v>`, `budget_r2_{chosen,random,all}_<v>` | R² of linear forms of so many
      chosen inputs, of as many random ones, of all inputs |
    | `labelled_inputs`, `inputs_with_words` | embedding dimensions with words above chance, and
      those that were tried |
    | `probe_accuracy_<representation>[_<v>]`, `probe_majority` | accuracy on the label |
    | `seconds_<pipeline>`, `seconds_total` | wall time |
    | `version_<package>`, `seed_<what>` | what the run used |

    Args:
        outputs: Frames and JSON objects of the run.
        dataset: Name of the data set.
        max_fvu_cost: Rise in FVU that the frontier sentence allows, as a share of variance.
        timings: Wall time by pipeline and node, the catalog's `timings`.
        versions: Package versions.
        seeds: Seeds by what they are for.

    Returns:
        Flat JSON: numbers (six significant digits), strings and lists of strings.
    """
    run = {
        **{f"version_{name}": version for name, version in sorted((versions or {}).items())},
        **{f"seed_{name}": seed for name, seed in sorted((seeds or {}).items())},
        **_seconds(timings or {}),
    }
    found: dict[str, object] = {"dataset": dataset, **_compression(outputs), **_training(outputs)}
    for variant in outputs.variants:
        facts = _variant_facts(outputs, variant)
        found.update({f"{name}_{variant}": value for name, value in facts.items()})
    found.update(importance_check_facts(outputs.object("importance_checks")))
    found.update(_verified(outputs.object("redundancy_summary")))
    found.update(_collapse(outputs.object("collapse")))
    found.update(law_facts(outputs.object("reconstruction_law")))
    found.update(text_facts(outputs))
    found.update(_frontier(outputs.frame("frontier"), max_fvu_cost))
    tidy = {name: _tidy(value) for name, value in {**found, **run}.items()}
    return {name: value for name, value in tidy.items() if value is not None}


def _seconds(timings: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
    """Return wall time by pipeline and in all."""
    by_pipeline = {name: float(sum(nodes.values())) for name, nodes in timings.items()}
    seconds: dict[str, object] = {f"seconds_{name}": value for name, value in by_pipeline.items()}
    return {**seconds, "seconds_total": sum(by_pipeline.values())} if by_pipeline else {}


def _compression(outputs: RunOutputs) -> dict[str, object]:
    """Return how many inputs become how many latents."""
    n_features = len(outputs.frame("feature_info"))
    dims = outputs.frame("formulas")["latent_dim"].dropna()
    if not n_features or dims.empty:
        return {}
    latent_dim = int(dims.max())
    ratio = n_features / latent_dim
    sizes = {"n_features": n_features, "latent_dim": latent_dim, "compression_ratio": ratio}
    return {**sizes, "variants": outputs.variants}


def _training(outputs: RunOutputs) -> dict[str, object]:
    """Return reconstruction against PCA."""
    metrics = outputs.frame("training_metrics")
    plain = metrics[metrics["variant"] == "standard"]
    swept = plain.groupby("latent_dim")[["fvu_test", "pca_fvu_test"]].median()
    latent_dim = _compression(outputs).get("latent_dim")
    here = metrics[metrics["latent_dim"] == latent_dim].groupby("variant")["fvu_test"].median()
    found: dict[str, object] = {f"autoencoder_fvu_{name}": fvu for name, fvu in here.items()}
    at_dim = swept[swept.index == latent_dim]
    if len(at_dim):
        found["autoencoder_fvu"] = at_dim["fvu_test"].iloc[0]
        found["pca_fvu"] = at_dim["pca_fvu_test"].iloc[0]
    if len(swept):
        found["swept_dims"] = len(swept)
        found["swept_dims_at_most_pca"] = int((swept["fvu_test"] <= swept["pca_fvu_test"]).sum())
        found["training_seeds"] = plain["seed"].nunique()
    return found


def _variant_facts(outputs: RunOutputs, variant: str) -> dict[str, object]:
    """Return every fact about one variant, without its suffix."""

    def own(name: str) -> pd.DataFrame:
        frame = outputs.frame(name)
        return frame[frame["variant"] == variant]

    return {
        **_formula_facts(own("formulas"), own("fidelity")),
        **_null_facts(own("null_fronts")),
        **_stability_facts(own("search_stability")),
        **_substitution_facts(own("substitution")),
        **_class_facts(own("formula_classes")),
        **_importance_facts(own("feature_importance")),
        **_redundancy_facts(own("redundancy")),
        **_interaction_facts(own("interactions")),
    }


def _formula_facts(formulas: pd.DataFrame, fidelity: pd.DataFrame) -> dict[str, object]:
    """Return fidelity and size of the selected formulas, beside the other surrogates."""
    r2 = formulas["r2_test"].astype(float)
    if not len(r2):
        return {}
    ladder = fidelity.pivot_table(index="latent", columns="surrogate", values="r2_test")
    facts: dict[str, object] = {
        **{"latents": len(r2), "latents_r2_090": int((r2 >= GOOD_R2).sum())},
        **{"formula_r2_median": r2.median(), "formula_r2_min": r2.min()},
        **{f"formula_r2_q{share}": r2.quantile(share / 100) for share in (10, 25, 75)},
        "complexity_median": formulas["complexity"].median(),
        "complexity_max": formulas["complexity"].max(),
        "inputs_median": formulas["variables"].map(len).median(),
    }
    for name in ("ridge", "sparse_linear", "tree"):
        if name in ladder:
            facts[f"{name}_r2_median"] = ladder[name].median()
    if {"symbolic", "sparse_linear"} <= set(ladder):
        facts["gain_over_sparse_linear"] = (ladder["symbolic"] - ladder["sparse_linear"]).median()
    return facts


def _null_facts(fronts: pd.DataFrame) -> dict[str, object]:
    """Return what the same search selects on shuffled latents."""
    selected = fronts[fronts["selected"].astype("boolean").fillna(False).astype(bool)]
    if selected.empty:
        return {}
    return {
        "null_searches": len(selected),
        "null_r2_median": selected["r2_test"].median(),
        "null_complexity_median": selected["complexity"].median(),
        "null_silent_share": (selected["complexity"] <= SILENT_COMPLEXITY).mean(),
    }


def _stability_facts(stability: pd.DataFrame) -> dict[str, object]:
    """Return how much the formulas of other search seeds agree."""
    if stability.empty:
        return {}
    spread = stability.groupby("latent")["r2_test"].agg(lambda r2: r2.max() - r2.min())
    return {
        "search_seeds": stability["seed"].nunique(),
        "jaccard": stability.groupby("latent")["jaccard"].mean().median(),
        "r2_spread": spread.median(),
    }


def _substitution_facts(substitution: pd.DataFrame) -> dict[str, object]:
    """Return the FVU of the decoder on latents and on formulas, at the largest latent dim."""
    if substitution.empty:
        return {}
    row = substitution.sort_values("latent_dim").iloc[-1]
    kinds = ("encoder", "formulas", "finetuned")
    lost = {f"substitution_fvu_{kind}": row[f"fvu_{kind}"] for kind in kinds}
    return {**lost, "undefined_rows": row["undefined_rows"]}


def _class_facts(classes: pd.DataFrame) -> dict[str, object]:
    """Return the number of formulas of each class."""
    counts = classes["formula_class"].value_counts()
    kinds = ("linear", "additive", "interacting") if len(counts) else ()
    return {f"formulas_{kind}": int(counts.get(kind, 0)) for kind in kinds}


def _importance_facts(importance: pd.DataFrame) -> dict[str, object]:
    """Return the most important features, and how many formulas use more than chance."""
    if importance.empty:
        return {}
    order = importance.sort_values(["importance", "feature"], ascending=[False, True])
    facts: dict[str, object] = {"top_features": list(order["feature"].head(TOP))}
    lowest = importance["excess_frequency_low"].dropna()
    if len(lowest):
        facts["features_above_null"] = int((lowest > 0).sum())
    return facts


def _redundancy_facts(redundancy: pd.DataFrame) -> dict[str, object]:
    """Return the number of features of each verdict, and the naive count."""
    single = redundancy[redundancy["kind"] != "group"]
    if single.empty:
        return {}
    counts = {f"verdict_{name}": int((single["verdict"] == name).sum()) for name in VERDICTS}
    return {**counts, "redundant_naive": int((single["n_formulas"] == 0).sum())}


def _verified(summary: Mapping[str, object]) -> dict[str, object]:
    """Return the verified count of redundant features, by variant."""
    keys = {"redundant": "verified", "redundant_fvu_change": "fvu_change"}
    keys["jointly_recoverable"] = "jointly_recoverable"
    return {
        f"{name}_{variant}": facts.get(key)
        for variant, facts in summary.items()
        if isinstance(facts, Mapping)
        for name, key in keys.items()
    }


def _interaction_facts(interactions: pd.DataFrame) -> dict[str, object]:
    """Return the three strongest pairs."""
    if interactions.empty:
        return {}
    strongest = interactions.nlargest(3, "strength")
    pairs = zip(strongest["feature_a"], strongest["feature_b"], strict=True)
    return {"interactions_top": [f"{a} x {b}" for a, b in pairs]}


def _collapse(collapse: Mapping[str, object]) -> dict[str, object]:
    """Return how many latents and inputs carry nothing, by variant."""
    found: dict[str, object] = {}
    for variant, facts in collapse.items():
        for name, value in facts.items() if isinstance(facts, Mapping) else ():
            size = len(value) if isinstance(value, list) else value
            found[f"{name}_{variant}"] = size
    return found


def _frontier(frontier: pd.DataFrame, max_fvu_cost: float) -> dict[str, object]:
    """Return the sparsest model within a cost in FVU of the best one that reads all inputs."""
    columns = ["fvu_validation", "fvu_test", "r2_test", "complexity", "substitution_fvu"]
    models = frontier.groupby(["variant", "n_inputs"], as_index=False)[columns].median()
    dense = models[models["variant"].isin(["standard", "unpruned"])]
    sparse = models[models["variant"] == "distillable"].sort_values("n_inputs")
    if dense.empty or sparse.empty:
        return {}
    # chosen on validation rows, measured on test rows
    best = dense.sort_values("fvu_validation").iloc[0]
    cost = sparse["fvu_validation"] - float(best["fvu_validation"])
    within = sparse[cost <= max_fvu_cost]
    chosen = (within if len(within) else sparse[cost == cost.min()]).iloc[0]
    return {
        "frontier_dense_variant": str(best["variant"]),
        "frontier_dense_fvu": float(best["fvu_test"]),
        "frontier_variant": "distillable",
        "frontier_inputs": int(chosen["n_inputs"]),
        "frontier_fvu_cost": float(chosen["fvu_test"] - best["fvu_test"]),
        "frontier_r2": chosen["r2_test"],
        "frontier_complexity": chosen["complexity"],
        "frontier_substitution_fvu": chosen["substitution_fvu"],
        "frontier_max_fvu_cost": max_fvu_cost,
        "frontier_seeds": frontier["seed"].nunique(),
    }


def _tidy(value: object) -> Value | None:
    """Return a value as JSON: numbers to six significant digits, None for what is unknown."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, list):
        return [str(entry) for entry in value] or None
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating) and math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return None
