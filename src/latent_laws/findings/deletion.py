"""Deletion curves: the test that decides between rankings of features.

Features are replaced by their mean, the most important first, the least important first, and in
random order. A good ranking makes the autoencoder fail early in the first order and late in the
second.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.findings.effects import Rows, Values, sample_rows
from latent_laws.tables.table import FeatureTable

Order = NDArray[np.intp]

# Below this share of the variance the FVU of the untouched features says nothing.
_MIN_UNTOUCHED = 0.01


class DeletionOptions(BaseModel):
    """How features are deleted.

    Attributes:
        rows: Test rows.
        points: Numbers of deleted features at which FVU is measured, 0 and all among them.
        random_orders: Random orders that are averaged.
        seed: Of the rows and the random orders.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=600, ge=10)
    points: int = Field(default=28, ge=2)
    random_orders: int = Field(default=10, ge=1)
    seed: int = 0


def deletion_curves(
    scores: pd.DataFrame,
    rankings: tuple[str, ...],
    models: Mapping[str, Encoder],
    table: FeatureTable,
    options: DeletionOptions,
) -> pd.DataFrame:
    """Delete features in the order of each ranking.

    Args:
        scores: `encoder, feature` and a column a ranking, more important is higher.
        rankings: Columns to test.
        models: Encoder -> what encodes and decodes.
        table: The features; a deleted feature takes its mean over the training rows.
        options: Rows, points, random orders.

    Returns:
        `encoder, ranking, order, k, fvu, fvu_untouched`; order is top, bottom or random (the same
        curve for every ranking of an encoder), k the number of deleted features, `fvu_untouched`
        the FVU of the features that are still there (NaN if they hold less than 1 % of the
        variance).

    Raises:
        LatentLawsError: A ranking has no finite score for some feature.
    """
    X = sample_rows(table.test, options.rows, options.seed)
    frames = []
    for encoder, model in models.items():
        deletion = _Deletion(model, X, table.train.mean(axis=0), options)
        chosen = scores[scores["encoder"] == encoder].set_index("feature").reindex(table.names)
        random = deletion.random().assign(order="random")
        for ranking in rankings:
            ascending = _ascending(chosen[ranking], ranking, encoder)
            top = deletion.curve(ascending[::-1]).assign(order="top")
            bottom = deletion.curve(ascending).assign(order="bottom")
            made = pd.concat([top, bottom, random], ignore_index=True)
            frames.append(made.assign(encoder=encoder, ranking=ranking))
    columns = ["encoder", "ranking", "order", "k", "fvu", "fvu_untouched"]
    return pd.concat(frames, ignore_index=True)[columns]


def deletion_scores(curves: pd.DataFrame) -> pd.DataFrame:
    """Score rankings by the areas between their curves, over the share of deleted features.

    Args:
        curves: What `deletion_curves` returns.

    Returns:
        A row an encoder and ranking, the best of an encoder first: `encoder, ranking, score` (top
        above bottom, in FVU), `score_random` (top above random), `score_untouched` (top above
        bottom on the untouched features, over the k where both are known).
    """
    rows = [
        {"encoder": encoder, "ranking": ranking, **_areas(group)}
        for (encoder, ranking), group in curves.groupby(["encoder", "ranking"], sort=False)
    ]
    columns = ["encoder", "ranking", "score", "score_random", "score_untouched"]
    frame = pd.DataFrame(rows, columns=columns)
    position = {encoder: i for i, encoder in enumerate(frame["encoder"].unique())}
    order = frame.assign(at=frame["encoder"].map(position)).sort_values(
        ["at", "score"], ascending=[True, False], kind="stable"
    )
    return order.drop(columns="at").reset_index(drop=True)


def fvu_without(
    model: Encoder, X: Rows, baseline: Rows, deleted: NDArray[np.bool_]
) -> tuple[float, float]:
    """FVU of an autoencoder some of whose inputs are replaced.

    Args:
        model: The autoencoder.
        X: Rows x features.
        baseline: Shape (features,), what a deleted feature is replaced by.
        deleted: Shape (features,).

    Returns:
        FVU against X over all features, and over those not deleted (NaN if they hold less than
        1 % of the variance).
    """
    given = np.where(deleted, baseline, X).astype(np.float32)
    errors = ((model.reconstruct(given) - X.astype(np.float64)) ** 2).mean(axis=0)
    variance = X.astype(np.float64).var(axis=0)
    rest = variance[~deleted].sum()
    known = rest >= _MIN_UNTOUCHED * variance.sum()
    untouched = errors[~deleted].sum() / rest if known else np.nan
    return float(errors.sum() / variance.sum()), float(untouched)


class _Deletion:
    """Deletion on fixed rows of one autoencoder."""

    def __init__(self, model: Encoder, X: Rows, baseline: Rows, options: DeletionOptions) -> None:
        self._model, self._X, self._baseline = model, X, baseline
        d = X.shape[1]
        self._steps = np.unique(np.linspace(0, d, min(options.points, d + 1)).round().astype(int))
        rng = np.random.default_rng(options.seed)
        self._random_orders = [rng.permutation(d) for _ in range(options.random_orders)]

    def curve(self, order: Order) -> pd.DataFrame:
        """Delete the first k features of an order, for every k: `k, fvu, fvu_untouched`."""
        rows = []
        for k in self._steps:
            deleted = np.zeros(len(order), dtype=bool)
            deleted[order[:k]] = True
            fvu, untouched = fvu_without(self._model, self._X, self._baseline, deleted)
            rows.append({"k": int(k), "fvu": fvu, "fvu_untouched": untouched})
        return pd.DataFrame(rows)

    def random(self) -> pd.DataFrame:
        """Average the curves of the random orders; untouched where any of them is known."""
        curves = pd.concat([self.curve(order) for order in self._random_orders])
        return curves.groupby("k", as_index=False).mean()


def _ascending(scores: "pd.Series[float]", ranking: str, encoder: str) -> Order:
    """Return the features' positions, the least important first, ties in column order reversed."""
    values = scores.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        name = scores.index[~np.isfinite(values)][0]
        raise LatentLawsError(
            f"ranking '{ranking}' of encoder '{encoder}' has no finite score for '{name}'"
        )
    return np.argsort(-values, kind="stable")[::-1]


def _areas(curves: pd.DataFrame) -> dict[str, float]:
    """Return the areas between the curves of one ranking."""
    fvu = curves.pivot_table(index="k", columns="order", values="fvu")
    untouched = curves.pivot_table(index="k", columns="order", values="fvu_untouched")
    gap = untouched["top"] - untouched["bottom"]
    return {
        "score": _area(fvu["top"] - fvu["bottom"]),
        "score_random": _area(fvu["top"] - fvu["random"]),
        "score_untouched": _area(gap.dropna()),
    }


def _area(gap: "pd.Series[float]") -> float:
    """Return the mean height of a curve over k, by the trapezoid rule."""
    k: Values = gap.index.to_numpy(dtype=np.float64)
    return float(np.trapezoid(gap.to_numpy(), k) / (k[-1] - k[0])) if len(k) > 1 else np.nan
