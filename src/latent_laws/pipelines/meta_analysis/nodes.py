"""Nodes of meta_analysis."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from latent_laws.checks.linearity import linearity_of_all
from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.encoders.naming import distilled
from latent_laws.findings.attribution import attributions, rank_agreement
from latent_laws.findings.collapse import collapse
from latent_laws.findings.deletion import deletion_curves, deletion_scores
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.importance import feature_importance
from latent_laws.findings.input_budget import random_drop_control
from latent_laws.findings.interactions import interactions
from latent_laws.findings.law_use import law_cost, law_use
from latent_laws.findings.reconstruction_law import FVUS, reconstruction_law
from latent_laws.findings.recoverability import recoverability
from latent_laws.findings.redundancy import redundancy, redundancy_summary
from latent_laws.findings.redundancy_laws import redundancy_laws
from latent_laws.findings.stability import (
    basis_agreement,
    search_seed_stability,
    training_seed_agreement,
    training_seed_importance,
)
from latent_laws.findings.task_probe import task_probe
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions as Options
from latent_laws.pipelines.run import RunOptions
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_task, run_tasks
from latent_laws.text.dimension_labels import dimension_labels

if TYPE_CHECKING:
    from latent_laws.encoders.protocol import Encoder

Autoencoders = dict[str, TrainedAutoencoder]
Records = list[dict[str, Any]]
Frame = pd.DataFrame
Json = dict[str, Any]

# what a distillation is gathered from, by catalog name
DISTILLED = (
    *("autoencoders", "features", "feature_info"),
    *("formulas", "pareto_fronts", "null_fronts"),
)

RANKINGS = (
    "importance",
    "excess_frequency",
    "variance_share",
    "reconstruction_share",
    "integrated_gradients",
    "permutation",
    "own_variance",
)


def gather(run: RunOptions, saved: Mapping[str, Any]) -> Distillation:
    """Gather the distilled encoders and all that was saved about them.

    Args:
        run: Which encoders were distilled.
        saved: Catalog datasets by name, at least `DISTILLED`.
    """
    names = dict.fromkeys(record["encoder"] for record in saved["formulas"])
    chosen = distilled(saved["autoencoders"], run.distilled_dims, run.training_seed, ())
    return Distillation(
        {one.name: one.encoder for one in chosen if one.name in names},
        FeatureTable.from_frame(saved["features"]),
        *(saved[name] for name in DISTILLED[2:]),
    )


def score_features(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Score every feature by formulas and by the network."""
    distillation = gather(run, saved)
    table = distillation.table
    by_formula = _run_parts(
        feature_importance,
        {
            encoder: {"distillation": distillation.only(encoder), "options": options.importance}
            for encoder in distillation.models
        },
        run.tasks,
        "scoring features by formulas",
    )
    by_network = _run_parts(
        attributions,
        {
            encoder: {"models": {encoder: model}, "table": table, "options": options.attribution}
            for encoder, model in distillation.models.items()
        },
        run.tasks,
        "scoring features by networks",
    )
    groups = distillation.feature_info[["feature", "group"]]
    return by_formula.merge(by_network, on=["encoder", "feature"]).merge(groups, on="feature")


