"""Nodes of symbolic_distillation."""

from typing import Any

import pandas as pd

from latent_laws.checks.distillation import (
    Target,
    formula_records,
    measure_fidelity,
    measure_stability,
    search_all,
    symbolic_encoders,
)
from latent_laws.checks.substitution import substitute
from latent_laws.encoders.model import TrainedAutoencoder, latents
from latent_laws.encoders.sensitivity import sensitivity
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.records import FormulaRecord
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import run_tasks

Autoencoders = dict[str, TrainedAutoencoder]
Records = list[dict[str, Any]]


def read_latents(
    autoencoders: Autoencoders, features: pd.DataFrame, options: DistillationOptions
) -> list[Target]:
    """Encode all splits by the encoders that are distilled, and ask them which inputs matter."""
    missing = [key for key in options.keys() if key not in autoencoders]
    if missing:
        raise LatentLawsError(
            f"no autoencoder {missing[0]} was trained; accepted are {', '.join(autoencoders)}"
        )
    table = FeatureTable.from_frame(features)
    return [
        Target(
            trained.variant,
            trained.seed,
            {split: latents(trained.model, getattr(table, split)) for split in SPLITS},
            sensitivity(trained.model, table.train),
        )
        for trained in (autoencoders[key] for key in options.keys())
    ]


def search_formulas(
    targets: list[Target], features: pd.DataFrame, options: DistillationOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Search all latents, some again with other seeds, and some permuted."""
    table = FeatureTable.from_frame(features)
    return search_all(targets, table, options.searched, options.plan, options.tasks)


def describe_formulas(
    targets: list[Target],
    features: pd.DataFrame,
    pareto_fronts: pd.DataFrame,
    options: DistillationOptions,
) -> Records:
    """Describe the selected formula of each latent."""
    table, seed = FeatureTable.from_frame(features), options.plan.seeds[0]
    records = formula_records(targets, table, pareto_fronts, seed, options.fidelity)
    return [record.model_dump(mode="json") for record in records]


def check_fidelity(
    targets: list[Target],
    features: pd.DataFrame,
    pareto_fronts: pd.DataFrame,
    null_fronts: pd.DataFrame,
    options: DistillationOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the fidelity ladder, and compare search seeds."""
    table, seed = FeatureTable.from_frame(features), options.plan.seeds[0]
    ladder = measure_fidelity(
        targets, table, pareto_fronts, null_fronts, seed, options.fidelity, options.tasks
    )
    return ladder, measure_stability(pareto_fronts, table.names)


def build_symbolic_encoder(formulas: Records, features: pd.DataFrame) -> dict[str, Any]:
    """Put the formulas of each variant together, as JSON."""
    records = [FormulaRecord.model_validate(record) for record in formulas]
    encoders = symbolic_encoders(records, FeatureTable.from_frame(features).names)
    return {variant: encoder.to_json() for variant, encoder in encoders.items()}


def substitute_formulas(
    autoencoders: Autoencoders,
    symbolic_encoder: dict[str, Any],
    features: pd.DataFrame,
    options: DistillationOptions,
) -> Records:
    """Run the decoders on formulas in place of the encoders."""
    table = FeatureTable.from_frame(features)
    jobs = {
        key: {
            "trained": autoencoders[key],
            "formulas": SymbolicEncoder.from_json(symbolic_encoder[autoencoders[key].variant]),
            "table": table,
            "options": options.substitution,
        }
        for key in options.keys()
    }
    return list(run_tasks(substitute, jobs, options.tasks, "substituting formulas").values())
