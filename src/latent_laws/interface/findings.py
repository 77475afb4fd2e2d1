"""What the formulas of one encoder say about its inputs, as the Kedro pipelines find it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.encoders.collection import collect, train_standard_sweep
from latent_laws.encoders.training import FitOptions, NetworkOptions
from latent_laws.errors import LatentLawsError
from latent_laws.findings.attribution import ATTRIBUTIONS, AttributionOptions, attributions
from latent_laws.findings.collapse import CollapseOptions, collapse
from latent_laws.findings.decoder_laws import (
    COLUMNS,
    LOSS_COLUMNS,
    DecoderLawOptions,
    Losses,
    decoder_forms,
    decoder_laws,
)
from latent_laws.findings.deletion import DeletionOptions, delete_features
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.importance import ImportanceOptions, feature_importance
from latent_laws.findings.interactions import InteractionOptions, interactions
from latent_laws.findings.law_cost import LawCostOptions, can_cost, law_cost
from latent_laws.findings.law_search import RedundancyLawOptions
from latent_laws.findings.law_use import law_use
from latent_laws.findings.reconstruction_law import (
    LawOptions,
    ReconstructionLaw,
    reconstruction_law,
)
from latent_laws.findings.recoverability import RecoverabilityOptions, recoverability
from latent_laws.findings.redundancy import RedundancyOptions, redundancy
from latent_laws.findings.redundancy_laws import redundancy_laws
from latent_laws.findings.removal import RemovalOptions, redundancy_check
from latent_laws.formulas.units import Scaling
from latent_laws.tables.rows import standardising
from latent_laws.tables.sizes import sweep_dims
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, one_thread

Array = NDArray[np.float64]

_KEYS = ["encoder", "variant", "latent_dim", "feature"]


@dataclass(frozen=True)
class Findings:
    """Statements about inputs and latents; frames as the catalog's datasets of the same names.

    Attributes:
        importance: A row an input: what the encoder does with it, beside other rankings.
        deletion_curves: Loss after deleting inputs in the order of each ranking.
        rankings: Area of each ranking with its interval, with and without credit.
        redundancy: Verdict on every input.
        redundancy_check: Loss of the encoder as it is where redundant inputs, or as many others,
            are predicted from the rest.
        redundancy_laws: Laws by which inputs follow from others, in raw units.
        interactions: Pairs of inputs whose effects do not add.
        formula_classes: Whether each formula is linear, additive or interacting.
        collapse: Wasted latents, effective number of latents.
        law_use: What the encoder makes of rows along those laws and off them; empty without a
            decoder.
        law_cost: How many latents the inputs with a law cost networks of this project, trained on
            these rows in the place of the encoder, which cannot be trained again; None without a
            decoder, without such inputs, or with no more latents than there are of them.
        decoder_laws: Closed forms of the decoder's outputs in the latents, of rows as the encoder
            takes them and in raw units; empty without a decoder, and beyond eight latents.
        symbolic_autoencoders: What the encoder loses, with those forms as its decoder, and an
            autoencoder that was trained as formulas both ways; empty as above, and where the
            encoder takes rows that are not of about size one, on which formulas are not trained.
    """

    importance: pd.DataFrame
    deletion_curves: pd.DataFrame
    rankings: pd.DataFrame
    redundancy: pd.DataFrame
    redundancy_check: pd.DataFrame
    redundancy_laws: pd.DataFrame
    interactions: pd.DataFrame
    formula_classes: pd.DataFrame
    collapse: pd.DataFrame
    law_use: pd.DataFrame
    law_cost: Mapping[str, Any] | None
    decoder_laws: pd.DataFrame
    symbolic_autoencoders: pd.DataFrame


def feature_info(scaling: Scaling, table: FeatureTable) -> pd.DataFrame:
    """Describe the inputs as the catalog's `feature_info` does."""
    return pd.DataFrame(
        {
            "feature": scaling.names,
            "kind": "numeric",
            "group": None,
            "unit": pd.Series(scaling.units, dtype=object),
            "mean": scaling.mean,
            "scale": scaling.scale,
            "is_constant": table.train.std(axis=0) == 0,
        }
    )