def delete_features(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Delete features in the order of every ranking."""
    distillation = gather(run, saved)
    return deletion_curves(
        saved["feature_importance"],
        RANKINGS,
        distillation.models,
        distillation.table,
        options.deletion,
    )


def judge_features(run: RunOptions, options: Options, **saved: Any) -> tuple[Frame, dict[str, Any]]:
    """Give every feature a verdict, and test the verdicts by removing what is redundant."""
    distillation = gather(run, saved)
    table = distillation.table
    info = distillation.feature_info
    recoverable = run_task(
        recoverability,
        {"table": table, "feature_info": info, "options": options.recoverability},
        run.tasks,
        "recovering features",
    )
    verdicts = _run_parts(
        redundancy,
        {
            encoder: {
                "distillation": distillation.only(encoder),
                "recoverability": recoverable,
                "options": options.redundancy,
            }
            for encoder in distillation.models
        },
        run.tasks,
        "judging features",
    )
    return verdicts, redundancy_summary(verdicts, distillation.models, table)


def find_interactions(run: RunOptions, options: Options, **saved: Any) -> tuple[Frame, Frame]:
    """Find interacting pairs, and class every formula."""
    distillation = gather(run, saved)
    return interactions(distillation.formulas, distillation.table, options.interactions)


def find_collapse(run: RunOptions, options: Options, **saved: Any) -> dict[str, dict[str, Any]]:
    """Look for dead, constant and duplicate latents."""
    distillation = gather(run, saved)
    return collapse(distillation.models, distillation.table, options.collapse)


def check_importance(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Compare rankings with each other, over training seeds, search seeds and latent bases."""
    distillation = gather(run, saved)
    importance, verdicts = saved["feature_importance"], saved["redundancy"]
    by_seed: dict[str, dict[int, Encoder]] = {}
    for trained in saved["autoencoders"].values():
        if trained.name in distillation.models:
            by_seed.setdefault(trained.name, {})[trained.seed] = trained.encoder
    over_seeds = _run_parts(
        training_seed_importance,
        {
            f"{encoder}, seed {seed}": {
                "models": {encoder: {seed: model}},
                "table": distillation.table,
                "feature_info": distillation.feature_info,
                "options": options.stability,
            }
            for encoder, models in by_seed.items()
            for seed, model in models.items()
        },
        run.tasks,
        "comparing training seeds",
    )
    checks: dict[str, Any] = {
        "rank_agreement": _records(rank_agreement(importance, RANKINGS)),
        "deletion_scores": _records(deletion_scores(saved["deletion_curves"])),
        "training_seeds": _records(training_seed_agreement(over_seeds)),
        "search_seeds": _records(
            search_seed_stability(saved["search_stability"], options.stability)
        ),
    }
    checks["basis"] = [
        basis_agreement(importance, verdicts, f"standard-{dim}", f"rotated-{dim}")
        for dim in run.distilled_dims
        if {f"standard-{dim}", f"rotated-{dim}"} <= set(verdicts["encoder"])
    ]
    return checks


def vary_input_budget(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Measure linear forms of ever more inputs, chosen and random ones."""
    distillation = gather(run, saved)
    table = distillation.table
    varying = int((table.train.std(axis=0) > 0).sum())
    budget = [k for k in options.input_budget if k <= varying]
    X, X_test = table.train.astype(np.float64), table.test.astype(np.float64)
    frames = []
    for encoder, model in distillation.models.items():
        Z, Z_test = model.encode(table.train), model.encode(table.test)
        frames.append(random_drop_control(encoder, X, Z, X_test, Z_test, budget, range(5)))
    return pd.concat(frames, ignore_index=True)


def measure_linearity(autoencoders: Autoencoders, features: Frame, run: RunOptions) -> Frame:
    """Measure how much of every standard encoder, and of its decoder, a matrix says."""
    encoders = {
        (one.name, one.variant, one.latent_dim): one.encoder
        for one in autoencoders.values()
        if one.seed == run.training_seed
        and (one.variant == "standard" or run.distils(one.latent_dim))
    }
    return linearity_of_all(encoders, FeatureTable.from_frame(features))


def find_law(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Find the law of the reconstruction error in the latent dim."""
    grouped = saved["feature_info"].dropna(subset=["group"])
    errors = saved["reconstruction_errors"]
    laws = run_task(
        reconstruction_law,
        {
            "errors": errors[errors["variant"] == "standard"],
            "metrics": [
                {name: record[name] for name in ("variant", "latent_dim", *FVUS)}
                for record in saved["training_metrics"]
                if record["variant"] == "standard"
            ],
            "table": FeatureTable.from_frame(saved["features"]),
            "options": options.law,
            "groups": dict(zip(grouped["feature"], grouped["group"], strict=True)),
        },
        run.tasks,
        "searching the law",
    )
    return {variant: law.model_dump() for variant, law in laws.items()}


def find_redundancy_laws(
    features: Frame, feature_info: Frame, run: RunOptions, options: Options
) -> Frame:
    """Find the laws by which columns follow from others."""
    table = FeatureTable.from_frame(features)
    return redundancy_laws(table, feature_info, options.redundancy_laws, run.tasks)


def find_law_use(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Ask the encoders whether they use the laws; in another basis the answer is the same."""
    del options
    chosen = distilled(saved["autoencoders"], run.distilled_dims, run.training_seed, ())
    encoders = {one.name: one.encoder for one in chosen if one.variant != "rotated"}
    table = FeatureTable.from_frame(saved["features"])
    return law_use(encoders, saved["redundancy_laws"], table, saved["feature_info"])


def find_law_cost(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Train networks without the columns that follow from others, at a tight latent dim."""
    laws = saved["redundancy_laws"]
    dependents = laws["feature"][laws["kind"] == "law"].tolist()
    dims = [dim for dim in run.distilled_dims if dim > len(dependents) > 0]
    if not dims:
        return {}
    table = FeatureTable.from_frame(saved["features"])
    cost = law_cost(table, dependents, min(dims), options.law_cost, run.tasks)
    return cost.model_dump(mode="json")


def label_dimensions(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Name embedding dimensions in use, and latents, by words; nothing where there are no texts."""
    texts, features = saved["texts"], saved["features"]
    if texts.empty:
        return pd.DataFrame(columns=["kind", "name", "encoder"])
    distillation = gather(run, saved)
    rows = features.drop(columns="split")
    used = {str(name) for record in distillation.formulas for name in record["variables"]}  # type: ignore[attr-defined]
    return dimension_labels(
        texts["text"].tolist(),
        features["split"].to_numpy(dtype=str),
        rows[sorted(used)],
        _encoded(distillation, rows),
        options.labels,
    )


def probe_task(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Predict the texts' label from features, latents and formulas."""
    texts, features = saved["texts"], saved["features"]
    if texts.empty:
        return {"applicable": False, "reason": "the records have no texts"}
    distillation = gather(run, saved)
    rows = features.drop(columns="split")
    X = rows.to_numpy(dtype=np.float64)
    by_formula = {
        encoder: SymbolicEncoder.from_json(document).on_scaled(X)
        for encoder, document in saved["symbolic_encoder"].items()
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
    tasks: TaskOptions,
    description: str,
) -> Frame:
    """Run one task a part, such as a encoder, and put their rows together."""
    frames = run_tasks(function, parts, tasks, description)
    return pd.concat(frames.values(), ignore_index=True)


def _encoded(distillation: Distillation, rows: Frame) -> dict[str, Any]:
    """Return every encoder's latents of all rows, in the order of the frame."""
    X = rows.to_numpy(dtype=np.float32)
    return {encoder: model.encode(X) for encoder, model in distillation.models.items()}


def _records(frame: Frame) -> Records:
    """Return a frame as JSON records, None for what is undefined."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
