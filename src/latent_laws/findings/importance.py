"""Importance of features: what the model does with each, as its formulas tell it.

The importance of a feature is its share of the variance of the network's answer, as
decoder(formulas) gives it: a Shapley value (see `findings.sage`). No single formula tells it, for a
short one drops features that matter: the candidates of the whole front are drawn, each as often as
it is believed (see `findings.distillation`), and the interval says how much depends on which of
them is. A feature's own variance has no part in it: what the formulas leave unexplained stays
unexplained.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pydantic import Field

from latent_laws.findings.blocks import disjoint_blocks, too_rare
from latent_laws.findings.distillation import Distillation, stacked
from latent_laws.findings.response import Response, Values
from latent_laws.findings.sage import SymbolicResponse
from latent_laws.formulas.formula import Formula
from latent_laws.strict import StrictModel


class ImportanceOptions(StrictModel):
    """How importance is measured.

    Attributes:
        rows: Validation rows of a draw.
        draws: Symbolic encoders drawn from the fronts, each with rows and an order of deletion.
        confidence: Share of the draws that the interval holds.
        seed: Of the draws.
    """

    rows: int = Field(default=300, ge=10)
    draws: int = Field(default=20, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


def feature_importance(distillation: Distillation, options: ImportanceOptions) -> pd.DataFrame:
    """Score every feature for every encoder by its formulas.

    Args:
        distillation: The encoders and their formulas.
        options: Rows and draws.

    Returns:
        A row an encoder and feature: `encoder, variant, latent_dim, feature, importance,
        importance_low, importance_high`. Importance has sum 1, or is 0 where no formula uses any
        feature; one below 0 is a feature whose deletion makes up for that of others. A feature that
        differs from its most common value in too few training rows (see `findings.blocks.too_rare`)
        has none.
    """
    return stacked({name: _of_encoder(distillation, name, options) for name in distillation.models})


def _of_encoder(
    distillation: Distillation, encoder: str, options: ImportanceOptions
) -> pd.DataFrame:
    """Return the shares of the variance of one encoder's answer, with their intervals."""
    table, readings = distillation.table, distillation.front(encoder)
    response = Response.of(distillation.models[encoder], table.train)
    blocks = disjoint_blocks(table.names, distillation.feature_info)
    baseline, rng = table.train.mean(axis=0), np.random.default_rng(options.seed)
    rare, shares = too_rare(table.train), []
    for _ in range(options.draws):
        X = table.validation[rng.permutation(len(table.validation))[: options.rows]]
        X = np.where(rare, baseline, X)
        drawn = {latent: _draw(by_seed, rng) for latent, by_seed in readings.items()}
        symbolic = SymbolicResponse(drawn, response, X, table.names)
        shares.append(to_share(symbolic.sage_values(blocks, baseline, rng)))
    tail = (1 - options.confidence) / 2
    low, high = np.quantile(shares, [tail, 1 - tail], axis=0)
    interval = {"importance_low": low, "importance_high": high}
    value = np.mean(shares, axis=0)
    return pd.DataFrame({"feature": table.names, "importance": value, **interval})


def to_share(values: Values) -> Values:
    """Divide by the sum, where it is not 0."""
    total = values.sum()
    return values / total if total > 0 else np.zeros_like(values)


def _draw(by_seed: Mapping[int, Mapping[Formula, float]], rng: np.random.Generator) -> Formula:
    """Draw a search seed, then one of its formulas as they are believed."""
    formulas = list(by_seed.values())[rng.integers(len(by_seed))]
    candidates, beliefs = list(formulas), np.array(list(formulas.values()))
    return candidates[int(rng.choice(len(candidates), p=beliefs / beliefs.sum()))]
