"""Importance of features by the network itself: what the formulas' ranking is held against."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import kendalltau

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.effects import Rows, Values, effects, sample_rows, single_features
from latent_laws.tables.table import FeatureTable

ATTRIBUTIONS = ("integrated_gradients", "permutation", "own_variance")


class AttributionOptions(BaseModel):
    """How the network is questioned.

    Attributes:
        rows: Validation rows.
        steps: Steps of integrated gradients.
        levels: Levels that a numeric feature runs through in place of permutations.
        seed: Of the rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=150, ge=10)
    steps: int = Field(default=16, ge=2)
    levels: int = Field(default=3, ge=2)
    seed: int = 0


def attributions(
    models: Mapping[str, Encoder], table: FeatureTable, options: AttributionOptions
) -> pd.DataFrame:
    """Score every feature for every encoder by the network.

    Args:
        models: Encoder -> autoencoder.
        table: The features.
        options: Rows and steps.

    Returns:
        A row an encoder and feature: `encoder, feature, integrated_gradients, permutation,
        own_variance`, each >= 0, comparable within an encoder and column.
    """
    X = sample_rows(table.validation, options.rows, options.seed)
    frames = []
    for encoder, model in models.items():
        scores = {
            "integrated_gradients": integrated_gradients(model, X, table.train, options.steps),
            "permutation": permutation_effect(model, X, table.train, options.levels),
            "own_variance": own_variance(table.train),
        }
        frames.append(pd.DataFrame({"encoder": encoder, "feature": table.names, **scores}))
    return pd.concat(frames, ignore_index=True)


def integrated_gradients(model: Encoder, X: Rows, reference: Rows, steps: int) -> Values:
    """Mean absolute attribution to the latents, weighted by the decoder's gain.

    Integrated gradients (Sundararajan et al. 2017) of the encoder, from the mean row, by the
    midpoint rule.

    Args:
        model: The encoder.
        X: Rows x features, to be explained.
        reference: Rows x features that give the mean row.
        steps: Steps of the integral.

    Returns:
        Shape (features,), in units of the scaled features.
    """
    baseline = reference.mean(axis=0, keepdims=True)
    slope = np.zeros((len(X), model.latent_dim, X.shape[1]))
    for step in range(steps):
        slope += model.jacobian(baseline + (step + 0.5) / steps * (X - baseline)) / steps
    attribution = np.abs(slope * (X - baseline)[:, None]).mean(axis=0)
    return np.asarray(model.decoder_gain(model.encode(X)) @ attribution)


def permutation_effect(model: Encoder, X: Rows, reference: Rows, levels: int) -> Values:
    """Variance of the reconstruction that each feature causes, summed over the outputs.

    Half the mean squared change of the reconstruction when the feature's column is permuted,
    without the noise of a permutation. It does not depend on the latent basis.

    Args:
        model: The autoencoder.
        X: Rows x features.
        reference: Rows x features that give the values of a column.
        levels: Levels of a numeric feature.

    Returns:
        Shape (features,), in squared units of the scaled features.
    """
    blocks = single_features(X)
    caused = effects(model.reconstruct, X, reference, blocks, levels)
    return np.asarray(caused.sum(axis=1))


def own_variance(reference: Rows) -> Values:
    """Variance of each feature, which no model had a part in: the ranking that ours has to beat."""
    return np.asarray(reference.var(axis=0, dtype=np.float64))


def rank_agreement(scores: pd.DataFrame, rankings: Sequence[str]) -> pd.DataFrame:
    """Kendall's tau between rankings of the features.

    Args:
        scores: `encoder, feature` and a column a ranking.
        rankings: Columns to compare.

    Returns:
        A row an encoder and pair: `encoder, ranking_a, ranking_b, tau` (NaN if one is constant).
    """
    rows = [
        {"encoder": encoder, "ranking_a": a, "ranking_b": b, "tau": _tau(group[a], group[b])}
        for encoder, group in scores.groupby("encoder", sort=False)
        for a, b in combinations(rankings, 2)
    ]
    return pd.DataFrame(rows, columns=["encoder", "ranking_a", "ranking_b", "tau"])


def _tau(a: "pd.Series[float]", b: "pd.Series[float]") -> float:
    return float(kendalltau(a, b).statistic)
