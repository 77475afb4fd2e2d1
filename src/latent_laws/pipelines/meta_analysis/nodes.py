"""Nodes of meta_analysis."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pandas as pd

from latent_laws.checks.linearity import linearity_of_all
from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.encoders.naming import distilled
from latent_laws.findings.agreement import basis_agreement, seed_scores, training_seed_agreement
from latent_laws.findings.attribution import ATTRIBUTIONS, attributions
from latent_laws.findings.collapse import collapse
from latent_laws.findings.counting import count_inputs
from latent_laws.findings.decoder_laws import decoder_laws
from latent_laws.findings.deletion import delete_features
from latent_laws.findings.distillation import Distillation, stacked
from latent_laws.findings.importance import feature_importance
from latent_laws.findings.interactions import interactions
from latent_laws.findings.law_use import law_use
from latent_laws.findings.recoverability import recoverability
from latent_laws.findings.redundancy import redundancy
from latent_laws.findings.redundancy_laws import redundancy_laws
from latent_laws.findings.removal import Subject, redundancy_check
from latent_laws.findings.retraining import (
    NetworkAgain,
    SymbolicAgain,
    shorter,
    shorter_symbolic,
)
from latent_laws.formulas.units import Scaling
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions as Options
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import run_task, run_tasks

Autoencoders = dict[str, TrainedAutoencoder]
Frame = pd.DataFrame
Json = dict[str, Any]
Found = TypeVar("Found")

# what a distillation is gathered from, by catalog name
DISTILLED = (
    *("autoencoders", "features", "feature_info"),
    *("formulas", "pareto_fronts", "null_fronts"),
)

RANKINGS = ("importance", *ATTRIBUTIONS)
NAMES = ["encoder", "variant", "latent_dim", "feature"]
# variants by how easily their latents are read, the easiest last
READABLE = ("standard", "rotated", "symbolic")


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
    by_formula = _stack(
        _of_each(
            feature_importance,
            *(distillation, run, "scoring features by formulas"),
            options=options.importance,
        )
    )
    networks = {
        encoder: {"models": {encoder: model}, "table": table, "options": options.attribution}
        for encoder, model in distillation.models.items()
    }
    by_network = _stack(
        run_tasks(attributions, networks, run.tasks, "scoring features by networks").values()
    )
    groups = distillation.feature_info[["feature", "group"]]
    scores = by_formula.merge(by_network, on=NAMES).merge(groups, on="feature")
    return scores[[*NAMES, "group", *(name for name in scores if name not in (*NAMES, "group"))]]


def rank_features(run: RunOptions, options: Options, **saved: Any) -> tuple[Frame, Frame]:
    """Delete features in the order of every ranking, and score the rankings."""
    distillation = gather(run, saved)
    found = run_tasks(
        delete_features,
        {
            encoder: {
                "scores": saved["feature_importance"],
                "rankings": RANKINGS,
                "models": {encoder: model},
                "table": distillation.table,
                "options": options.deletion,
            }
            for encoder, model in distillation.models.items()
        },
        run.tasks,
        "deleting features",
    )
    curves, rankings = zip(*found.values(), strict=True)
    return _stack(curves), _stack(rankings)


def judge_features(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Give every feature a verdict."""
    distillation = gather(run, saved)
    table, info = distillation.table, distillation.feature_info
    recoverable = run_task(
        recoverability,
        {"table": table, "feature_info": info, "options": options.recoverability},
        run.tasks,
        "recovering features",
    )
    return _stack(
        _of_each(
            redundancy,
            *(distillation, run, "judging features"),
            recoverability=recoverable,
            options=options.redundancy,
            regression=options.recoverability,
        )
    )


def check_redundancy(
    run: RunOptions, options: Options, training: TrainingOptions, **saved: Any
) -> Frame:
    """Remove all that is called redundant: from encoders trained anew, where they are ours."""
    distillation, autoencoders = gather(run, saved), saved["autoencoders"]
    trained = {
        one.name: _training_of(one, autoencoders, training, options.removal.effort)
        for one in autoencoders.values()
        if isinstance(one, TrainedAutoencoder) and one.name in distillation.models
    }
    return redundancy_check(
        distillation.models,
        saved["redundancy"],
        distillation.table,
        trained,
        options.removal,
        run.tasks,
    )


