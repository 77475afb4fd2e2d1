"""Nodes of meta_analysis."""

from typing import Any

import pandas as pd

from latent_laws.analysis.attribution import attributions, rank_agreement
from latent_laws.analysis.collapse import collapse
from latent_laws.analysis.deletion import deletion_curves, deletion_scores
from latent_laws.analysis.frontier import measure_frontier
from latent_laws.analysis.importance import feature_importance
from latent_laws.analysis.interactions import interactions
from latent_laws.analysis.recoverability import recoverability
from latent_laws.analysis.redundancy import redundancy, redundancy_summary
from latent_laws.analysis.stability import (
    basis_agreement,
    search_seed_stability,
    training_seed_agreement,
    training_seed_importance,
)
from latent_laws.autoencoder.model import Autoencoder, TrainedAutoencoder
from latent_laws.features.table import FeatureTable
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions

Autoencoders = dict[str, TrainedAutoencoder]
Models = dict[str, Autoencoder]
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


def pick_models(
    autoencoders: Autoencoders, formulas: Records, options: MetaAnalysisOptions
) -> Models:
    """Pick the autoencoder of each variant that was distilled."""
    variants = dict.fromkeys(str(record["variant"]) for record in formulas)
    key = f"{options.latent_dim}-{options.training_seed}"
    return {variant: autoencoders[f"{variant}-{key}"].model for variant in variants}


def score_features(
    pareto_fronts: Frame,
    null_fronts: Frame,
    models: Models,
    features: Frame,
    feature_info: Frame,
    options: MetaAnalysisOptions,
) -> Frame:
    """Score every feature by formulas and by the network."""
    table = FeatureTable.from_frame(features)
    by_formula = feature_importance(pareto_fronts, null_fronts, models, table, options.importance)
    by_network = attributions(models, table, options.attribution)
    groups = feature_info[["feature", "group"]]
    return by_formula.merge(by_network, on=["variant", "feature"]).merge(groups, on="feature")


def delete_features(
    importance: Frame, models: Models, features: Frame, options: MetaAnalysisOptions
) -> Frame:
    """Delete features in the order of every ranking."""
    table = FeatureTable.from_frame(features)
    return deletion_curves(importance, RANKINGS, models, table, options.deletion)


def judge_features(
    formulas: Records,
    pareto_fronts: Frame,
    null_fronts: Frame,
    models: Models,
    features: Frame,
    feature_info: Frame,
    options: MetaAnalysisOptions,
) -> tuple[Frame, dict[str, Any]]:
    """Give every feature a verdict, and test the verdicts by removing what is redundant."""
    table = FeatureTable.from_frame(features)
    recoverable = recoverability(table, feature_info, options.recoverability)
    verdicts = redundancy(
        formulas,
        pareto_fronts,
        null_fronts,
        models,
        table,
        feature_info,
        recoverable,
        options.redundancy,
    )
    return verdicts, redundancy_summary(verdicts, models, table)


def find_interactions(
    formulas: Records, features: Frame, options: MetaAnalysisOptions
) -> tuple[Frame, Frame]:
    """Find interacting pairs, and class every formula."""
    return interactions(formulas, FeatureTable.from_frame(features), options.interactions)


def find_collapse(
    models: Models, features: Frame, options: MetaAnalysisOptions
) -> dict[str, dict[str, Any]]:
    """Look for dead, constant and duplicate latents."""
    return collapse(models, FeatureTable.from_frame(features), options.collapse)


def check_importance(
    importance: Frame,
    curves: Frame,
    verdicts: Frame,
    search_stability: Frame,
    autoencoders: Autoencoders,
    features: Frame,
    options: MetaAnalysisOptions,
) -> dict[str, Any]:
    """Compare rankings with each other, over training seeds, search seeds and latent bases."""
    by_seed: dict[str, dict[int, Autoencoder]] = {}
    for trained in autoencoders.values():
        if trained.latent_dim == options.latent_dim:
            by_seed.setdefault(trained.variant, {})[trained.seed] = trained.model
    table = FeatureTable.from_frame(features)
    over_seeds = training_seed_importance(by_seed, table, options.stability)
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


def _records(frame: Frame) -> Records:
    """Return a frame as JSON records, None for what is undefined."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
