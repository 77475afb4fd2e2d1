"""Many autoencoders at once: the sweeps and the tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.symbolic import SymbolicOptions, train_symbolic
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


def train_symbolic_sweep(
    rotated: Trained,
    table: FeatureTable,
    options: Mapping[int, SymbolicOptions],
    tasks: TaskOptions,
) -> Trained:
    """Train encoders of formulas of every size, linear and with units, by latent dim and seed."""
    jobs = {
        f"{kind} forms of {result.autoencoder.latent_dim} latents, "
        f"seed {result.autoencoder.seed}": {
            "start": result.autoencoder,
            "table": table,
            "kind": kind,
            "options": options[result.autoencoder.latent_dim],
        }
        for result in rotated
        for kind in options[result.autoencoder.latent_dim].kinds
    }
    found = run_tasks(train_symbolic, jobs, tasks, "training formulas as encoders")
    return [result for path in found.values() for result in path]


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