def find_all(distillation: Distillation, workers: int, progress: bool) -> Findings:
    """Draw all findings from one encoder and its formulas.

    Args:
        distillation: One encoder that can be asked, its table, formulas and fronts.
        workers: Processes for the search of laws.
        progress: Whether to show how far that is.
    """
    table, info = distillation.table, distillation.feature_info
    tasks = TaskOptions(workers=workers, cache=None, progress=progress)
    with one_thread():
        scores = feature_importance(distillation, ImportanceOptions()).merge(
            attributions(distillation.models, table, AttributionOptions()), on=_KEYS
        )
        scores = scores.merge(info[["feature", "group"]], on="feature")
        rankings = ("importance", *ATTRIBUTIONS)
        curves, areas = delete_features(
            scores, rankings, distillation.models, table, DeletionOptions()
        )
        recovered = recoverability(table, info, RecoverabilityOptions())
        verdicts = redundancy(distillation, recovered, RedundancyOptions())
        pairs, classes = interactions(distillation, InteractionOptions())
        laws = redundancy_laws(table, info, RedundancyLawOptions(), tasks)
        forms, autoencoders = _decoder_laws(distillation, DecoderLawOptions(), tasks)
        return Findings(
            importance=scores,
            deletion_curves=curves,
            rankings=areas,
            redundancy=verdicts,
            redundancy_check=redundancy_check(
                distillation.models, verdicts, table, {}, RemovalOptions(), tasks
            ),
            redundancy_laws=laws,
            interactions=pairs,
            formula_classes=classes,
            collapse=collapse(distillation.models, table, CollapseOptions()),
            law_use=law_use(distillation.models, laws, table, info),
            law_cost=_law_cost(distillation, laws, tasks),
            decoder_laws=forms,
            symbolic_autoencoders=pd.DataFrame(autoencoders, columns=LOSS_COLUMNS),
        )


def _decoder_laws(
    distillation: Distillation, options: DecoderLawOptions, tasks: TaskOptions
) -> tuple[pd.DataFrame, list[Losses]]:
    """Read the decoder; train the autoencoder of formulas where the rows are of about size one."""
    table = distillation.table
    scaling = Scaling.from_feature_info(distillation.feature_info)
    if (_sizes(table)[1] == 1).all():
        return decoder_laws(distillation.models, table, scaling, options, tasks)
    forms = [
        decoder_forms(name, encoder, table, scaling, options)[0]
        for name, encoder in distillation.models.items()
        if encoder.can_decode and encoder.latent_dim <= options.max_latent_dim
    ]
    return pd.concat(forms) if forms else pd.DataFrame(columns=COLUMNS), []


def _law_cost(
    distillation: Distillation, laws: pd.DataFrame, tasks: TaskOptions
) -> dict[str, Any] | None:
    """Return what inputs with a law cost networks of ours, as many latents as the encoder has."""
    (encoder,) = distillation.models.values()
    table, dim = distillation.table, encoder.latent_dim
    if not (encoder.can_decode and can_cost(table, laws, dim)):
        return None
    cost = law_cost(_of_size_one(table), laws, dim, LawCostOptions(), tasks)
    return cost.model_dump(mode="json")


def loss_law(
    table: FeatureTable,
    latent_dims: Sequence[int] | None,
    seeds: Sequence[int],
    fit: FitOptions,
    tasks: TaskOptions,
) -> ReconstructionLaw:
    """Train networks of this project at several latent dims and find the law of their loss."""
    rows = _of_size_one(table)
    n_inputs = int((rows.train.std(axis=0) > 0).sum())
    most = min(n_inputs, len(rows.train)) - 1
    dims = sweep_dims(n_inputs, len(rows.train)) if latent_dims is None else tuple(latent_dims)
    wrong = [dim for dim in dims if not 0 < dim <= most]
    if wrong or not dims or not seeds:
        named = f"latent_dims has {wrong[0]}" if wrong else "latent_dims or seeds is empty"
        raise LatentLawsError(
            f"{named}; accepted are one or more seeds and latent dims of 1 to {most}, below the "
            "number of inputs that are not constant"
        )
    networks = dict.fromkeys(dims, NetworkOptions())
    trained = train_standard_sweep(rows, networks, seeds, fit, tasks)
    _, errors, metrics, _ = collect(trained)
    return reconstruction_law(errors, pd.DataFrame(metrics), rows, LawOptions(), {})


def _of_size_one(table: FeatureTable) -> FeatureTable:
    """Return the rows as networks of ours are trained on them."""
    mean, scale = _sizes(table)
    parts = (table.train, table.validation, table.test)
    return FeatureTable(
        table.names, *(((part - mean) / scale).astype(np.float32) for part in parts)
    )


def _sizes(table: FeatureTable) -> tuple[Array, Array]:
    """Return mean and scale of the inputs, 0 and 1 where they are of about size one as they are."""
    return standardising(table.train.astype(np.float64), np.ones(len(table.train), dtype=bool))
