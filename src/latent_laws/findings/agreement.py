"""Agreement: what stays of the importance of inputs when training seed or latent basis change."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.stats import rankdata

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.attribution import permutation_effect
from latent_laws.findings.distillation import named
from latent_laws.findings.effects import sample_rows
from latent_laws.findings.response import Response, Values
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

_COLUMNS = ["what", "ranking", "with_what", "value", "low", "high", "n"]


class AgreementOptions(StrictModel):
    """How agreement is measured.

    Attributes:
        rows: Validation rows.
        levels: Levels that a numeric feature runs through.
        resamples: Bootstrap resamples of the features.
        confidence: Coverage of the intervals.
        seed: Of rows and resamples.
    """

    rows: int = Field(default=200, ge=10)
    levels: int = Field(default=3, ge=2)
    resamples: int = Field(default=400, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


def seed_scores(model: Encoder, table: FeatureTable, options: AgreementOptions) -> Values:
    """Return the permutation effect of every feature for one training; one task.

    Single latents of two trainings do not correspond: what is compared is measured on the answer.
    """
    X = sample_rows(table.validation, options.rows, options.seed)
    return permutation_effect(Response.of(model, table.train), X, table.train, options.levels)


def training_seed_agreement(
    encoder: str, scores: Mapping[int, Values], options: AgreementOptions
) -> pd.DataFrame:
    """Rank correlation of importance between training seeds, `what` is training_seed.

    Args:
        encoder: The encoder's name.
        scores: Training seed -> what `seed_scores` returns.
        options: Resamples, confidence.

    Returns:
        Rows of the catalog's `agreement`, one a pair of seeds: `encoder, variant, latent_dim, what,
        ranking, with_what, value, low, high, n`; `n` is the number of features.
    """
    rows = [
        (
            *("training_seed", "permutation", f"seeds {a} and {b}"),
            *_spearman(scores[a], scores[b], options),
        )
        for a, b in combinations(scores, 2)
    ]
    return named(encoder, pd.DataFrame(rows, columns=_COLUMNS))


def basis_agreement(
    importance: pd.DataFrame, first: str, second: str, options: AgreementOptions
) -> pd.DataFrame:
    """Compare two encoders that are the same function in two latent bases, `what` is basis.

    What differs is a statement about the basis, not about the model.

    Args:
        importance: `encoder, feature, importance`.
        first: An encoder, for instance `standard-8`.
        second: The same network in another basis, for instance `rotated-8`.
        options: Resamples, confidence.

    Returns:
        As `training_seed_agreement`, one row of the first encoder.
    """
    scores = importance.pivot_table(index="feature", columns="encoder", values="importance")
    found = _spearman(scores[first].to_numpy(), scores[second].to_numpy(), options)
    row = ("basis", "importance", second, *found)
    return named(first, pd.DataFrame([row], columns=_COLUMNS))


def _spearman(a: Values, b: Values, options: AgreementOptions) -> tuple[float, float, float, int]:
    """Return the rank correlation with its bootstrap interval over features and their number."""
    pair, rng = np.column_stack([a, b]), np.random.default_rng(options.seed)
    drawn = rng.integers(len(pair), size=(options.resamples, len(pair)))
    every = _correlations(pair[np.vstack([np.arange(len(pair)), drawn])])
    found = every[1:][np.isfinite(every[1:])]
    tail = (1 - options.confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail]) if len(found) else (np.nan, np.nan)
    return float(every[0]), float(low), float(high), len(pair)


def _correlations(pairs: Values) -> Values:
    """Return the rank correlation of samples x rows x 2; NaN where there is none."""
    ranks = rankdata(pairs, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    both = (ranks[..., 0] * ranks[..., 1]).sum(axis=1)
    size = np.sqrt((ranks**2).sum(axis=1).prod(axis=1))
    return np.asarray(np.divide(both, size, out=np.full_like(size, np.nan), where=size > 0))
