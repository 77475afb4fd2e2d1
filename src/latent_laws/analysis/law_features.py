"""The law of single features: FVU from the latent dimension and what the feature is like.

FVU lies between 0 (reconstructed) and 1 (no better than its mean), so the law is a logistic
curve, FVU = 1 / (1 + exp(g)), and the search is for g.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold

from latent_laws.features.table import FeatureTable
from latent_laws.symbolic.constants import refit
from latent_laws.symbolic.engines.operon import OperonEngine, OperonOptions
from latent_laws.symbolic.formula import Formula

Array = NDArray[np.float64]
Predictor = Callable[[Array], Array]
Fit = Callable[["FeatureErrors"], Predictor]

RIDGE = 1e-6  # of the mean variance: enough where one-hot columns add up to one
SMALLEST_FVU, LARGEST_FVU = 1e-6, 1.0 - 1e-3  # beyond them the logit is noise
SMALLEST_SPREAD = 1e-3  # standard deviation over mean below which an input says nothing
MAX_FEATURES = 80  # that the search sees; constants are fitted on all
EDGE = "log_edge"
LOG_10 = float(np.log(10.0))
DIGITS = 6  # of the constants in the printed law


@dataclass(frozen=True)
class FeatureErrors:
    """One point a feature and latent dimension.

    Attributes:
        feature: Name, points.
        latent_dim: Points.
        fvu: Mean over the seeds, clipped to `SMALLEST_FVU` from below, points.
        inputs: What the law may use, points x inputs.
        names: Of the inputs, as the search sees them.
        meaning: For each input, the formula that it stands for.
    """

    feature: NDArray[np.object_]
    latent_dim: Array
    fvu: Array
    inputs: Array
    names: tuple[str, ...]
    meaning: Mapping[str, str]

    @property
    def logit(self) -> Array:
        """Return g of FVU = 1 / (1 + exp(g)), points."""
        clipped = np.minimum(self.fvu, LARGEST_FVU)
        return np.log((1.0 - clipped) / clipped)

    def where(self, mask: NDArray[np.bool_]) -> "FeatureErrors":
        """Return the points of a mask."""
        return replace(
            self,
            feature=self.feature[mask],
            latent_dim=self.latent_dim[mask],
            fvu=self.fvu[mask],
            inputs=self.inputs[mask],
        )

    def sample(self, n_features: int, seed: int) -> "FeatureErrors":
        """Return the points of at most `n_features` features, drawn by the seed."""
        features = np.array(sorted(set(self.feature)), dtype=object)
        drawn = np.random.default_rng(seed).permutation(features)[:n_features]
        return self.where(np.isin(self.feature, drawn))


def predictability(
    table: FeatureTable, groups: Mapping[str, str] | None = None
) -> "pd.Series[float]":
    """Return how well each feature follows from the others, by ridge regression.

    Args:
        table: Fitted on the train rows, measured on the validation rows.
        groups: Feature -> one-hot group. A feature is predicted from the features outside its
            group, since within it the columns add up to one.

    Returns:
        R² by feature, from 0 (also where it does not vary on the validation rows) to 1.
    """
    names = pd.Index(table.names)
    group = names.to_series().replace(dict(groups or {})).to_numpy()
    train = table.train.astype(np.float64)
    held_out = table.validation.astype(np.float64) - train.mean(axis=0)
    covariance = np.cov(train, rowvar=False, bias=True).reshape(len(names), len(names))
    covariance += RIDGE * np.trace(covariance) / len(names) * np.eye(len(names))
    precision = np.linalg.inv(covariance)
    r2 = np.zeros(len(names))
    for name in dict.fromkeys(group):
        own = np.flatnonzero(group == name)
        # The residual of the block given the rest: X P[:, own] P[own, own]^-1.
        residual = held_out @ np.linalg.solve(precision[np.ix_(own, own)], precision[own]).T
        variance = held_out[:, own].var(axis=0)
        explained = 1.0 - (residual**2).mean(axis=0) / np.maximum(variance, np.finfo(float).tiny)
        r2[own] = np.where(variance > 0, explained.clip(0.0, 1.0), 0.0)
    return pd.Series(r2, index=names)


def feature_points(
    errors: pd.DataFrame, traits: Mapping[str, "pd.Series[float]"], rank: int
) -> FeatureErrors:
    """Put together what the law of single features is fitted on.

    Args:
        errors: Rows of one variant in `reconstruction_errors`.
        traits: Name -> value by feature; `std` must be among them. A trait that is (nearly) the
            same for all features is left out.
        rank: Rank of the data matrix, above every latent dimension.

    Returns:
        A point for each latent dimension and each feature with a standard deviation.
    """
    std = traits["std"]
    varying = std.index[std > SMALLEST_FVU * std.max()]
    points = (
        errors[errors["feature"].isin(varying) & np.isfinite(errors["fvu"])]
        .groupby(["latent_dim", "feature"], sort=False)["fvu"]
        .mean()
        .reset_index()
    )
    m = points["latent_dim"].to_numpy(np.float64)
    columns = {
        "log_latent_dim": ("log(latent_dim)", np.log(m)),
        "latent_dim": ("latent_dim", m),
        EDGE: (f"log(1 - latent_dim/{rank})", np.log(1.0 - m / rank)),
    }
    for name, trait in traits.items():
        values = points["feature"].map(trait).fillna(0.0).to_numpy(np.float64)
        if values.std() <= SMALLEST_SPREAD * abs(values.mean()):
            continue
        columns[name] = (name, values)
        if values.min() > 0:
            columns[f"log_{name}"] = (f"log({name})", np.log(values))
    return FeatureErrors(
        feature=points["feature"].to_numpy(object),
        latent_dim=m,
        fvu=np.maximum(points["fvu"].to_numpy(np.float64), SMALLEST_FVU),
        inputs=np.column_stack([values for _, values in columns.values()]),
        names=tuple(columns),
        meaning={name: text for name, (text, _) in columns.items()},
    )


def feature_law(
    points: FeatureErrors, options: OperonOptions, folds: int, seed: int
) -> dict[str, object]:
    """Search the law of single features and judge it on what it has not seen.

    Args:
        points: The data.
        options: Of the search.
        folds: Groups of features to leave out in turn.
        seed: Of the search and of gradient boosting.

    Returns:
        JSON: the law, R² of log10 FVU and of FVU with each latent dimension and each group of
        features left out (the search is repeated without them), beside a logistic curve linear in
        the same inputs and the ceiling, gradient boosting; `share_of_ceiling` on log10 FVU.
    """

    def search(seen: FeatureErrors) -> Predictor:
        law = search_law(seen, options, seed)
        return lambda X: _values(law, X, seen.names)

    fits: dict[str, Fit] = {"law": search, "linear": _linear, "gradient_boosting": _boosting(seed)}
    splits = {
        "leave_one_latent_dim_out": _by_value(points.latent_dim),
        "leave_features_out": _by_feature(points, folds),
    }
    validation: dict[str, object] = {
        name: _compare(points, split, fits) for name, split in splits.items()
    }
    formula = spelled_out(search_law(points, options, seed), points)
    return {
        "expression": formula.expression,
        "complexity": formula.complexity,
        "inputs": list(formula.features),
        "n_points": len(points.fvu),
        "n_features": len(set(points.feature)),
        "validation": validation,
    }


def spelled_out(g: Formula, points: FeatureErrors) -> Formula:
    """Return the FVU as a formula in the latent dimension and the feature's traits.

    Args:
        g: The formula that was found, in the names of the search's inputs.
        points: Says what each input stands for.

    Returns:
        1 / (1 + exp(g)), constants rounded to six digits.
    """
    variables = ["latent_dim", *(n for n in points.names if points.meaning[n] == n)]
    text = re.sub(
        r"[A-Za-z_]\w*",
        lambda word: points.meaning.get(word[0], word[0]),
        g.round(DIGITS).expression,
    )
    return Formula.parse(f"1/(1 + exp({text}))", list(dict.fromkeys(variables)))


def search_law(points: FeatureErrors, options: OperonOptions, seed: int) -> Formula:
    """Search g, and choose among what is found by leaving latent dimensions out.

    Operon and a linear form, each with and without the term that vanishes at the rank (it helps
    where errors plunge there, and extrapolates wildly where they do not).

    Args:
        points: The data; the search sees at most `MAX_FEATURES` features of it.
        options: Of Operon.
        seed: Of the search.

    Returns:
        g in the names of the inputs, its constants refitted on all points.
    """
    few = points.sample(MAX_FEATURES, seed)
    found: list[Formula] = []
    for names in (points.names, tuple(name for name in points.names if name != EDGE)):
        X = few.inputs[:, [points.names.index(name) for name in names]]
        found += OperonEngine().search(X, few.logit, names, options, seed)
        found.append(_linear_formula(X, few.logit, names))
    best = min(found, key=lambda formula: _held_out_error(formula, few))
    return refit(best, points.inputs, points.logit, points.names)


def _held_out_error(formula: Formula, points: FeatureErrors) -> float:
    """Return the squared error of log10 FVU at latent dimensions left out of the constants' fit.

    The smallest, the middle and the largest are left out in turn: forms go astray at the ends.
    """
    dims = np.unique(points.latent_dim)
    total = 0.0
    for dim in dims[[0, len(dims) // 2, -1]]:
        seen, left_out = (
            points.where(points.latent_dim != dim),
            points.where(points.latent_dim == dim),
        )
        refitted = refit(formula, seen.inputs, seen.logit, seen.names)
        predicted = log10_fvu(_values(refitted, left_out.inputs, points.names))
        total += float(((predicted - np.log10(left_out.fvu)) ** 2).sum())
    return total


def log10_fvu(g: Array) -> Array:
    """Return log10 of 1 / (1 + exp(g)), clipped as the measurements are."""
    return np.maximum(-np.logaddexp(0.0, g) / LOG_10, np.log10(SMALLEST_FVU))


def _values(formula: Formula, X: Array, names: tuple[str, ...]) -> Array:
    """Evaluate g; where it is undefined the feature counts as not reconstructed."""
    return np.nan_to_num(formula.evaluate(X, names), nan=-np.inf)


def _linear(points: FeatureErrors) -> Predictor:
    formula = _linear_formula(points.inputs, points.logit, points.names)
    return lambda X: formula.evaluate(X, points.names)


def _linear_formula(X: Array, y: Array, names: tuple[str, ...]) -> Formula:
    mean = X.mean(axis=0)
    weights = np.linalg.lstsq(X - mean, y - y.mean(), rcond=None)[0]
    by_name = dict(zip(names, map(float, weights), strict=True))
    return Formula.linear(float(y.mean() - weights @ mean), by_name, names)


def _boosting(seed: int) -> Fit:
    def fit(points: FeatureErrors) -> Predictor:
        model = HistGradientBoostingRegressor(min_samples_leaf=10, random_state=seed)
        model.fit(points.inputs, points.logit)
        return lambda X: np.asarray(model.predict(X), dtype=np.float64)

    return fit


def _by_value(values: Array) -> list[NDArray[np.bool_]]:
    """Return, for each value, the mask of the points that are left out with it."""
    return [values == value for value in np.unique(values)]


def _by_feature(points: FeatureErrors, folds: int) -> list[NDArray[np.bool_]]:
    folds = min(folds, len(set(points.feature)))
    splits = GroupKFold(folds).split(points.inputs, groups=points.feature)
    return [np.isin(np.arange(len(points.fvu)), left_out) for _, left_out in splits]


def _compare(
    points: FeatureErrors, masks: list[NDArray[np.bool_]], fits: Mapping[str, Fit]
) -> dict[str, object]:
    """Return each method's R² on the points that it has not seen."""
    scores: dict[str, dict[str, float]] = {}
    for name, fit in fits.items():
        predicted = np.empty(len(points.fvu))
        for mask in masks:
            predicted[mask] = log10_fvu(fit(points.where(~mask))(points.inputs[mask]))
        scores[name] = {
            "r2_log10": r2(np.log10(points.fvu), predicted),
            "r2": r2(points.fvu, 10.0**predicted),
        }
    ceiling = scores["gradient_boosting"]["r2_log10"]
    return {
        **scores,
        "share_of_ceiling": scores["law"]["r2_log10"] / ceiling if ceiling > 0 else None,
    }


def r2(y: Array, predicted: Array) -> float:
    """Return 1 - squared error / squared deviation."""
    return 1.0 - float(((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())
