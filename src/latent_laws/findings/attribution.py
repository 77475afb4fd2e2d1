"""Importance of features by the network itself: what the formulas' ranking is held against."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pydantic import Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.distillation import stacked
from latent_laws.findings.effects import effects, sample_rows, single_features
from latent_laws.findings.response import Response, Rows, Values
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

ATTRIBUTIONS = ("permutation", "integrated_gradients", "own_variance")
# Of integrated gradients: more rows a call cost less each, and more memory.
_STEPS_AT_ONCE = 4


class AttributionOptions(StrictModel):
    """How the network is questioned.

    Attributes:
        rows: Validation rows.
        steps: Steps of integrated gradients.
        levels: Levels that a numeric feature runs through in place of permutations.
        seed: Of the rows.
    """

    rows: int = Field(default=150, ge=10)
    steps: int = Field(default=16, ge=2)
    levels: int = Field(default=3, ge=2)
    seed: int = 0


def attributions(
    models: Mapping[str, Encoder], table: FeatureTable, options: AttributionOptions
) -> pd.DataFrame:
    """Score every feature for every encoder by the network.

    Args:
        models: Encoder -> what encodes, and perhaps decodes.
        table: The features.
        options: Rows and steps.

    Returns:
        A row an encoder and feature: `encoder, variant, latent_dim, feature, permutation,
        integrated_gradients, own_variance`, each >= 0, comparable within an encoder and column.
    """
    X = sample_rows(table.validation, options.rows, options.seed)
    frames = {}
    for encoder, model in models.items():
        response = Response.of(model, table.train)
        columns = {
            "feature": table.names,
            "permutation": permutation_effect(response, X, table.train, options.levels),
            "integrated_gradients": integrated_gradients(response, X, table.train, options.steps),
            "own_variance": own_variance(table.train),
        }
        frames[encoder] = pd.DataFrame(columns)
    return stacked(frames)


def integrated_gradients(response: Response, X: Rows, reference: Rows, steps: int) -> Values:
    """Mean absolute attribution to the latents, weighted by how the answer reacts to them.

    Integrated gradients (Sundararajan et al. 2017) of the encoder, from the mean row, by the
    midpoint rule.

    Args:
        response: The encoder.
        X: Rows x features, to be explained.
        reference: Rows x features that give the mean row.
        steps: Steps of the integral.

    Returns:
        Shape (features,), in units of the scaled features.
    """
    baseline = reference.mean(axis=0, keepdims=True)
    slope = np.zeros((len(X), response.model.latent_dim, X.shape[1]))
    for place in np.array_split((np.arange(steps) + 0.5) / steps, -(-steps // _STEPS_AT_ONCE)):
        between = baseline + place[:, None, None].astype(X.dtype) * (X - baseline)
        found = response.model.jacobian(between.reshape(-1, X.shape[1]))
        slope += found.reshape(len(place), *slope.shape).sum(axis=0) / steps
    attribution = np.abs(slope * (X - baseline)[:, None]).mean(axis=0)
    return np.asarray(response.gain(X) @ attribution)


def permutation_effect(response: Response, X: Rows, reference: Rows, levels: int) -> Values:
    """Variance of the answer that each feature causes, summed over the outputs.

    Half the mean squared change of the answer when the feature's column is permuted, without the
    noise of a permutation.

    Args:
        response: The encoder.
        X: Rows x features.
        reference: Rows x features that give the values of a column.
        levels: Levels of a numeric feature.

    Returns:
        Shape (features,), in squared units of the outputs.
    """
    caused = effects(response.to_rows, X, reference, single_features(X), levels)
    return np.asarray(caused.sum(axis=1))


def own_variance(reference: Rows) -> Values:
    """Variance of each feature, which no model had a part in: the ranking that ours has to beat."""
    return np.asarray(reference.var(axis=0, dtype=np.float64))
