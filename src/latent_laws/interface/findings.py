"""What the formulas of one encoder say about its inputs, as the Kedro pipelines find it."""

from dataclasses import dataclass

import pandas as pd

from latent_laws.findings.attribution import ATTRIBUTIONS, AttributionOptions, attributions
from latent_laws.findings.collapse import CollapseOptions, collapse
from latent_laws.findings.decoder_laws import COLUMNS, DecoderLawOptions, decoder_forms
from latent_laws.findings.deletion import DeletionOptions, delete_features
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.importance import ImportanceOptions, feature_importance
from latent_laws.findings.interactions import InteractionOptions, interactions
from latent_laws.findings.law_search import RedundancyLawOptions
from latent_laws.findings.law_use import law_use
from latent_laws.findings.recoverability import RecoverabilityOptions, recoverability
from latent_laws.findings.redundancy import RedundancyOptions, redundancy
from latent_laws.findings.redundancy_laws import redundancy_laws
from latent_laws.findings.removal import RemovalOptions, redundancy_check
from latent_laws.formulas.units import Scaling
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, one_thread

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
        decoder_laws: Closed forms of the decoder's outputs in the latents, of rows as the encoder
            takes them; empty without a decoder, and beyond eight latents.
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
    decoder_laws: pd.DataFrame


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
            decoder_laws=_decoder_laws(distillation, DecoderLawOptions()),
        )


def _decoder_laws(distillation: Distillation, options: DecoderLawOptions) -> pd.DataFrame:
    """Return the forms of decoders, without the autoencoders that the pipelines train beside."""
    frames = [
        decoder_forms(name, encoder, distillation.table, options)[0]
        for name, encoder in distillation.models.items()
        if encoder.can_decode and encoder.latent_dim <= options.max_latent_dim
    ]
    return pd.concat(frames) if frames else pd.DataFrame(columns=COLUMNS)
