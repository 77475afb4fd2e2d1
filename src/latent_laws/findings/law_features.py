"""The law of single features: FVU from the latent dimension and what the feature is like.

FVU lies between 0 (reconstructed) and 1 (no better than its mean), so the law is a logistic
curve, FVU = 1 / (1 + exp(g)), and the search is for g.
"""

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold

from latent_laws.findings.law_fitting import least_squares
from latent_laws.findings.law_points import EDGE, SMALLEST_FVU, FeatureErrors
from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.operon import OperonEngine, OperonOptions
from latent_laws.search.engines.sparse_linear import SparseLinearEngine, SparseLinearOptions
from latent_laws.search.problem import Problem

Array = NDArray[np.float64]
Predictor = Callable[[Array], Array]
Fit = Callable[[FeatureErrors], Predictor]

REFIT_ITERATIONS = 10
MAX_FEATURES = 80  # that the search sees; constants are fitted on all
LINEAR = SparseLinearOptions(max_inputs=4)
TOLERANCE = 0.03  # a more complex law must have an error smaller by more than this share
DIGITS = 6  # of the constants in the printed law
LOG_10 = float(np.log(10.0))


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

    Operon and sparse linear forms, with and without the term that vanishes at the rank (it helps
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
        problem = Problem(X, few.logit, names)
        found += OperonEngine().search(problem, options, seed)
        found += SparseLinearEngine().search(problem, LINEAR, seed)
    found.sort(key=lambda formula: formula.complexity)
    errors = np.array([_held_out_error(formula, few) for formula in found])
    simplest = int(np.argmax(errors <= errors.min() * (1.0 + TOLERANCE)))
    return refit(found[simplest], points)


def refit(formula: Formula, points: FeatureErrors) -> Formula:
    """Return g with the constants of least squared error of log10 FVU, from those it has."""
    if not formula.constants:
        return formula

    def curve(constants: Array) -> Array:
        refitted = [formula.with_constants([float(c) for c in row]) for row in constants]
        values = [one.evaluate(points.inputs, points.names) for one in refitted]
        return log10_fvu(np.stack(values))

    # The search sees the logit, which noise near FVU = 1 throws far off.
    start, weights = np.array([formula.constants]), np.ones((1, len(points.fvu)))
    (best,), _ = least_squares(curve, np.log10(points.fvu), weights, start, REFIT_ITERATIONS)
    return formula.with_constants([float(constant) for constant in best])


def _held_out_error(formula: Formula, points: FeatureErrors) -> float:
    """Return the rms error of log10 FVU at latent dimensions left out of the constants' fit.

    The smallest, the middle and the largest are left out in turn: forms go astray at the ends.
    """
    dims = np.unique(points.latent_dim)
    errors = []
    for dim in dims[[0, len(dims) // 2, -1]]:
        is_out = points.latent_dim == dim
        seen, left_out = points.where(~is_out), points.where(is_out)
        refitted = refit(formula, seen)
        predicted = log10_fvu(_values(refitted, left_out.inputs, points.names))
        errors.append(predicted - np.log10(left_out.fvu))
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


def log10_fvu(g: Array) -> Array:
    """Return log10 of 1 / (1 + exp(g)), clipped as the measurements are."""
    return np.maximum(-np.logaddexp(0.0, g) / LOG_10, np.log10(SMALLEST_FVU))


def _values(formula: Formula, X: Array, names: tuple[str, ...]) -> Array:
    """Evaluate g; where it is undefined the feature counts as not reconstructed."""
    return np.nan_to_num(formula.evaluate(X, names), nan=-np.inf)


def _linear(points: FeatureErrors) -> Predictor:
    mean = points.inputs.mean(axis=0)
    offset = float(points.logit.mean())
    weights = np.linalg.lstsq(points.inputs - mean, points.logit - offset, rcond=None)[0]
    return lambda X: np.asarray(offset + (X - mean) @ weights, dtype=np.float64)


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
    """Return 1 - squared error / squared deviation, for a y that varies."""
    deviation = max(float(((y - y.mean()) ** 2).sum()), np.finfo(float).tiny)
    return 1.0 - float(((y - predicted) ** 2).sum()) / deviation