def _training_of(
    one: TrainedAutoencoder, autoencoders: Autoencoders, options: TrainingOptions, effort: float
) -> Subject:
    """Return how an encoder is trained again, in a share of its steps."""
    dim = one.latent_dim
    if one.variant != "symbolic":
        return NetworkAgain(options.network_of(dim), dim, shorter(options.fit, effort))
    start = autoencoders[replace(one, variant="rotated").key]
    return SymbolicAgain(start, shorter_symbolic(options.symbolic_of(dim), effort))


def count_usage(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Count inputs in the first formulas of every encoder, as others do, beside exact counts."""
    distillation = gather(run, saved)
    frames = {}
    for encoder in distillation.models:
        formulas = list(distillation.selected(encoder).values())[: options.counted_latents]
        frames[encoder] = count_inputs(formulas, distillation.table.names)
    return stacked(frames)


def find_interactions(run: RunOptions, options: Options, **saved: Any) -> tuple[Frame, Frame]:
    """Find interacting pairs, and class every formula."""
    found = _of_each(
        interactions,
        *(gather(run, saved), run, "finding interactions"),
        options=options.interactions,
    )
    pairs, classes = zip(*found, strict=True)
    return _stack(pairs), _stack(classes)


def find_collapse(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Look for dead, constant and duplicate latents."""
    distillation = gather(run, saved)
    return collapse(distillation.models, distillation.table, options.collapse)


def compare_rankings(run: RunOptions, options: Options, **saved: Any) -> Frame:
    """Compare the importance of inputs over training seeds and latent bases."""
    distillation = gather(run, saved)
    importance = saved["feature_importance"]
    pairs = [(f"standard-{dim}", f"rotated-{dim}") for dim in run.distilled_dims]
    frames = [
        basis_agreement(importance, first, second, options.agreement)
        for first, second in pairs
        if {first, second} <= set(importance["encoder"])
    ]
    frames += _over_training_seeds(saved["autoencoders"], distillation, run, options)
    return _stack(frames)


def _over_training_seeds(
    autoencoders: Autoencoders, distillation: Distillation, run: RunOptions, options: Options
) -> list[Frame]:
    """Compare importance over the training seeds of each encoder, a frame an encoder."""
    seeds = [one for one in autoencoders.values() if one.name in distillation.models]
    scores = run_tasks(
        seed_scores,
        {
            f"{one.name}, seed {one.seed}": {
                "model": one.encoder,
                "table": distillation.table,
                "options": options.agreement,
            }
            for one in seeds
        },
        run.tasks,
        "comparing training seeds",
    )
    by_name: dict[str, dict[int, Any]] = {}
    for one, found in zip(seeds, scores.values(), strict=True):
        by_name.setdefault(one.name, {})[one.seed] = found
    return [
        training_seed_agreement(encoder, by_seed, options.agreement)
        for encoder, by_seed in by_name.items()
    ]


def measure_linearity(autoencoders: Autoencoders, features: Frame, run: RunOptions) -> Frame:
    """Measure how much of every standard encoder, and of its decoder, a matrix says."""
    encoders = {
        (one.name, one.variant, one.latent_dim): one.encoder
        for one in autoencoders.values()
        if one.seed == run.training_seed
        and (one.variant == "standard" or run.distils(one.latent_dim))
    }
    given = {"encoders": encoders, "table": FeatureTable.from_frame(features)}
    return run_task(linearity_of_all, given, run.tasks, "measuring linearity")


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


def find_decoder_laws(run: RunOptions, options: Options, **saved: Any) -> tuple[Frame, list[Json]]:
    """Read the decoders whose latents are easiest to read, beside all-symbolic autoencoders."""
    chosen = distilled(saved["autoencoders"], run.distilled_dims, run.training_seed, ())
    # what comes later takes the place of others of its latent dim
    chosen.sort(key=lambda one: READABLE.index(one.variant) if one.variant in READABLE else -1)
    readable = {one.latent_dim: one for one in chosen}
    return decoder_laws(
        {one.name: one.encoder for one in readable.values()},
        FeatureTable.from_frame(saved["features"]),
        Scaling.from_feature_info(saved["feature_info"]),
        options.decoder_laws,
        run.tasks,
    )


def _of_each(
    function: Callable[..., Found],
    distillation: Distillation,
    run: RunOptions,
    description: str,
    **shared: object,
) -> Iterable[Found]:
    """Run one task an encoder and its formulas."""
    jobs = {
        encoder: {"distillation": distillation.only(encoder), **shared}
        for encoder in distillation.models
    }
    return run_tasks(function, jobs, run.tasks, description).values()


def _stack(frames: Iterable[Frame]) -> Frame:
    """Put rows of several frames together."""
    return pd.concat(frames, ignore_index=True)
