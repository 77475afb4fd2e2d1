"""Importance of features by the network itself: what the formulas' ranking is held against."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from captum.attr import IntegratedGradients
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import kendalltau
from torch import Tensor, nn

from latent_laws.encoders.model import Autoencoder, SkipMLP, latents, reconstructions
from latent_laws.findings.effects import Rows, Values, effects, sample_rows, single_features
from latent_laws.tables.table import FeatureTable

ATTRIBUTIONS = ("integrated_gradients", "permutation", "weight_norm")


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
    models: Mapping[str, Autoencoder], table: FeatureTable, options: AttributionOptions
) -> pd.DataFrame:
    """Score every feature for every variant by the network.

    Args:
        models: Variant -> autoencoder.
        table: The features.
        options: Rows and steps.

    Returns:
        A row a variant and feature: `variant, feature, integrated_gradients, permutation,
        weight_norm`, each >= 0, comparable within a variant and column.
    """
    X = sample_rows(table.validation, options.rows, options.seed)
    frames = []
    for variant, model in models.items():
        scores = {
            "integrated_gradients": integrated_gradients(model, X, table.train, options.steps),
            "permutation": permutation_effect(model, X, table.train, options.levels),
            "weight_norm": weight_norm(model, table.train),
        }
        frames.append(pd.DataFrame({"variant": variant, "feature": table.names, **scores}))
    return pd.concat(frames, ignore_index=True)


def integrated_gradients(model: Autoencoder, X: Rows, reference: Rows, steps: int) -> Values:
    """Mean absolute attribution to the latents, weighted by the decoder's gain.

    Integrated gradients (Sundararajan et al. 2017) of the encoder, from the mean row.

    Args:
        model: The autoencoder.
        X: Rows x features, to be explained.
        reference: Rows x features that give the mean row.
        steps: Steps of the integral.

    Returns:
        Shape (features,), in units of the scaled features.
    """
    explainer = IntegratedGradients(model.encode)
    inputs = torch.from_numpy(np.ascontiguousarray(X))
    baseline = torch.from_numpy(reference.mean(axis=0, keepdims=True))
    total = np.zeros(X.shape[1])
    for latent, gain in enumerate(decoder_gain(model, latents(model, X))):
        given = explainer.attribute(inputs, baseline, target=latent, n_steps=steps)
        total += gain * given.abs().mean(dim=0).double().numpy()
    return total


def decoder_gain(model: Autoencoder, Z: Values) -> Values:
    """Root mean square over rows of the norm of the decoder's derivative by each latent.

    Args:
        model: The autoencoder.
        Z: Rows x latents.

    Returns:
        Shape (latents,).
    """
    z = torch.from_numpy(Z).float()
    jacobian = torch.func.vmap(torch.func.jacfwd(model.decode))(z).detach()
    return np.asarray(jacobian.square().sum(dim=1).mean(dim=0).sqrt().double().numpy())


def permutation_effect(model: Autoencoder, X: Rows, reference: Rows, levels: int) -> Values:
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
    caused = effects(lambda rows: reconstructions(model, rows), X, reference, blocks, levels)
    return np.asarray(caused.sum(axis=1))


def weight_norm(model: Autoencoder, reference: Rows) -> Values:
    """Norm of the weights that read a feature, times the feature's standard deviation.

    Args:
        model: The autoencoder.
        reference: Rows x features that give the deviations.

    Returns:
        Shape (features,).
    """
    weights = torch.cat([weight.detach().double() for weight in _input_weights(model)])
    return np.asarray(weights.norm(dim=0).numpy() * reference.std(axis=0, dtype=np.float64))


def rank_agreement(scores: pd.DataFrame, rankings: Sequence[str]) -> pd.DataFrame:
    """Kendall's tau between rankings of the features.

    Args:
        scores: `variant, feature` and a column a ranking.
        rankings: Columns to compare.

    Returns:
        A row a variant and pair: `variant, ranking_a, ranking_b, tau` (NaN if one is constant).
    """
    rows = [
        {"variant": variant, "ranking_a": a, "ranking_b": b, "tau": _tau(group[a], group[b])}
        for variant, group in scores.groupby("variant", sort=False)
        for a, b in combinations(rankings, 2)
    ]
    return pd.DataFrame(rows, columns=["variant", "ranking_a", "ranking_b", "tau"])


def _tau(a: "pd.Series[float]", b: "pd.Series[float]") -> float:
    return float(kendalltau(a, b).statistic)


def _input_weights(model: Autoencoder) -> list[Tensor]:
    """Return the weights that read the inputs, each units x features."""
    encoder = model.encoder
    if isinstance(encoder, SkipMLP):
        first = encoder.hidden[0] if len(encoder.hidden) else encoder.out
        if not isinstance(first, nn.Linear):
            raise TypeError(f"a linear layer is needed, not {type(first).__name__}")
        return [first.weight, encoder.skip.weight]
    own = [encoder.linear.weight * encoder.mask]
    if encoder.units:
        own.append((encoder.unit_weight * encoder.mask[:, None, :]).flatten(0, 1))
    return own
