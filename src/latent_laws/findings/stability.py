"""Stability: what stays when the search seed, the training seed or the latent basis changes."""

import warnings
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import spearmanr
from scipy.stats import t as student
from sklearn.linear_model import orthogonal_mp_gram

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.attribution import permutation_effect
from latent_laws.findings.blocks import disjoint_blocks
from latent_laws.findings.effects import Values, sample_rows
from latent_laws.findings.sage import SymbolicAutoencoder
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable

SEED_RANKINGS = ("permutation", "sparse_linear")


class StabilityOptions(BaseModel):
    """How stability is measured.

    Attributes:
        rows: Validation rows.
        levels: Levels that a numeric feature runs through.
        n_inputs: Features of each sparse linear form that stands for a formula.
        resamples: Bootstrap resamples of the latents.
        confidence: Coverage of the intervals.
        seed: Of rows and resamples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=200, ge=10)
    levels: int = Field(default=3, ge=2)
    n_inputs: int = Field(default=10, ge=1)
    resamples: int = Field(default=1000, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


def search_seed_stability(
    search_stability: pd.DataFrame, options: StabilityOptions
) -> pd.DataFrame:
    """Average the Jaccard index of the variables of several search seeds.

    Args:
        search_stability: The catalog's frame: `encoder, latent, seed, jaccard`.
        options: Resamples of the latents, confidence.

    Returns:
        A row an encoder: `encoder, n_latents, n_seeds, jaccard, jaccard_low, jaccard_high`.
    """
    rows = []
    for encoder, group in search_stability.groupby("encoder", sort=False):
        by_latent = group.groupby("latent")["jaccard"].mean().dropna().to_numpy(dtype=np.float64)
        low, high = _bootstrapped_mean(by_latent, options)
        counts = {"n_latents": len(by_latent), "n_seeds": group["seed"].nunique()}
        interval = {"jaccard": by_latent.mean(), "jaccard_low": low, "jaccard_high": high}
        rows.append({"encoder": encoder, **counts, **interval})
    return pd.DataFrame(rows)


def training_seed_importance(
    models: Mapping[str, Mapping[int, Encoder]],
    table: FeatureTable,
    feature_info: pd.DataFrame,
    options: StabilityOptions,
) -> pd.DataFrame:
    """Importance in encoders of several training seeds.

    Single latents of two trainings do not correspond, so only what is measured on the
    reconstruction is compared. Formulas are searched for one seed; sparse linear forms stand for
    them in every seed.

    Args:
        models: Encoder -> training seed -> autoencoder of one latent dimension.
        table: The features.
        feature_info: The catalog's frame: `feature, group`.
        options: Rows, levels, inputs of a form.

    Returns:
        A row an encoder, seed and feature: `encoder, seed, feature, permutation` (through the
        network) and `sparse_linear` (through the forms and the decoder), as shares with sum 1.
    """
    frames = []
    for encoder, by_seed in models.items():
        for seed, model in by_seed.items():
            scores = _network_and_forms(model, table, feature_info, options)
            shares = {name: score / max(score.sum(), 1e-300) for name, score in scores.items()}
            where = {"encoder": encoder, "seed": seed, "feature": table.names}
            frames.append(pd.DataFrame({**where, **shares}))
    return pd.concat(frames, ignore_index=True)


def training_seed_agreement(importance: pd.DataFrame) -> pd.DataFrame:
    """Rank correlation of importance between training seeds.

    Args:
        importance: What `training_seed_importance` returns.

    Returns:
        A row an encoder, ranking and pair of seeds: `encoder, ranking, seed_a, seed_b, spearman`.
    """
    rows = []
    for encoder, group in importance.groupby("encoder", sort=False):
        for ranking in SEED_RANKINGS:
            wide = group.pivot_table(index="feature", columns="seed", values=ranking)
            for a, b in combinations(wide.columns, 2):
                where = {"encoder": encoder, "ranking": ranking, "seed_a": a, "seed_b": b}
                rows.append({**where, "spearman": rank_correlation(wide[a], wide[b])})
    return pd.DataFrame(rows, columns=["encoder", "ranking", "seed_a", "seed_b", "spearman"])


def training_seed_intervals(importance: pd.DataFrame, options: StabilityOptions) -> pd.DataFrame:
    """Mean importance over training seeds with Student's interval.

    Args:
        importance: What `training_seed_importance` returns.
        options: Confidence.

    Returns:
        A row an encoder, ranking and feature: `encoder, ranking, feature, n_seeds, mean, low,
        high`; low and high are NaN for a single seed.
    """
    long = importance.melt(["encoder", "seed", "feature"], list(SEED_RANKINGS), "ranking", "share")
    keys = ["encoder", "ranking", "feature"]
    frame = long.groupby(keys, sort=False)["share"].agg(["size", "mean", "std"]).reset_index()
    n_seeds = frame["size"].to_numpy()
    reach = student.ppf((1 + options.confidence) / 2, np.maximum(n_seeds - 1, 1))
    half = reach * frame["std"] / np.sqrt(n_seeds)
    frame = frame.assign(low=frame["mean"] - half, high=frame["mean"] + half)
    return frame.rename(columns={"size": "n_seeds"})[[*keys, "n_seeds", "mean", "low", "high"]]


def basis_agreement(
    importance: pd.DataFrame, redundancy: pd.DataFrame, first: str, second: str
) -> dict[str, object]:
    """Compare two encoders that are the same function in two latent bases.

    Args:
        importance: `encoder, feature` and scores.
        redundancy: `encoder, feature, kind, verdict`.
        first: An encoder, for instance `standard`.
        second: The same network in another basis, for instance `rotated`.

    Returns:
        `first, second`; `spearman` of each score; `n_verdicts, n_agree`; `flips`, a list of
        [feature, verdict in the first, verdict in the second]: statements about the basis, not
        about the model.
    """
    correlations = {}
    for score in ("importance", "excess_frequency", "variance_share", "reconstruction_share"):
        if score in importance.columns:
            wide = importance.pivot_table(index="feature", columns="encoder", values=score)
            correlations[score] = rank_correlation(wide[first], wide[second])
    keys = redundancy.assign(key=redundancy["kind"].eq("group"))
    verdicts = keys.pivot(index=["key", "feature"], columns="encoder", values="verdict")
    flipped = verdicts[verdicts[first] != verdicts[second]]
    flips = [
        [feature, row[first], row[second]]
        for (_, feature), row in zip(flipped.index, flipped.to_dict("records"), strict=True)
    ]
    counts = {"n_verdicts": len(verdicts), "n_agree": len(verdicts) - len(flips)}
    return {"first": first, "second": second, "spearman": correlations, **counts, "flips": flips}


def sparse_linear_forms(model: Encoder, table: FeatureTable, n_inputs: int) -> dict[int, Formula]:
    """Fit every latent by a linear form of few features, by orthogonal matching pursuit.

    Args:
        model: The autoencoder.
        table: The features; forms are fitted on the training rows.
        n_inputs: Features of a form.

    Returns:
        Latent -> form.
    """
    X = table.train.astype(np.float64)
    mean, scale = X.mean(axis=0), X.std(axis=0)
    varying = np.flatnonzero(scale > 0)
    Z = model.encode(table.train)
    scaled = (X[:, varying] - mean[varying]) / scale[varying]
    weights = _pursued(scaled, Z - Z.mean(axis=0), n_inputs) / scale[varying, None]
    names = [table.names[column] for column in varying]
    forms = {}
    for latent, own in enumerate(weights.T):
        used = {names[i]: float(own[i]) for i in np.flatnonzero(own)}
        forms[latent] = Formula.linear(
            float(Z[:, latent].mean() - mean[varying] @ own), used, names
        )
    return forms


def _network_and_forms(
    model: Encoder, table: FeatureTable, feature_info: pd.DataFrame, options: StabilityOptions
) -> dict[str, Values]:
    """Return both scores of one autoencoder, in the order of `SEED_RANKINGS`."""
    X = sample_rows(table.validation, options.rows, options.seed)
    forms = sparse_linear_forms(model, table, options.n_inputs)
    symbolic = SymbolicAutoencoder(forms, model, X, table.names)
    blocks = disjoint_blocks(table.names, feature_info)
    rng = np.random.default_rng(options.seed)
    scores = (
        permutation_effect(model, X, table.train, options.levels),
        symbolic.sage_values(blocks, table.train.mean(axis=0), rng),
    )
    return dict(zip(SEED_RANKINGS, scores, strict=True))


def rank_correlation(a: "pd.Series[float]", b: "pd.Series[float]") -> float:
    """Spearman's rank correlation; NaN if one of them is constant."""
    return float(spearmanr(a, b).statistic) if a.nunique() > 1 and b.nunique() > 1 else np.nan


def _pursued(X: Values, Y: Values, n_inputs: int) -> Values:
    """Return the weights of sparse linear forms of Y: shape (features, outputs)."""
    # a trace of ridge, for one-hot groups are collinear
    gram = X.T @ X / len(X) + 1e-6 * np.eye(X.shape[1])
    count = min(n_inputs, X.shape[1])
    with warnings.catch_warnings():
        # it warns when a form is exact before it has all its inputs, which is no fault
        warnings.filterwarnings("ignore", message="Orthogonal matching pursuit ended")
        weights = orthogonal_mp_gram(gram, X.T @ Y / len(X), n_nonzero_coefs=count)
    return np.asarray(weights, dtype=np.float64).reshape(X.shape[1], Y.shape[1])


def _bootstrapped_mean(values: Values, options: StabilityOptions) -> tuple[float, float]:
    """Return the interval of the mean under resampling."""
    rng = np.random.default_rng(options.seed)
    means = rng.choice(values, size=(options.resamples, len(values))).mean(axis=1)
    tail = (1 - options.confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
