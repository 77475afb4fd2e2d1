"""Deletion curves: the test that decides between rankings of features.

Features are replaced by their mean, the most important first and the least important first. A good
ranking makes the autoencoder fail early in the first order and late in the second; the area between
the two curves is its score. With credit for what is deleted, the variance of an input alone goes a
long way, for the error of a deleted input is about its variance; so the score counts on the
features that are still there. Rankings are made on training and validation rows, deletion is
measured on test rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.findings.distillation import stacked
from latent_laws.findings.effects import sample_rows
from latent_laws.findings.response import Response, Rows, Values
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable

Order = NDArray[np.intp]
Curves = tuple[Values, Values]  # of the top and of the bottom order, each resamples x steps

RANDOM = "random"
CREDITS = {"with": "fvu", "without": "fvu_untouched"}
# Below this share of the variance the FVU of the untouched features says nothing.
_MIN_UNTOUCHED = 0.01


class DeletionOptions(StrictModel):
    """How features are deleted.

    Attributes:
        rows: Test rows.
        points: Numbers of deleted features at which FVU is measured, 0 and all among them.
        random_orders: Random rankings.
        resamples: Bootstrap resamples of the rows.
        confidence: Coverage of the intervals.
        seed: Of rows, resamples and random rankings.
    """

    rows: int = Field(default=1000, ge=10)
    points: int = Field(default=20, ge=2)
    random_orders: int = Field(default=5, ge=1)
    resamples: int = Field(default=400, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


def delete_features(
    scores: pd.DataFrame,
    rankings: Sequence[str],
    models: Mapping[str, Encoder],
    table: FeatureTable,
    options: DeletionOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Delete features in the order of each ranking, and of random ones.

    Args:
        scores: `encoder, feature` and a column a ranking, more important is higher.
        rankings: Columns to test.
        models: Encoder -> what encodes, and perhaps decodes.
        table: The features; a deleted feature takes its mean over the training rows.
        options: Rows, points, resamples.

    Returns:
        `deletion_curves`: `encoder, variant, latent_dim, ranking, order, k, fvu, fvu_untouched`;
        order is top or bottom, k the number of deleted features, `fvu_untouched` the FVU of the
        features that are still there (NaN where they hold less than 1 % of the variance, and
        without a decoder, where `fvu` is of the latents).
        `rankings`: `encoder, variant, latent_dim, ranking, credit, area, low, high, clears_next`;
        the area between both curves over the share of deleted features, with credit for deleted
        features or without, over the k where that is known for all rankings; its bootstrap
        interval over rows (of `random` that of random rankings); and whether the interval lies
        above that of the best of the other rankings.

    Raises:
        LatentLawsError: A ranking has no finite score for some feature.
    """
    X = sample_rows(table.test, options.rows, options.seed)
    curves: dict[str, pd.DataFrame] = {}
    areas: dict[str, pd.DataFrame] = {}
    for encoder, model in models.items():
        response = Response.of(model, table.train)
        deletion = _Deletion(response, X, table.train.mean(axis=0), options)
        own = scores[scores["encoder"] == encoder].set_index("feature").reindex(table.names)
        orders = {ranking: _descending(own[ranking], ranking, encoder) for ranking in rankings}
        curves[encoder], areas[encoder] = _of_encoder(deletion, orders, options)
    return stacked(curves), stacked(areas)


@dataclass(frozen=True)
class _Deleted:
    """FVU under every resample of the rows, resamples x steps; the first is the rows as they are.

    Attributes:
        fvu: Of all outputs.
        fvu_untouched: Of the inputs that are still there.
    """

    fvu: Values
    fvu_untouched: Values


class _Deletion:
    """Deletion on fixed rows of one encoder."""

    def __init__(
        self, response: Response, X: Rows, baseline: Rows, options: DeletionOptions
    ) -> None:
        self._response, self._X, self._baseline = response, X, baseline
        self._wanted = response.wanted(X)
        n, d = X.shape
        self.steps = np.unique(np.linspace(0, d, min(options.points, d + 1)).round().astype(int))
        rng = np.random.default_rng(options.seed)
        counts = rng.multinomial(n, np.full(n, 1 / n), options.resamples)
        self._weights = np.vstack([np.full(n, 1 / n), counts / n])
        mean = self._weights @ self._wanted
        self._variance = self._weights @ self._wanted**2 - mean**2
        self.random_orders = [rng.permutation(d) for _ in range(options.random_orders)]
        self._known: dict[tuple[int, ...], tuple[Values, Values]] = {}

    def along(self, order: Order) -> _Deleted:
        """Delete the first k features of an order, for every k."""
        parts = []
        for k in self.steps:
            # rankings often agree on the first few
            gone = np.sort(order[:k])
            if tuple(gone) not in self._known:
                self._known[tuple(gone)] = self._without(gone)
            parts.append(self._known[tuple(gone)])
        return _Deleted(*(np.stack(part, axis=1) for part in zip(*parts, strict=True)))

    def _without(self, gone: Order) -> tuple[Values, Values]:
        """Return FVU of all outputs and of the untouched ones, a resample each."""
        given = self._X.copy()
        given[:, gone] = self._baseline[gone]
        errors = (self._response.to_rows(given) - self._wanted) ** 2
        fvu = self._weights @ errors.sum(axis=1) / self._variance.sum(axis=1)
        if not self._response.model.can_decode:
            return fvu, np.full(len(fvu), np.nan)
        rest = np.delete(self._variance, gone, axis=1).sum(axis=1)
        if rest[0] < _MIN_UNTOUCHED * self._variance[0].sum():
            return fvu, np.full(len(fvu), np.nan)
        return fvu, self._weights @ np.delete(errors, gone, axis=1).sum(axis=1) / rest


