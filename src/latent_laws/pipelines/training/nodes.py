"""Nodes of training."""

from typing import Any

import pandas as pd

from latent_laws.encoders.collection import (
    collect,
    rotate_all,
    train_standard_sweep,
    train_symbolic_sweep,
)
from latent_laws.encoders.frontier import choose_symbolic, draw_frontier
from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.errors import LatentLawsError
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.tables.table import FeatureTable

Autoencoders = dict[str, TrainedAutoencoder]


def train_autoencoders(
    features: pd.DataFrame, feature_info: pd.DataFrame, run: RunOptions, options: TrainingOptions
) -> tuple[Autoencoders, pd.DataFrame, pd.DataFrame, list[dict[str, Any]], pd.DataFrame]:
    """Train the dense encoders, read them in another basis, train encoders that are formulas.

    One node: nothing passes between its steps that would have to be saved for a repeat, since each
    network is a task that is kept.

    Returns:
        `autoencoders`, `frontier`, `reconstruction_errors`, `training_metrics` and
        `training_curves`.
    """
    table = FeatureTable.from_frame(features)
    _check_dims(table, feature_info, run, options)
    networks = {latent_dim: options.network_of(latent_dim) for latent_dim in options.latent_dims}
    standard = train_standard_sweep(table, networks, options.seeds, options.fit, run.tasks)
    rotated = rotate_all(standard, run.distilled_dims, table, options.rotation, run.tasks)
    symbolic = {latent_dim: options.symbolic_of(latent_dim) for latent_dim in run.distilled_dims}
    formulas = train_symbolic_sweep(rotated, table, symbolic, run.tasks)
    chosen = choose_symbolic(formulas, run.distilled_dims, options.symbolic.distilled_nodes)
    autoencoders, errors, metrics, curves = collect([*standard, *rotated, *chosen])
    return autoencoders, draw_frontier(standard, formulas), errors, metrics, curves


def _check_dims(
    table: FeatureTable, feature_info: pd.DataFrame, run: RunOptions, options: TrainingOptions
) -> None:
    """Refuse latent dims that the table does not carry, or that are distilled untrained."""
    n_inputs = int((~feature_info["is_constant"]).sum())
    most = min(n_inputs, len(table.train))
    too_many = [dim for dim in options.latent_dims if dim > most]
    if too_many:
        raise LatentLawsError(
            f"training.latent_dims has {too_many[0]}: accepted is 1 to {most}, for there are "
            f"{n_inputs} inputs that are not constant and {len(table.train)} training rows"
        )
    if not run.distilled_dims:
        raise LatentLawsError("run.distilled_dims is empty: name some of training.latent_dims")
    missing = sorted(set(run.distilled_dims) - set(options.latent_dims))
    if missing:
        raise LatentLawsError(
            f"run.distilled_dims has {missing[0]}, which is not trained: accepted are those of "
            f"training.latent_dims, {', '.join(map(str, options.latent_dims))}"
        )
