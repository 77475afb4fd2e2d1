"""Nodes of symbolic_distillation."""

from typing import Any

import pandas as pd

from latent_laws.checks.distillation import search_all
from latent_laws.checks.fidelity import measure_fidelity
from latent_laws.checks.records import formula_records, symbolic_encoders
from latent_laws.checks.stability import measure_stability
from latent_laws.checks.substitution import substitute_all
from latent_laws.checks.target import Target, latents_frame, read_targets, sensitivities_frame
from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.encoders.naming import distilled
from latent_laws.formulas.records import FormulaRecord
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.search.problem import Knowledge
from latent_laws.tables.table import FeatureTable

Autoencoders = dict[str, TrainedAutoencoder]
Frame = pd.DataFrame
Records = list[dict[str, Any]]


def read_latents(
    autoencoders: Autoencoders, features: Frame, run: RunOptions, options: DistillationOptions
) -> tuple[Frame, Frame, dict[str, list[str]]]:
    """Encode all splits by the encoders that are distilled, and ask them which inputs matter.

    Returns:
        The catalog's `latents`, `sensitivities` and `encoder_formulas`.
    """
    table = FeatureTable.from_frame(features)
    chosen = distilled(autoencoders, run.distilled_dims, run.training_seed, options.variants)
    targets = [Target.of(one.variant, one.encoder, table) for one in chosen]
    own = {
        target.encoder: [formula.expression for formula in one.encoder.formulas()]
        for target, one in zip(targets, chosen, strict=True)
    }
    return (
        latents_frame(targets, features["split"].to_numpy(dtype=str)),
        sensitivities_frame(targets, table.names),
        {name: formulas for name, formulas in own.items() if formulas},
    )


def search_formulas(
    latents: Frame,
    sensitivities: Frame,
    features: Frame,
    encoder_formulas: dict[str, list[str]],
    feature_info: Frame,
    run: RunOptions,
    options: DistillationOptions,
) -> tuple[Frame, Frame]:
    """Search all latents, some again with other seeds, and some permuted.

    Where an encoder is formulas, these stand on its fronts.
    """
    targets, table = read_targets(latents, sensitivities), FeatureTable.from_frame(features)
    knowledge = Knowledge.of(feature_info)
    return search_all(
        targets, table, knowledge, options.searched, options.plan, run.tasks, encoder_formulas
    )


def describe_formulas(
    latents: Frame,
    sensitivities: Frame,
    features: Frame,
    feature_info: Frame,
    pareto_fronts: Frame,
    options: DistillationOptions,
) -> Records:
    """Describe the selected formula of each latent."""
    targets, table = read_targets(latents, sensitivities), FeatureTable.from_frame(features)
    seed, scaling = options.plan.seeds[0], Scaling.from_feature_info(feature_info)
    records = formula_records(targets, table, pareto_fronts, seed, options.fidelity, scaling)
    return [record.model_dump(mode="json") for record in records]


def check_fidelity(
    latents: Frame,
    sensitivities: Frame,
    features: Frame,
    pareto_fronts: Frame,
    null_fronts: Frame,
    run: RunOptions,
    options: DistillationOptions,
) -> Frame:
    """Build the fidelity ladder."""
    targets, table = read_targets(latents, sensitivities), FeatureTable.from_frame(features)
    seed = options.plan.seeds[0]
    return measure_fidelity(
        targets, table, pareto_fronts, null_fronts, seed, options.fidelity, run.tasks
    )


def check_stability(pareto_fronts: Frame, feature_info: Frame) -> Frame:
    """Compare what search seeds select."""
    return measure_stability(pareto_fronts, feature_info["feature"].tolist())


def build_symbolic_encoder(formulas: Records, feature_info: Frame) -> dict[str, Any]:
    """Put the formulas of each encoder together, as JSON."""
    records = [FormulaRecord.model_validate(record) for record in formulas]
    encoders = symbolic_encoders(records, feature_info)
    return {name: encoder.to_json() for name, encoder in encoders.items()}


def substitute_formulas(
    autoencoders: Autoencoders,
    symbolic_encoder: dict[str, Any],
    features: Frame,
    run: RunOptions,
    options: DistillationOptions,
) -> Frame:
    """Run the decoders on formulas in place of the encoders."""
    chosen = distilled(autoencoders, run.distilled_dims, run.training_seed, options.variants)
    formulas = {
        name: SymbolicEncoder.from_json(document) for name, document in symbolic_encoder.items()
    }
    table = FeatureTable.from_frame(features)
    return substitute_all(chosen, formulas, table, options.substitution, run.tasks)