def _of_encoder(
    deletion: _Deletion, orders: Mapping[str, Order], options: DeletionOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the curves and the areas of one encoder."""
    found = {
        ranking: (deletion.along(order), deletion.along(order[::-1]))
        for ranking, order in orders.items()
    }
    random = [
        (deletion.along(order), deletion.along(order[::-1])) for order in deletion.random_orders
    ]
    curves = [_curve_frame(ranking, pair, deletion.steps) for ranking, pair in found.items()]
    # a random ranking is as good as its reverse
    mixed = _mean([one for pair in random for one in pair])
    curves.append(_curve_frame(RANDOM, (mixed, mixed), deletion.steps))
    areas = [
        _areas(
            {ranking: _of_credit(pair, credit) for ranking, pair in found.items()},
            [_of_credit(pair, credit) for pair in random],
            deletion.steps,
            options.confidence,
        ).assign(credit=credit)
        for credit in CREDITS
    ]
    order = ["ranking", "credit", "area", "low", "high", "clears_next"]
    return pd.concat(curves, ignore_index=True), pd.concat(areas, ignore_index=True)[order]


def _mean(curves: Sequence[_Deleted]) -> _Deleted:
    """Return the mean of several curves; untouched where any of them is known."""
    untouched = np.stack([one.fvu_untouched for one in curves])
    known = np.isfinite(untouched)
    total = np.where(known, untouched, 0).sum(axis=0)
    mean = np.divide(total, known.sum(axis=0), out=np.full_like(total, np.nan), where=known.any(0))
    return _Deleted(np.mean([one.fvu for one in curves], axis=0), mean)


def _curve_frame(ranking: str, pair: tuple[_Deleted, _Deleted], steps: Order) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"k": steps, "fvu": one.fvu[0], "fvu_untouched": one.fvu_untouched[0]}).assign(
            ranking=ranking, order=order
        )
        for order, one in zip(("top", "bottom"), pair, strict=True)
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame[["ranking", "order", "k", "fvu", "fvu_untouched"]]


def _of_credit(pair: tuple[_Deleted, _Deleted], credit: str) -> Curves:
    top, bottom = (getattr(one, CREDITS[credit]) for one in pair)
    return top, bottom


def _areas(
    found: Mapping[str, Curves], random: Sequence[Curves], steps: Order, confidence: float
) -> pd.DataFrame:
    """Return the areas of all rankings, over the steps where all of their curves are known."""
    every = [*found.values(), *random]
    known = np.all([np.isfinite(curve).all(axis=0) for pair in every for curve in pair], axis=0)
    if known.sum() < 2:  # noqa: PLR2004 - an area needs two points
        return pd.DataFrame(columns=["ranking", "area", "low", "high", "clears_next"])
    tail = [(1 - confidence) / 2, (1 + confidence) / 2]
    rows = []
    for ranking, (top, bottom) in found.items():
        area = _area((top - bottom)[:, known], steps[known])
        rows.append((ranking, area[0], *np.quantile(area[1:], tail)))
    chance = np.array([_area((top - bottom)[:1, known], steps[known])[0] for top, bottom in random])
    rows.append((RANDOM, 0.0, *np.quantile([*chance, *-chance], tail)))
    frame = pd.DataFrame(rows, columns=["ranking", "area", "low", "high"])
    return frame.assign(clears_next=_clear(frame))


def _area(gap: Values, steps: Order) -> Values:
    """Return the mean height of each curve, rows x steps, by the trapezoid rule."""
    area: Values = np.trapezoid(gap, steps, axis=1) / (steps[-1] - steps[0])
    return area


def _clear(frame: pd.DataFrame) -> list[bool]:
    """Return whose interval lies above that of the best of all others."""
    best = [frame.loc[frame["area"].drop(index=place).idxmax(), "high"] for place in frame.index]
    return [bool(low > high) for low, high in zip(frame["low"], best, strict=True)]


def _descending(scores: "pd.Series[float]", ranking: str, encoder: str) -> Order:
    """Return the features' positions, the most important first, ties in column order."""
    values = scores.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        name = scores.index[~np.isfinite(values)][0]
        raise LatentLawsError(
            f"ranking '{ranking}' of encoder '{encoder}' has no finite score for '{name}'"
        )
    return np.argsort(-values, kind="stable")
