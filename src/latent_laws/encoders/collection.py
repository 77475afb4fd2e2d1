"""Many autoencoders at once: the sweeps, the choice of the distillable one, the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.encoders.pruning import UNPRUNED, SparseOptions, train_distillable
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.training import (
    Fit,
    FitOptions,
    NetworkOptions,
    TrainingResult,
    describe,
    train_standard,
)
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Trained = list[TrainingResult]


def train_standard_sweep(
    table: FeatureTable,
    networks: Mapping[int, NetworkOptions],
    seeds: Sequence[int],
    options: FitOptions,
    tasks: TaskOptions,
) -> Trained:
    """Train the `standard` variant at every latent dim, each with its network, and seed."""
    jobs = {
        f"{latent_dim} latents, seed {seed}": {
            "table": table,
            "latent_dim": latent_dim,
            "seed": seed,
            "network": network,
            "options": options,
        }
        for latent_dim, network in networks.items()
        for seed in seeds
    }
    return list(run_tasks(train_standard, jobs, tasks, "training autoencoders").values())


def rotate_all(
    standard: Trained,
    latent_dims: Sequence[int],
    table: FeatureTable,
    options: RotationOptions,
    tasks: TaskOptions,
) -> Trained:
    """Find the readable basis of every autoencoder of some latent dims."""
    jobs = {
        f"{result.autoencoder.latent_dim} latents, seed {result.autoencoder.seed}": {
            "result": result,
            "table": table,
            "options": options,
        }
        for result in standard
        if result.autoencoder.latent_dim in latent_dims
    }
    return list(run_tasks(rotate_result, jobs, tasks, "rotating latents").values())


def rotate_result(
    result: TrainingResult, table: FeatureTable, options: RotationOptions
) -> TrainingResult:
    """Rotate one trained autoencoder and measure it again; it has no training of its own."""
    rotated = rotate(result.autoencoder, table, options)
    return describe(rotated, table, Fit(curve=[], best_step=0, seconds=0.0))


def train_sparse_sweep(
    rotated: Trained,
    table: FeatureTable,
    n_inputs: Sequence[int],
    options: SparseOptions,
    tasks: TaskOptions,
) -> Trained:
    """Train encoders of at most k inputs a latent, for every k and seed, and of all inputs."""
    jobs = {
        f"{result.autoencoder.latent_dim} latents of {k} inputs, seed {result.autoencoder.seed}": {
            "rotated": result.autoencoder,
            "table": table,
            "n_inputs": k,
            "options": options,
        }
        for k in sorted({min(k, len(table.names)) for k in n_inputs} | {len(table.names)})
        for result in rotated
    }
    return list(run_tasks(train_distillable, jobs, tasks, "pruning encoders").values())


def choose_distillable(
    standard: Trained, sparse: Trained, latent_dims: Sequence[int], max_fvu_cost: float
) -> Trained:
    """Name the sparsest models of each latent dim, see `choose_of_dim`."""
    chosen: Trained = []
    for dim in latent_dims:
        dense, pruned = (
            [r for r in results if r.autoencoder.latent_dim == dim]
            for results in (standard, sparse)
        )
        chosen += choose_of_dim(dense, pruned, max_fvu_cost)
    return chosen


def choose_of_dim(dense: Trained, sparse: Trained, max_fvu_cost: float) -> Trained:
    """Name the sparsest models whose validation FVU is within reach of those that read all inputs.

    Args:
        dense: The dense autoencoders.
        sparse: The sweep over the number of inputs a latent, to all of them: the unpruned network
            has the same decoder and training, so that these do not pass for a gain.
        max_fvu_cost: FVU that may be lost, in the median over seeds, against the better of both.

    Returns:
        The chosen models, one a seed, as variant `distillable`; where none is within reach, those
        of the lowest FVU.
    """
    unpruned = [r for r in sparse if r.autoencoder.variant == UNPRUNED]
    pruned = [r for r in sparse if r.autoencoder.variant != UNPRUNED] or unpruned
    limit = min(map(_median_validation_fvu, (dense, unpruned))) + max_fvu_cost
    sizes = sorted({r.n_inputs for r in pruned})
    fvu = {k: _median_validation_fvu([r for r in pruned if r.n_inputs == k]) for k in sizes}
    within = [k for k in sizes if fvu[k] <= limit]
    chosen = within[0] if within else min(sizes, key=lambda k: fvu[k])
    return [_rename(r, "distillable") for r in pruned if r.n_inputs == chosen]


def _median_validation_fvu(results: Trained) -> float:
    return float(np.median([r.fvu_validation for r in results]))


def _rename(result: TrainingResult, variant: str) -> TrainingResult:
    return replace(
        result,
        autoencoder=replace(result.autoencoder, variant=variant),
        metrics={**result.metrics, "variant": variant},
        errors=result.errors.assign(variant=variant),
        curve=result.curve.assign(variant=variant),
    )


def collect(
    results: Trained,
) -> tuple[dict[str, TrainedAutoencoder], pd.DataFrame, list[dict[str, object]], pd.DataFrame]:
    """Gather models by key, errors by feature, metrics, and training curves."""
    return (
        {result.autoencoder.key: result.autoencoder for result in results},
        pd.concat([result.errors for result in results], ignore_index=True),
        [result.metrics for result in results],
        pd.concat([result.curve for result in results], ignore_index=True),
    )
