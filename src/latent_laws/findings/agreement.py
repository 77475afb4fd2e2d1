"""Agreement: what stays when the ranking, a seed or the latent basis changes."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import binomtest, rankdata

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.attribution import permutation_effect
from latent_laws.findings.blocks import disjoint_blocks
from latent_laws.findings.distillation import named
from latent_laws.findings.effects import sample_rows
from latent_laws.findings.response import Response, Values
from latent_laws.findings.sage import SymbolicResponse
from latent_laws.formulas.formula import Formula
from latent_laws.search.moments import Moments
from latent_laws.tables.table import FeatureTable

SEED_RANKINGS = ("permutation", "importance")
_COLUMNS = ["what", "ranking", "with_what", "value", "low", "high", "n"]


class AgreementOptions(BaseModel):
    """How agreement is measured.

    Attributes:
        rows: Validation rows.
        levels: Levels that a numeric feature runs through.
        n_inputs: Features of each sparse linear form that stands for a formula.
        resamples: Bootstrap resamples of the features, or of the latents.
        confidence: Coverage of the intervals.
        seed: Of rows and resamples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=200, ge=10)
    levels: int = Field(default=3, ge=2)
    n_inputs: int = Field(default=10, ge=1)
    resamples: int = Field(default=400, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


def rank_agreement(
    importance: pd.DataFrame, rankings: Sequence[str], options: AgreementOptions
) -> pd.DataFrame:
    """Rank correlation of `importance` with other rankings of the features.

    Args:
        importance: `encoder, feature, importance` and a column a ranking.
        rankings: The others.
        options: Resamples, confidence.

    Returns:
        Rows of the catalog's `agreement`: `encoder, variant, latent_dim, what, ranking, with_what,
        value, low, high, n`; here `what` is rank and `n` the number of features.
    """
    frames = []
    for encoder, own in importance.groupby("encoder", sort=False):
        rows = [
            ("rank", "importance", name, *_spearman(own["importance"], own[name], options))
            for name in rankings
        ]
        frames.append(named(str(encoder), pd.DataFrame(rows, columns=_COLUMNS)))
    return _together(frames)


def search_seed_agreement(stability: pd.DataFrame, options: AgreementOptions) -> pd.DataFrame:
    """Jaccard index of the variables that search seeds select, `what` is search_seed.

    Args:
        stability: The catalog's `search_stability`: `encoder, latent, jaccard`.
        options: Resamples of the latents, confidence.

    Returns:
        As `rank_agreement`, a row an encoder; `n` is the number of latents.
    """
    frames = []
    for encoder, own in stability.groupby("encoder", sort=False):
        means = own.groupby("latent")["jaccard"].mean().dropna().to_numpy(np.float64)
        if len(means):

            def mean(rows: NDArray[np.intp], values: Values = means) -> Values:
                return np.asarray(values[rows].mean(axis=1))

            found = _bootstrap(mean, len(means), options)
            row = ("search_seed", "variables", "other seeds", *found)
            frames.append(named(str(encoder), pd.DataFrame([row], columns=_COLUMNS)))
    return _together(frames)


def seed_scores(
    model: Encoder, table: FeatureTable, feature_info: pd.DataFrame, options: AgreementOptions
) -> pd.DataFrame:
    """Score the features of one training seed through the network and through linear forms.

    Single latents of two trainings do not correspond, so only what is measured on the answer is
    compared. Formulas are searched for one seed; sparse linear forms stand for them in every seed,
    in `importance`.

    Returns:
        A row a feature, in the order of the table, with a column for each of `SEED_RANKINGS`.
    """
    response = Response.of(model, table.train)
    X = sample_rows(table.validation, options.rows, options.seed)
    forms = sparse_linear_forms(model, table, options.n_inputs)
    symbolic = SymbolicResponse(forms, response, X, table.names)
    blocks = disjoint_blocks(table.names, feature_info)
    rng = np.random.default_rng(options.seed)
    scores = (
        permutation_effect(response, X, table.train, options.levels),
        symbolic.sage_values(blocks, table.train.mean(axis=0), rng),
    )
    return pd.DataFrame(dict(zip(SEED_RANKINGS, scores, strict=True)))


def training_seed_agreement(
    encoder: str, scores: Mapping[int, pd.DataFrame], options: AgreementOptions
) -> pd.DataFrame:
    """Rank correlation of importance between training seeds, `what` is training_seed.

    Args:
        encoder: The encoder's name.
        scores: Training seed -> what `seed_scores` returns.
        options: Resamples, confidence.

    Returns:
        As `rank_agreement`, a row a ranking and pair of seeds.
    """
    rows = [
        (
            *("training_seed", ranking, f"seeds {a} and {b}"),
            *_spearman(scores[a][ranking], scores[b][ranking], options),
        )
        for ranking in SEED_RANKINGS
        for a, b in combinations(scores, 2)
    ]
    return named(encoder, pd.DataFrame(rows, columns=_COLUMNS))


def basis_agreement(
    importance: pd.DataFrame,
    redundancy: pd.DataFrame,
    first: str,
    second: str,
    options: AgreementOptions,
) -> pd.DataFrame:
    """Compare two encoders that are the same function in two latent bases, `what` is basis.

    What differs is a statement about the basis, not about the model.

    Args:
        importance: `encoder, feature, importance`.
        redundancy: `encoder, feature, kind, verdict`.
        first: An encoder, for instance `standard-8`.
        second: The same network in another basis, for instance `rotated-8`.
        options: Resamples, confidence.

    Returns:
        As `rank_agreement`, two rows of the first encoder: the rank correlation of `importance`,
        and of `verdict` the share of features that have the same one.
    """
    scores = importance.pivot_table(index="feature", columns="encoder", values="importance")
    single = redundancy[redundancy["kind"] != "group"]
    verdicts = single.pivot(index="feature", columns="encoder", values="verdict")
    same = int((verdicts[first] == verdicts[second]).sum())
    interval = binomtest(same, len(verdicts)).proportion_ci(options.confidence, method="wilson")
    share = (same / len(verdicts), float(interval.low), float(interval.high), len(verdicts))
    rows = [
        ("basis", "importance", second, *_spearman(scores[first], scores[second], options)),
        ("basis", "verdict", second, *share),
    ]
    return named(first, pd.DataFrame(rows, columns=_COLUMNS))


def sparse_linear_forms(model: Encoder, table: FeatureTable, n_inputs: int) -> dict[int, Formula]:
    """Fit every latent by a linear form of few features, on the training rows."""
    X, forms = table.train.astype(np.float64), {}
    for latent, z in enumerate(model.encode(table.train).T):
        moments = Moments.of(X, z)
        chosen = moments.best_choices([n_inputs])[0]
        weights = moments.least_squares(chosen)
        intercept = moments.mean_y - float(moments.mean_x[chosen] @ weights)
        used = {table.names[i]: float(w) for i, w in zip(chosen, weights, strict=True)}
        forms[latent] = Formula.linear(intercept, used, table.names)
    return forms


def _spearman(
    a: "pd.Series[float]", b: "pd.Series[float]", options: AgreementOptions
) -> tuple[float, float, float, int]:
    """Return the rank correlation with its interval over features and their number."""
    pair = np.column_stack([a, b]).astype(np.float64)

    def correlation(rows: NDArray[np.intp]) -> Values:
        ranks = rankdata(pair[rows], axis=1)
        ranks -= ranks.mean(axis=1, keepdims=True)
        both = (ranks[..., 0] * ranks[..., 1]).sum(axis=1)
        size = np.sqrt((ranks**2).sum(axis=1).prod(axis=1))
        return np.asarray(np.divide(both, size, out=np.full_like(size, np.nan), where=size > 0))

    return _bootstrap(correlation, len(pair), options)


def _bootstrap(
    statistic: Callable[[NDArray[np.intp]], Values], n: int, options: AgreementOptions
) -> tuple[float, float, float, int]:
    """Return a statistic of samples x row numbers, its percentile interval, and n.

    Args:
        statistic: From samples x n row numbers to a value a sample; NaN where there is none.
        n: Rows.
        options: Resamples, confidence, seed.
    """
    rng = np.random.default_rng(options.seed)
    found = statistic(rng.integers(n, size=(options.resamples, n)))
    found = found[np.isfinite(found)]
    tail = (1 - options.confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail]) if len(found) else (np.nan, np.nan)
    return float(statistic(np.arange(n)[None])[0]), float(low), float(high), n


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    columns = ["encoder", "variant", "latent_dim", *_COLUMNS]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
