"""Plausible outputs of a run, made up from a seed: what the reporting code is tested on."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from latent_laws.findings.attribution import rank_agreement
from latent_laws.findings.deletion import deletion_scores
from latent_laws.findings.stability import basis_agreement
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import quote_name
from latent_laws.reporting.outputs import SCORES, RunOutputs

COVERTYPE = (
    *("Elevation", "Aspect", "Slope", "Horizontal_Distance_To_Hydrology"),
    *("Vertical_Distance_To_Hydrology", "Horizontal_Distance_To_Roadways", "Hillshade_9am"),
    *("Hillshade_Noon", "Hillshade_3pm", "Horizontal_Distance_To_Fire_Points"),
    *(f"Wilderness_Area_{i}" for i in range(4)),
    *(f"Soil_Type_{i}" for i in range(40)),
)
EMBEDDING = tuple(f"embedding_{i:03d}" for i in range(384))
LADDER = ("symbolic", "mean", "ridge", "sparse_linear", "tree", "null")
R2 = {"standard": 0.86, "rotated": 0.985, "distillable": 0.995}
FVU = {"standard": 0.0012, "rotated": 0.0012, "distillable": 0.0065}
SUBSTITUTED = {"standard": 0.062, "rotated": 0.0055, "distillable": 0.0068}
RANKINGS = ("importance", "integrated_gradients", "permutation", "own_variance")


def covertype_run() -> RunOutputs:
    """Return a run of 54 features, 32 latents and three variants."""
    return RunOutputs(**datasets(COVERTYPE, 32, tuple(R2), dims=(2, 4, 8, 12, 16, 24, 32, 40, 48)))


def text_run() -> RunOutputs:
    """Return a run of 384 embedding dimensions, 2 latents and one variant, with labels."""
    made = datasets(EMBEDDING, 2, ("standard",), dims=(2, 4, 8))
    return RunOutputs(**made, **text_datasets())


def datasets(
    features: tuple[str, ...], latents: int, variants: tuple[str, ...], dims: tuple[int, ...]
) -> dict[str, object]:
    """Return the catalog datasets of a run by name."""
    rng = np.random.default_rng(7)
    fronts = _fronts(rng, features, latents, variants)
    fidelity = _fidelity(rng, fronts)
    redundancy = _redundancy(rng, features, variants)
    importance = _importance(rng, features, variants)
    curves = _deletion_curves(rng, len(features), variants)
    return {
        "feature_info": _feature_info(features),
        "training_metrics": _training_metrics(rng, dims, variants, latents),
        "formulas": _formulas(fronts, fidelity, features, latents),
        "fidelity": fidelity,
        "pareto_fronts": fronts,
        "null_fronts": _null_fronts(rng, fronts, features),
        "search_stability": _stability(rng, fronts),
        "substitution": _substitution(variants, latents),
        "feature_importance": importance,
        "deletion_curves": curves,
        "importance_checks": _importance_checks(importance, curves, redundancy),
        "reconstruction_law": _law(dims),
        "redundancy": redundancy,
        "redundancy_summary": _redundancy_summary(redundancy),
        "collapse": _collapse(variants, latents),
        "interactions": _interactions(rng, features, variants),
        "formula_classes": _formula_classes(rng, fronts),
        "frontier": _frontier(rng, variants),
    }


def _feature_info(features: tuple[str, ...]) -> pd.DataFrame:
    groups = _groups(features)
    kinds = ["embedding" if name.startswith("embedding") else "numeric" for name in features]
    kinds = ["binary" if group else kind for group, kind in zip(groups, kinds, strict=True)]
    constant = [name in ("Soil_Type_14", "embedding_127", "embedding_223") for name in features]
    columns = {"feature": features, "kind": kinds, "group": groups, "is_constant": constant}
    return pd.DataFrame(columns).assign(mean=0.0, scale=1.0)


def _groups(features: tuple[str, ...]) -> "pd.Series[str]":
    return pd.Series([name.rsplit("_", 1)[0] if _binary(name) else None for name in features])


def _binary(name: str) -> bool:
    return name.startswith(("Wilderness_Area", "Soil_Type"))


def _training_metrics(
    rng: np.random.Generator, dims: tuple[int, ...], variants: tuple[str, ...], latents: int
) -> list[dict[str, object]]:
    swept = [("standard", dim) for dim in dims]
    distilled = [(variant, latents) for variant in variants if variant != "standard"]
    return [
        _metrics_record(rng, variant, dim, seed)
        for variant, dim in [*swept, *distilled]
        for seed in range(3)
    ]


def _metrics_record(
    rng: np.random.Generator, variant: str, dim: int, seed: int
) -> dict[str, object]:
    pca = 0.9 * float(np.exp(-dim / 6))
    fvu = 0.4 * pca * (1 + 0.05 * rng.standard_normal()) * FVU[variant] / FVU["standard"]
    mse = {f"mse_{split}": fvu * 0.2 for split in ("train", "validation", "test")}
    run = {"variant": variant, "latent_dim": dim, "seed": seed, "steps": 60, "seconds": 2.5}
    same = {
        f"{kind}_{split}": value
        for kind, value in (("fvu", fvu), ("pca_fvu", pca))
        for split in ("validation", "test")
    }
    return {**run, **mse, **same}


def _fronts(
    rng: np.random.Generator, features: tuple[str, ...], latents: int, variants: tuple[str, ...]
) -> pd.DataFrame:
    rows = []
    for variant in variants:
        for latent in range(latents):
            best = 1 - (1 - R2[variant]) * float(rng.uniform(0.4, 1.8))
            chosen = list(rng.choice(features, size=9, replace=False))
            rows += [
                _candidate(rng, chosen[:k], best, variant=variant, latent=latent, selected=k == 7)
                for k in range(1, 9)
            ]
    return pd.DataFrame(rows)


def _candidate(
    rng: np.random.Generator, names: list[str], best: float, **where: object
) -> dict[str, object]:
    quoted = [quote_name(name) for name in names]
    terms = [f"{w:.15g}*{name}" for w, name in zip(rng.normal(size=9), quoted, strict=False)]
    text = " + ".join(terms).replace("+ -", "- ")
    if len(names) > 4:
        text += f" - tanh(1.3*{quoted[0]}/(square({quoted[1]}) + 2.5))"
    formula = Formula.parse(text, names)
    r2 = best * (1 - 0.6 ** len(names)) / (1 - 0.6**7)
    scores = {
        f"r2_{split}": r2 - drop
        for split, drop in zip(("train", "validation", "test"), (0, 0.001, 0.002), strict=True)
    }
    engine = "operon" if len(names) > 4 else "sparse_linear"
    size = {"complexity": formula.complexity, "n_features": len(names)}
    kept = {"near_best": len(names) > 6, "seed": 0, "engine": engine}
    return {**where, **kept, "expression": formula.expression, **size, **scores}


def _fidelity(rng: np.random.Generator, fronts: pd.DataFrame) -> pd.DataFrame:
    gaps = dict(zip(LADDER, (0.0, 1.0, -0.01, 0.05, 0.2, 0.995), strict=True))
    rows = []
    for row in fronts[fronts["selected"]].to_dict("records"):
        for surrogate in LADDER:
            r2 = max(row["r2_test"] - gaps[surrogate], -0.001) - float(rng.uniform(0, 0.001))
            size = (0, 1) if surrogate == "mean" else (row["n_features"], row["complexity"])
            rows.append(
                {
                    **{"variant": row["variant"], "latent": row["latent"], "surrogate": surrogate},
                    **{"r2_test": r2, "ci_low": r2 - 0.01, "ci_high": r2 + 0.008},
                    **{"complexity": size[1], "n_features": size[0]},
                }
            )
    return pd.DataFrame(rows)


def _formulas(
    fronts: pd.DataFrame, fidelity: pd.DataFrame, features: tuple[str, ...], latents: int
) -> list[dict[str, object]]:
    chosen = fronts[fronts["selected"]].reset_index(drop=True)
    symbolic = fidelity[fidelity["surrogate"] == "symbolic"].reset_index(drop=True)
    rows = []
    pairs = zip(chosen.to_dict("records"), symbolic.to_dict("records"), strict=True)
    for row, score in pairs:
        r2 = {split: row[f"r2_{split}"] for split in ("train", "validation")}
        where = {"variant": row["variant"], "latent_dim": latents, "latent": row["latent"]}
        made = {"engine": row["engine"], "engine_version": "0.6.2", "seed": 0, "rank": 0}
        size = {
            "complexity": row["complexity"],
            "variables": list(Formula.parse(row["expression"], features).features),
        }
        ci = [score["ci_low"], score["ci_high"]]
        rows.append(
            {
                **where,
                "expression": row["expression"],
                **size,
                **made,
                "r2": {**r2, "test": score["r2_test"], "test_ci": ci},
            }
        )
    return rows


def _null_fronts(
    rng: np.random.Generator, fronts: pd.DataFrame, features: tuple[str, ...]
) -> pd.DataFrame:
    null = fronts[fronts["latent"] < 4].copy()
    null["r2_test"] = -np.abs(rng.normal(scale=0.002, size=len(null)))
    smallest = null.groupby(["variant", "latent"])["complexity"].transform("min")
    null["selected"] = null["complexity"] == smallest
    null.loc[null["selected"], ["complexity", "n_features"]] = [1, 0]
    return null


def _stability(rng: np.random.Generator, fronts: pd.DataFrame) -> pd.DataFrame:
    chosen = fronts[fronts["selected"] & (fronts["latent"] < 8)]
    rows = [
        {
            **{"variant": row["variant"], "latent": row["latent"], "seed": seed},
            **{"r2_test": row["r2_test"] + 0.01 * rng.standard_normal(), "complexity": 33},
            **{"variables": "Elevation|Slope", "jaccard": float(rng.uniform(0.3, 0.9))},
        }
        for row in chosen.to_dict("records")
        for seed in range(3)
    ]
    return pd.DataFrame(rows)


def _substitution(variants: tuple[str, ...], latents: int) -> list[dict[str, object]]:
    return [
        {
            **{"variant": variant, "latent_dim": latents, "fvu_encoder": FVU[variant]},
            **{"fvu_formulas": SUBSTITUTED[variant], "fvu_finetuned": SUBSTITUTED[variant] * 0.7},
        }
        for variant in variants
    ]


def _importance(
    rng: np.random.Generator, features: tuple[str, ...], variants: tuple[str, ...]
) -> pd.DataFrame:
    base = np.sort(rng.gamma(0.5, 0.25, size=len(features)))[::-1]
    frames = []
    for variant in variants:
        noise = [base * rng.uniform(0.7, 1.3, size=len(base)) for _ in range(4)]
        columns = {"selection_frequency": noise[0] + 0.05, "null_frequency": 0.05}
        for score in SCORES:
            scale = 1.0 if score == "excess_frequency" else 1 / base.sum()
            columns[score] = noise[0] * scale
            columns[f"{score}_low"] = (noise[0] - 0.06) * scale
            columns[f"{score}_high"] = (noise[0] + 0.06) * scale
        columns |= dict(zip(RANKINGS[1:], noise[1:], strict=True))
        frames.append(pd.DataFrame({"variant": variant, "feature": features, **columns}))
    made = pd.concat(frames, ignore_index=True)
    return made.assign(group=_groups(tuple(made["feature"])))


def _deletion_curves(
    rng: np.random.Generator, n_features: int, variants: tuple[str, ...]
) -> pd.DataFrame:
    steps = np.unique(np.linspace(0, n_features, 12).astype(int))
    share = steps / n_features
    shapes = {"top": share**0.4, "bottom": share**2.5, "random": share}
    frames = []
    for variant in variants:
        for ranking in RANKINGS:
            lift = float(rng.uniform(0.85, 1.0))
            for order, shape in shapes.items():
                fvu = FVU[variant] + lift * shape
                curve = {"k": steps, "fvu": fvu, "fvu_untouched": FVU[variant] + 0.3 * shape}
                where = {"variant": variant, "ranking": ranking, "order": order}
                frames.append(pd.DataFrame({**where, **curve}))
    return pd.concat(frames, ignore_index=True)


def _redundancy(
    rng: np.random.Generator, features: tuple[str, ...], variants: tuple[str, ...]
) -> pd.DataFrame:
    known = _feature_info(features)[["feature", "group", "kind", "is_constant"]]
    verdicts = np.array(["used"] * len(features), dtype=object)
    verdicts[6:9] = "recoverable"
    verdicts[-12:] = "formula_silent"
    verdicts[-5:-2] = "ignored"
    verdicts[known["is_constant"]] = "constant"
    silent = np.isin(verdicts, ("formula_silent", "ignored", "constant"))
    frames = []
    for position, variant in enumerate(variants):
        own = verdicts.copy()
        own[10] = "used" if position else "formula_silent"
        columns = {
            **{"verdict": own, "encoder_sensitivity": rng.gamma(0.5, 0.1, size=len(features))},
            **{"n_formulas": np.where(silent, 0, 3), "formula_effect": np.where(silent, 0, 0.1)},
            **{"null_effect": 0.05, "r2_from_others": rng.uniform(0, 1, size=len(features))},
            **{"jointly_recoverable": own == "recoverable", "sum_rule": False},
            "recoverable_from": ["Slope|Aspect" if v == "recoverable" else None for v in own],
        }
        frames.append(pd.concat([known, pd.DataFrame({"variant": variant, **columns})], axis=1))
        group = {"feature": "Soil_Type", "group": "Soil_Type", "kind": "group", "verdict": "used"}
        frames.append(pd.DataFrame([{**group, "variant": variant, "n_formulas": 5}]))
    return pd.concat(frames, ignore_index=True)


def _redundancy_summary(redundancy: pd.DataFrame) -> dict[str, dict[str, object]]:
    summary: dict[str, dict[str, object]] = {}
    for variant, own in redundancy[redundancy["kind"] != "group"].groupby("variant"):
        verified = own["verdict"].isin(["constant", "ignored", "recoverable"]).sum()
        joint = int(own["jointly_recoverable"].sum())
        facts = {"verified": int(verified), "jointly_recoverable": joint, "fvu_change": 0.0021}
        summary[str(variant)] = {"n_features": len(own), **facts}
    return summary


def _collapse(variants: tuple[str, ...], latents: int) -> dict[str, dict[str, object]]:
    return {
        variant: {
            **{"n_latents": latents, "constant_latents": [], "dead_latents": []},
            **{"duplicate_latents": [], "participation_ratio": 0.7 * latents},
            **{"participation_ratio_reconstruction": 9.5, "dead_inputs": ["Soil_Type_14"]},
        }
        for variant in variants
    }


def _interactions(
    rng: np.random.Generator, features: tuple[str, ...], variants: tuple[str, ...]
) -> pd.DataFrame:
    rows = []
    for variant in variants:
        for first in range(8):
            for second in range(first + 1, 8):
                if rng.uniform() < 0.5:
                    pair = {"feature_a": features[first], "feature_b": features[second]}
                    strength = float(rng.gamma(0.5, 0.1))
                    rows.append({"variant": variant, **pair, "strength": strength, "n_latents": 2})
    return pd.DataFrame(rows)


def _formula_classes(rng: np.random.Generator, fronts: pd.DataFrame) -> pd.DataFrame:
    chosen = fronts.loc[fronts["selected"], ["variant", "latent"]]
    classes = rng.choice(["linear", "additive", "interacting"], size=len(chosen))
    return chosen.assign(formula_class=classes)


def _frontier(rng: np.random.Generator, variants: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for variant in variants:
        for k in (2, 3, 4, 5, 8, 12, 16):
            for seed in range(3):
                sparse = variant == "distillable"
                cost = 0.05 / k * (1 + 0.1 * rng.standard_normal()) if sparse else 0.0
                fvu = FVU["standard"] + cost
                score = 1.0 if sparse else R2[variant] * (1 - 0.6**k)
                rows.append(
                    {
                        **{"variant": variant, "n_inputs": k, "seed": seed},
                        **{"fvu_validation": fvu, "fvu_test": fvu},
                        **{"r2_test": score, "complexity": 4 * k + 1},
                        "substitution_fvu": fvu + (1 - score) * 0.5,
                    }
                )
    return pd.DataFrame(rows)


def _importance_checks(
    importance: pd.DataFrame, curves: pd.DataFrame, redundancy: pd.DataFrame
) -> dict[str, object]:
    variants = list(importance["variant"].unique())
    spearman = [
        {"variant": name, "ranking": ranking, "seed_a": a, "seed_b": b, "spearman": 0.9 - 0.01 * b}
        for name in variants
        for ranking in ("permutation", "sparse_linear")
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    checks: dict[str, object] = {
        "rank_agreement": rank_agreement(importance, RANKINGS).to_dict("records"),
        "deletion_scores": deletion_scores(curves).to_dict("records"),
        "training_seeds": spearman,
    }
    if {"standard", "rotated"} <= set(variants):
        checks["basis"] = basis_agreement(importance, redundancy, "standard", "rotated")
    return checks


def _law(dims: tuple[int, ...]) -> dict[str, object]:
    points = [
        {"latent_dim": m, "fvu_test": 0.36 * e, "pca_fvu_test": 0.9 * e, "fvu_law": 0.35 * e}
        for m, e in ((m, float(np.exp(-m / 6))) for m in dims)
    ]
    form = {
        "expression": "0.35*exp(-0.1667*latent_dim)",
        **{"form": "exponential", "complexity": 6, "points": points},
        **{"r2_log10": 0.99, "rmse_log10": 0.02, "median_relative_error": 0.03},
        "baselines": {"power_law": 0.12, "exponential": 0.22, "scaled_pca_spectrum": 0.2},
        "pca_rmse_log10": 0.3,
    }
    latents = [{"loss": 0.1, "latents": 8.0, "low": 7.5, "high": 9.0}]
    latents += [{"loss": 0.01, "latents": 21.5, "low": 17.2, "high": None}]
    variable = {"variable": "Soil_Type", "variance_share": 0.08}
    few = {"latent_dims": [32], "rank": 52, "n_seeds": 3, "latents_for": [], "variables": []}
    return {
        "standard": {
            **{"latent_dims": list(dims), "rank": 52, "n_seeds": 3, "latents_for": latents},
            "variables": [{**variable, "at_10_percent": 10.0, "at_1_percent": None}],
            "returns": {"share": 0.97, "null_share": 0.01, "pca_shrinks": True},
            "law": form,
        },
        "rotated": {**few, "returns": None, "law": None},
    }


def text_datasets() -> Mapping[str, object]:
    """Return the datasets that only text runs make."""
    budget = [
        {
            **{"variant": "standard", "n_inputs": k, "r2_sparse_linear": 1 - 0.9**k},
            **{"r2_random": 1 - 0.97**k, "r2_random_low": 1 - 0.98**k},
            **{"r2_random_high": 1 - 0.96**k, "r2_all_inputs": 0.98},
        }
        for k in (2, 4, 8, 16, 32, 64)
    ]
    labels = [
        {
            **{"kind": kind, "name": name, "variant": variant, "correlation": 0.4},
            **{"ci_low": 0.35, "ci_high": 0.45, "null_correlation": 0.12},
            **{"high_words": "lovely, a delight", "low_words": "dull", "has_label": True},
        }
        for kind, name, variant in (
            *(("input", name, None) for name in EMBEDDING[:40]),
            *(("latent", f"z{i}", "standard") for i in range(2)),
        )
    ]
    accuracy = (("features", None, 0.82), ("encoder", "standard", 0.71))
    more = (("formulas", "standard", 0.7), ("random_features", None, 0.55))
    records = [
        {
            **{"representation": representation, "variant": variant, "n_columns": 2},
            **{"accuracy": value, "ci_low": value - 0.02, "ci_high": value + 0.02},
        }
        for representation, variant, value in (*accuracy, *more)
    ]
    probe = {"applicable": True, "n_test": 600, "majority_accuracy": 0.51, "records": records}
    return {
        "input_budget": pd.DataFrame(budget),
        "dimension_labels": pd.DataFrame(labels),
        "task_probe": probe,
    }
