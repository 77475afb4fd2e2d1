"""Nodes of meta_analysis."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from latent_laws.encoders.model import Autoencoder, TrainedAutoencoder, latents
from latent_laws.findings.attribution import attributions, rank_agreement
from latent_laws.findings.collapse import collapse
from latent_laws.findings.deletion import deletion_curves, deletion_scores
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.frontier import measure_frontier
from latent_laws.findings.importance import feature_importance
from latent_laws.findings.input_budget import random_drop_control
from latent_laws.findings.interactions import interactions
from latent_laws.findings.reconstruction_law import FVUS, reconstruction_law
from latent_laws.findings.recoverability import recoverability
from latent_laws.findings.redundancy import redundancy, redundancy_summary
from latent_laws.findings.stability import (
    basis_agreement,
    search_seed_stability,
    training_seed_agreement,
    training_seed_importance,
)
from latent_laws.findings.task_probe import task_probe
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import run_task, run_tasks
from latent_laws.text.dimension_labels import dimension_labels

Autoencoders = dict[str, TrainedAutoencoder]
Records = list[dict[str, Any]]
Frame = pd.DataFrame

RANKINGS = (
    "importance",
    "excess_frequency",
    "variance_share",
    "reconstruction_share",
    "integrated_gradients",
    "permutation",
    "weight_norm",
)


def gather_distillation(
    autoencoders: Autoencoders,
    features: Frame,
    feature_info: Frame,
    formulas: Records,
    pareto_fronts: Frame,
    null_fronts: Frame,
    options: MetaAnalysisOptions,
) -> Distillation:
    """Gather the distilled encoders and all that was found about them."""
    variants = dict.fromkeys(str(record["variant"]) for record in formulas)
    key = f"{options.latent_dim}-{options.training_seed}"
    models = {variant: autoencoders[f"{variant}-{key}"].model for variant in variants}
    table = FeatureTable.from_frame(features)
    return Distillation(models, table, feature_info, formulas, pareto_fronts, null_fronts)


def score_features(distillation: Distillation, options: MetaAnalysisOptions) -> Frame:
    """Score every feature by formulas and by the network."""
    table = distillation.table
    by_formula = _run_parts(
        feature_importance,
        {
            variant: {"distillation": distillation.only(variant), "options": options.importance}
            for variant in distillation.models
        },
        options,
        "scoring features by formulas",
    )
    by_network = _run_parts(
        attributions,
        {
            variant: {"models": {variant: model}, "table": table, "options": options.attribution}
            for variant, model in distillation.models.items()
        },
        options,
        "scoring features by networks",
    )
    groups = distillation.feature_info[["feature", "group"]]
    return by_formula.merge(by_network, on=["variant", "feature"]).merge(groups, on="feature")


def delete_features(
    importance: Frame, distillation: Distillation, options: MetaAnalysisOptions
) -> Frame:
    """Delete features in the order of every ranking."""
    return deletion_curves(
        importance, RANKINGS, distillation.models, distillation.table, options.deletion
    )


def judge_features(
    distillation: Distillation, options: MetaAnalysisOptions
) -> tuple[Frame, dict[str, Any]]:
    """Give every feature a verdict, and test the verdicts by removing what is redundant."""
    table = distillation.table
    info = distillation.feature_info
    recoverable = run_task(
        recoverability,
        {"table": table, "feature_info": info, "options": options.recoverability},
        options.tasks,
        "recovering features",
    )
    verdicts = _run_parts(
        redundancy,
        {
            variant: {
                "distillation": distillation.only(variant),
                "recoverability": recoverable,
                "options": options.redundancy,
            }
            for variant in distillation.models
        },
        options,
        "judging features",
    )
    return verdicts, redundancy_summary(verdicts, distillation.models, table)


def find_interactions(
    distillation: Distillation, options: MetaAnalysisOptions
) -> tuple[Frame, Frame]:
    """Find interacting pairs, and class every formula."""
    return interactions(distillation.formulas, distillation.table, options.interactions)


def find_collapse(
    distillation: Distillation, options: MetaAnalysisOptions
) -> dict[str, dict[str, Any]]:
    """Look for dead, constant and duplicate latents."""
    return collapse(distillation.models, distillation.table, options.collapse)


def check_importance(
    importance: Frame,
    curves: Frame,
    verdicts: Frame,
    search_stability: Frame,
    autoencoders: Autoencoders,
    distillation: Distillation,
    options: MetaAnalysisOptions,
) -> dict[str, Any]:
    """Compare rankings with each other, over training seeds, search seeds and latent bases."""
    by_seed: dict[str, dict[int, Autoencoder]] = {}
    for trained in autoencoders.values():
        if trained.latent_dim == options.latent_dim:
            by_seed.setdefault(trained.variant, {})[trained.seed] = trained.model
    over_seeds = _run_parts(
        training_seed_importance,
        {
            f"{variant}, seed {seed}": {
                "models": {variant: {seed: model}},
                "table": distillation.table,
                "feature_info": distillation.feature_info,
                "options": options.stability,
            }
            for variant, models in by_seed.items()
            for seed, model in models.items()
        },
        options,
        "comparing training seeds",
    )
    checks: dict[str, Any] = {
        "rank_agreement": _records(rank_agreement(importance, RANKINGS)),
        "deletion_scores": _records(deletion_scores(curves)),
        "training_seeds": _records(training_seed_agreement(over_seeds)),
        "search_seeds": _records(search_seed_stability(search_stability, options.stability)),
    }
    if {"standard", "rotated"} <= set(verdicts["variant"]):
        checks["basis"] = basis_agreement(importance, verdicts, "standard", "rotated")
    return checks


def draw_frontier(
    autoencoders: Autoencoders,
    sparse_autoencoders: Autoencoders,
    features: Frame,
    options: MetaAnalysisOptions,
) -> Frame:
    """Measure what reading an encoder costs in reconstruction."""
    dense = [
        trained
        for trained in autoencoders.values()
        if trained.latent_dim == options.latent_dim and trained.variant in ("standard", "rotated")
    ]
    sparse = list(sparse_autoencoders.values())
    return measure_frontier(dense, sparse, FeatureTable.from_frame(features), options.tasks)


def vary_input_budget(distillation: Distillation, options: MetaAnalysisOptions) -> Frame:
    """Measure linear forms of ever more inputs, chosen and random ones."""
    table = distillation.table
    varying = int((table.train.std(axis=0) > 0).sum())
    budget = [k for k in options.input_budget if k <= varying]
    X, X_test = table.train.astype(np.float64), table.test.astype(np.float64)
    frames = []
    for variant, model in distillation.models.items():
        Z, Z_test = latents(model, table.train), latents(model, table.test)
        frames.append(random_drop_control(variant, X, Z, X_test, Z_test, budget, range(5)))
    return pd.concat(frames, ignore_index=True)


def find_law(
    reconstruction_errors: Frame,
    training_metrics: Records,
    distillation: Distillation,
    options: MetaAnalysisOptions,
) -> dict[str, Any]:
    """Find the law of the reconstruction error in the latent dim."""
    grouped = distillation.feature_info.dropna(subset=["group"])
    standard = reconstruction_errors["variant"] == "standard"
    laws = run_task(
        reconstruction_law,
        {
            "errors": reconstruction_errors[standard],
            "metrics": [
                {name: record[name] for name in ("variant", "latent_dim", *FVUS)}
                for record in training_metrics
                if record["variant"] == "standard"
            ],
            "table": distillation.table,
            "options": options.law,
            "groups": dict(zip(grouped["feature"], grouped["group"], strict=True)),
        },
        options.tasks,
        "searching the law",
    )
    return {variant: law.model_dump() for variant, law in laws.items()}


def label_dimensions(
    texts: Frame, features: Frame, distillation: Distillation, options: MetaAnalysisOptions
) -> Frame:
    """Name embedding dimensions in use, and latents, by words; nothing where there are no texts."""
    if texts.empty:
        return pd.DataFrame(columns=["kind", "name", "variant"])
    rows = features.drop(columns="split")
    used = {str(name) for record in distillation.formulas for name in record["variables"]}  # type: ignore[attr-defined]
    return dimension_labels(
        texts["text"].tolist(),
        features["split"].to_numpy(dtype=str),
        rows[sorted(used)],
        _encoded(distillation, rows),
        options.labels,
    )


def probe_task(
    texts: Frame,
    features: Frame,
    distillation: Distillation,
    symbolic_encoder: dict[str, Any],
    options: MetaAnalysisOptions,
) -> dict[str, Any]:
    """Predict the texts' label from features, latents and formulas."""
    if texts.empty:
        return {"applicable": False, "reason": "the records have no texts"}
    rows = features.drop(columns="split")
    X = rows.to_numpy(dtype=np.float64)
    by_formula = {
        variant: SymbolicEncoder.from_json(document)(X)
        for variant, document in symbolic_encoder.items()
    }
    return dict(
        task_probe(
            X,
            _encoded(distillation, rows),
            by_formula,
            texts["label"].to_numpy(),
            features["split"].to_numpy(dtype=str),
            options.probe,
        )
    )


def _run_parts(
    function: Callable[..., Frame],
    parts: Mapping[str, Mapping[str, object]],
    options: MetaAnalysisOptions,
    description: str,
) -> Frame:
    """Run one task a part, such as a variant, and put their rows together."""
    frames = run_tasks(function, parts, options.tasks, description)
    return pd.concat(frames.values(), ignore_index=True)


def _encoded(distillation: Distillation, rows: Frame) -> dict[str, Any]:
    """Return every variant's latents of all rows, in the order of the frame."""
    X = rows.to_numpy(dtype=np.float32)
    return {variant: latents(model, X) for variant, model in distillation.models.items()}


def _records(frame: Frame) -> Records:
    """Return a frame as JSON records, None for what is undefined."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
