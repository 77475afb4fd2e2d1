"""A made-up run in which every claim is true, as saved frames; tests make one of them false."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.results import Results, summarise
from latent_laws.reporting.saved import Saved

NAMES = ("Elevation", "Slope", "Aspect", "Noise", "Copy", "Flat")
ENCODERS = (("symbolic", 2), ("standard", 4))
LINEAR = "0.5*Slope - 0.25*Elevation"
CURVED = "0.5*Elevation + tanh(1.5*Slope) - 0.2*Slope*Aspect"
RANKINGS = ("importance", "permutation", "integrated_gradients", "own_variance", "random")
ROWS = {"train": 300, "validation": 100, "test": 200}


def saved(**changes: object) -> Saved:
    """Return the run with some datasets replaced."""
    return Saved(**(dict(datasets()) | changes))


def results(**changes: object) -> Results:
    """Return what the run comes to with some datasets replaced."""
    return summarise(saved(**changes), title="planted")


@cache
def datasets() -> Mapping[str, Any]:
    """Return the saved datasets by catalog name."""
    features = _features()
    latents, formulas = _latents(features), _formulas()
    return {
        "features": features,
        "feature_info": _feature_info(),
        "latents": latents,
        "formulas": formulas,
        "pareto_fronts": _fronts(formulas),
        "null_fronts": _null_fronts(),
        "fidelity": _each_latent(
            ("surrogate", "r2_test"), [("symbolic", 0.97), ("sparse_linear", 0.9), ("tree", 0.7)]
        ),
        "search_stability": _each_latent(
            ("seed", "r2_test", "jaccard"), [(0, 0.97, 1.0), (1, 0.96, 0.9)]
        ),
        "substitution": named(
            {
                "seed": 0,
                "fvu_encoder": 0.02,
                "fvu_formulas": 0.025,
                "fvu_finetuned": 0.022,
                "undefined_rows": 0,
            }
        ),
        "training_metrics": _metrics(),
        "linearity": named(
            {"part": ["encoder", "encoder", "decoder"], "latent": [0.0, np.nan, np.nan]},
            linearity=[0.9, 0.85, 0.8],
        ),
        "rankings": _rankings(),
        "agreement": named(
            {
                "what": ["training_seed", "basis"],
                "ranking": ["permutation", "importance"],
                "value": [0.9, 0.95],
                "low": [0.8, 0.9],
            }
        ),
        "feature_importance": _importance(),
        "deletion_curves": _deletion(),
        "redundancy": _redundancy(),
        "redundancy_check": named(
            {"removed": ["redundant", "random", "least_variance"], "n_removed": 2, "draw": 0},
            fvu_before=0.02,
            fvu_after=[0.021, 0.2, 0.05],
            retrained=True,
        ),
        "redundancy_laws": pd.DataFrame(
            {
                "feature": ["Copy"],
                "kind": ["law"],
                "null_r2": [0.01],
                "stability": [1.0],
                "expression": ["2.0*Slope*Aspect"],
                "inputs": ["Slope|Aspect"],
                "r2_validation": [0.99],
                "r2_test": [0.99],
                "n_tried": [3],
                "r2_low": [0.98],
                "r2_high": [0.995],
                "complexity": [5],
                "ceiling_r2": [0.99],
            }
        ),
        "interactions": named(
            {
                "feature_a": "Slope",
                "feature_b": "Aspect",
                "strength": 0.15,
                "max_strength": 0.3,
                "encoder_strength": 0.25,
                "null_strength": 0.02,
                "noise_strength": 0.0,
            }
        ),
        "formula_classes": _each_latent(("formula_class",), [("interacting",)]),
        "collapse": named(
            {
                "constant": 0,
                "dead": 0,
                "duplicate": 0,
                "effective": [1.9, 3.8],
                "largest_correlation": 0.3,
            },
            each=True,
        ),
        "frontier": _frontier(),
        "reconstruction_law": {"standard": _law()},
        "law_use": named(
            {"feature": "Copy", "fvu_rows": 0.02, "fvu_along": 0.03, "fvu_off": 0.9},
            follows_law=0.95,
        ),
        "law_cost": {
            "latent_dim": 4,
            "dependents": ["Copy"],
            "latents": 0.1,
            "control": ["Noise"],
            "control_latents": 0.9,
        },
        "symbolic_autoencoders": named(
            {"fvu_network": 0.02, "fvu_decoder_forms": 0.2, "fvu_all_symbolic": 0.025}
        ),
        "decoder_laws": named(
            {
                "feature": ["Elevation", "Slope"],
                "expression_raw": ["1.5*z0 + 2800", "z0*z1 - 0.2"],
            },
            complexity=[3, 5],
            r2_test=[0.8, 0.9],
            r2_low=[0.7, 0.85],
            r2_high=[0.85, 0.95],
            null_r2=0.001,
        ),
        "word_laws": _word_laws(),
        "texts": _texts(),
        "dimension_labels": _labels(),
    }


def named(columns: Mapping[str, Any], each: bool = False, **more: Any) -> pd.DataFrame:
    """Return rows for each encoder; with `each`, lists hold one value an encoder."""
    frames = []
    for place, (variant, dim) in enumerate(ENCODERS):
        own = {
            name: value[place] if each and isinstance(value, list) else value
            for name, value in (dict(columns) | more).items()
        }
        where = {"encoder": f"{variant}-{dim}", "variant": variant, "latent_dim": dim}
        n = max(len(v) if isinstance(v, list) else 1 for v in own.values())
        frames.append(pd.DataFrame(where | own, index=range(n)))
    return pd.concat(frames, ignore_index=True)


def without(frame: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    """Return a frame without the rows that have a value."""
    return frame[frame[column] != value].reset_index(drop=True)


def _each_latent(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {"encoder": f"{variant}-{dim}", "variant": variant, "latent_dim": dim, "latent": latent}
            | dict(zip(columns, row, strict=True)),
            index=[0],
        )
        for variant, dim in ENCODERS
        for latent in range(dim)
        for row in rows
    ]
    return pd.concat(frames, ignore_index=True)


def _features() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = sum(ROWS.values())
    X = rng.normal(size=(n, len(NAMES))).astype(np.float32)
    X[:, 4], X[:, 5] = X[:, 1], 0
    split = np.repeat(list(ROWS), list(ROWS.values()))
    return pd.DataFrame(X, columns=list(NAMES)).assign(split=split)


def _feature_info() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "feature": NAMES,
            "kind": "numeric",
            "group": None,
            "unit": ["m", "degree", "degree", None, None, None],
            "mean": [2800.0, 14.0, 156.0, 0.0, 14.0, 1.0],
            "scale": [280.0, 7.5, 112.0, 1.0, 7.5, 1.0],
            "is_constant": [False] * 5 + [True],
        }
    )


def _expression(latent: int) -> str:
    return CURVED if latent % 2 == 0 else LINEAR


def _latents(features: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    X = features[list(NAMES)].to_numpy(np.float64)
    columns: dict[str, Any] = {"split": features["split"]}
    for variant, dim in ENCODERS:
        for latent in range(dim):
            z = Formula.parse(_expression(latent), NAMES).evaluate(X, NAMES)
            columns[f"{variant}-{dim}:{latent}"] = z + 0.1 * rng.normal(size=len(z))
    return pd.DataFrame(columns)


def _formulas() -> list[dict[str, Any]]:
    records = []
    for variant, dim in ENCODERS:
        for latent in range(dim):
            formula = Formula.parse(_expression(latent), NAMES)
            r2 = {"train": 0.975, "validation": 0.972, "test": 0.97, "test_ci": [0.96, 0.98]}
            records.append(
                {
                    "encoder": f"{variant}-{dim}",
                    "variant": variant,
                    "latent_dim": dim,
                    "latent": latent,
                    "expression": formula.expression,
                    "variables": list(formula.features),
                    "complexity": formula.complexity,
                    "r2": r2,
                    "undefined": 0,
                    "engine": "library",
                    "engine_version": "1",
                    "seed": 0,
                }
            )
    return records


def _fronts(formulas: list[dict[str, Any]]) -> pd.DataFrame:
    rows = []
    for record in formulas:
        for text, r2 in (("0.4*Elevation", 0.5), (record["expression"], 0.97)):
            formula = Formula.parse(text, NAMES)
            rows.append(
                {
                    **{name: record[name] for name in ("encoder", "variant", "latent_dim")},
                    **{"latent": record["latent"], "seed": 0, "engine": "library"},
                    **{"expression": text, "complexity": formula.complexity},
                    **{"n_features": len(formula.features), "undefined": 0},
                    **{f"r2_{split}": r2 for split in ("train", "validation", "test")},
                    "selected": text == record["expression"],
                }
            )
    return pd.DataFrame(rows)


def _texts() -> pd.DataFrame:
    count = sum(ROWS.values())
    texts = [
        f"No more. text {row} is dull. text {row} is bright, {'so ' * 99}" for row in range(count)
    ]
    return pd.DataFrame({"text": texts, "label": np.arange(count) % 2})


def _labels() -> pd.DataFrame:
    rows = [
        {
            **{"kind": "latent", "name": f"z{latent}", "encoder": f"{variant}-{dim}"},
            **{"high_words": "bright", "low_words": "dull", "correlation": 0.4, "has_label": True},
        }
        for variant, dim in ENCODERS
        for latent in range(dim)
    ]
    return pd.DataFrame(rows)


def _word_laws() -> pd.DataFrame:
    return _each_latent(
        ("n_words", "words", "r2_test", "r2_low", "r2_high", "null_r2", "is_law"),
        [(10, "awful|great", 0.3, 0.25, 0.35, 0.02, True), (20, "", 0.4, 0.3, 0.5, 0.03, True)],
    )


def null_fronts(searches: int = 60, finds: int = 0, best: float = 0.01) -> pd.DataFrame:
    """Return fronts of shuffled latents: a constant and a formula for each search."""
    rows = []
    for search in range(searches):
        where = {"encoder": "standard-4", "variant": "standard", "latent_dim": 4, "latent": search}
        found = search < finds
        rows += [
            {**where, "n_features": 0, "complexity": 1, "r2_test": 0.0, "selected": not found},
            {**where, "n_features": 2, "complexity": 9, "r2_test": best, "selected": found},
        ]
    return pd.DataFrame(rows)


def _null_fronts() -> pd.DataFrame:
    return null_fronts()


def _metrics() -> list[dict[str, Any]]:
    return [
        {
            **{"variant": variant, "latent_dim": dim, "seed": seed, "fvu_validation": 0.02},
            **{"fvu_test": 0.02 + seed / 100, "pca_fvu_test": 0.1, "pca_fvu_validation": 0.1},
        }
        for variant, dim in (*ENCODERS, ("standard", 3))
        for seed in range(2)
    ]


def rankings(areas: Mapping[str, float], clears: bool) -> pd.DataFrame:
    """Return areas of deletion curves, and whether the best clears the next."""
    best = max(areas, key=lambda name: areas[name])
    return named(
        {
            "ranking": list(areas),
            "credit": "without",
            "area": list(areas.values()),
            "low": [area - 0.01 for area in areas.values()],
            "high": [area + 0.01 for area in areas.values()],
            "clears_next": [clears and name == best for name in areas],
        }
    )


def _rankings() -> pd.DataFrame:
    return rankings(dict(zip(RANKINGS, (0.5, 0.4, 0.35, 0.3, 0.0), strict=True)), clears=True)


def _importance() -> pd.DataFrame:
    values = [0.5, 0.3, 0.2, 0.0, 0.0, 0.0]
    return named(
        {
            "feature": list(NAMES),
            "group": None,
            "importance": values,
            "importance_low": [value - 0.02 for value in values],
            "importance_high": [value + 0.02 for value in values],
            "own_variance": [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        }
    )


def _deletion() -> pd.DataFrame:
    frames = [
        named(
            {
                "ranking": ranking,
                "order": order,
                "k": list(range(7)),
                "fvu": [0.02 + lift * k / 6 for k in range(7)],
                "fvu_untouched": [0.02 + lift * k / 12 for k in range(7)],
            }
        )
        for ranking in RANKINGS
        for order, lift in (("top", 1.0), ("bottom", 0.5))
    ]
    return pd.concat(frames, ignore_index=True)


def _redundancy() -> pd.DataFrame:
    verdicts = ["used", "used", "used", "used", "recoverable", "constant"]
    return named(
        {
            "feature": list(NAMES),
            "group": None,
            "kind": "numeric",
            "verdict": verdicts,
            "jointly_recoverable": [verdict == "recoverable" for verdict in verdicts],
        }
    )


def frontier(symbolic: float = 0.02, linear: float = 0.04, dense: float = 0.018) -> pd.DataFrame:
    """Return a frontier of variance lost against nodes at both latent dims."""
    losses = {"symbolic": symbolic, "linear": linear, "dense": dense, "pca": 0.1}
    rows = [
        {
            **{"encoder": f"{kind}-{dim}", "variant": kind, "latent_dim": dim, "seed": seed},
            **{"max_nodes": nodes, "nodes": nodes - 2, "n_inputs": 4.0, "kind": kind},
            **{"fvu_validation": lost, "fvu_test": lost * 40 / nodes},
            "kept_share": (1 - lost) / (1 - dense),
        }
        for kind, lost in losses.items()
        for _, dim in ENCODERS
        for nodes in (20, 40)
        for seed in (0, 1)
    ]
    made = pd.DataFrame(rows)
    made.loc[made["kind"].isin(["dense", "pca"]), "fvu_test"] = made["fvu_validation"]
    return made


def _frontier() -> pd.DataFrame:
    return frontier()


def _law() -> dict[str, Any]:
    dims = (1, 2, 3, 4)
    return {
        "law": {
            "expression": "exp(-0.4*latent_dim) + 0.01",
            "form": "exponential with floor",
            "r2_log10": 0.98,
            "rmse_log10": 0.02,
            "baselines": {"power_law": 0.2, "exponential": 0.1, "scaled_pca_spectrum": 0.08},
            "pca_rmse_log10": 0.15,
            "points": [
                {"latent_dim": d, "fvu_test": 0.7**d, "pca_fvu_test": 0.8**d, "fvu_law": 0.69**d}
                for d in dims
            ],
        },
        "returns": {"share": 0.99, "null_share": 0.01},
        "latent_dims": list(dims),
        "latents_for": [{"loss": 0.01, "latents": 2.5, "low": 2.0, "high": None}],
        "variables": [
            {
                "variable": "Elevation",
                "variance_share": 0.2,
                "at_10_percent": 1.2,
                "at_1_percent": None,
            }
        ],
    }
