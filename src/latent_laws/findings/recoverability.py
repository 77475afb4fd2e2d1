"""Recoverability: how well features can be predicted from the others on held-out rows.

Everything is chosen on training and validation rows; test rows report the R².

Members of a one-hot group are exactly 1 minus the sum of the rest, so a feature is predicted from
features outside its own group, and the group is judged as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import ExtraTreesRegressor

from latent_laws.findings.blocks import Block, feature_blocks
from latent_laws.findings.response import Values
from latent_laws.scores import variances
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable


class RecoverabilityOptions(StrictModel):
    """How features are predicted from the others.

    Attributes:
        rows: Training rows of the regressions, at most.
        threshold: R² on the validation rows from which on a feature is recoverable.
        max_products: Numeric features up to which squares and products are terms of the ridge
            regression; with more of them it stays linear.
        ridge: Penalty, relative to the rows, on standardised terms.
        screen: R² of the ridge regression on the validation rows from which on trees are tried.
        max_forests: Features for which trees are tried, at most, those with the best R² first.
        predictors: Features that trees see: the numeric ones if there are no more, then those with
            the largest terms in the ridge regression.
        trees: Trees of a forest.
        seed: Of the forests.
    """

    rows: int = Field(default=5000, ge=10)
    threshold: float = Field(default=0.95, gt=0, le=1)
    max_products: int = Field(default=30, ge=0)
    ridge: float = Field(default=1e-5, gt=0)
    screen: float = Field(default=0.4, le=1)
    max_forests: int = Field(default=10, ge=0)
    predictors: int = Field(default=16, ge=1)
    trees: int = Field(default=40, ge=1)
    seed: int = 0


@dataclass(frozen=True)
class Prediction:
    """How well a block is predicted.

    Attributes:
        r2: On the test rows, pooled over the members of a block; NaN if they do not vary.
        r2_validation: On the validation rows, by which the regression was chosen.
        contributions: Shape (features,), size of each feature's terms in the ridge regression.
    """

    r2: float
    r2_validation: float
    contributions: Values


def recoverability(
    table: FeatureTable, feature_info: pd.DataFrame, options: RecoverabilityOptions
) -> pd.DataFrame:
    """Predict every feature and every group from the features outside its group.

    Args:
        table: The features.
        feature_info: The catalog's frame: `feature, group`.
        options: Regressions and the threshold.

    Returns:
        A row a feature, then a row a group: `feature, is_group, r2_from_others` (on the test rows;
        NaN for what is constant there), `recoverable`, `recoverable_from` (the three main
        predictors, separated by |, of what is recoverable, else None) and `jointly_recoverable`:
        whether it belongs to a set all of whose members can be predicted from the features outside
        the set. Two copies of one feature are recoverable both, jointly only one of them.
    """
    blocks = feature_blocks(table.names, feature_info)
    predictor = _Predictor(table, blocks, options)
    found = {block: predictor.quick(block) for block in blocks}
    undecided = _between(found, options.screen, options.threshold)
    for block in undecided[: options.max_forests]:
        found[block] = predictor.thorough(block)
    good = _between(found, options.threshold, np.inf)
    joint = _jointly(predictor, [one for one in good if not one.is_group], options.threshold)
    rows = [
        {
            **{"feature": block.name, "is_group": block.is_group},
            "r2_from_others": found[block].r2,
            "recoverable_from": _main_predictors(found[block], table.names)
            if block in good
            else None,
            "recoverable": block in good,
            "jointly_recoverable": block in joint,
        }
        for block in blocks
    ]
    return pd.DataFrame(rows)


def recoverable_without(
    removed: Sequence[str],
    candidates: Sequence[str],
    table: FeatureTable,
    feature_info: pd.DataFrame,
    options: RecoverabilityOptions,
) -> list[str]:
    """Return a set of candidates all of which can be predicted without it and what is removed.

    Args:
        removed: Features that are not there.
        candidates: Features, those that are tried first in front.
        table: The features.
        feature_info: The catalog's frame: `feature, group`.
        options: Regressions and the threshold.
    """
    if not candidates:
        return []
    blocks = feature_blocks(table.names, feature_info)
    named = {block.name: block for block in blocks if not block.is_group}
    gone = [column for name in removed for column in named[name].columns]
    tried = [named[name] for name in candidates]
    predictor = _Predictor(table, blocks, options)
    return [block.name for block in _jointly(predictor, tried, options.threshold, gone)]


def _between(found: Mapping[Block, Prediction], low: float, high: float) -> list[Block]:
    """Return the blocks whose R² on the validation rows is at least low, below high; best first."""
    chosen = [block for block, one in found.items() if low <= one.r2_validation < high]
    return sorted(chosen, key=lambda block: -found[block].r2_validation)


class _Predictor:
    """Regressions of a block on features outside its groups."""

    def __init__(
        self, table: FeatureTable, blocks: Sequence[Block], options: RecoverabilityOptions
    ) -> None:
        self._options = options
        self._train = table.train[: options.rows].astype(np.float64)
        self._held_out = [part.astype(np.float64) for part in (table.validation, table.test)]
        self._group = np.arange(len(table.names))
        for block in blocks:
            if block.is_group:
                self._group[list(block.columns)] = block.columns[0]
        self._numeric = numeric_columns(self._train)
        self._terms = product_terms(self._train, options.max_products)
        basis = expanded(self._train, self._terms)
        self._centre, self._scale = basis.mean(axis=0), basis.std(axis=0)
        basis = self._standardised(basis)
        gram = basis.T @ basis / len(basis)
        self._precision = np.linalg.inv(gram + options.ridge * np.eye(len(gram)))
        self._parts = [self._standardised(expanded(part, self._terms)) for part in self._held_out]

    def quick(self, block: Block, without: Iterable[int] = ()) -> Prediction:
        """Predict by ridge regression, on products of numeric features too if they are few.

        Args:
            block: Columns to predict.
            without: Columns that may not be used, beside the block's groups.
        """
        columns = list(block.columns)
        outside = ~np.isin(self._group, self._group[columns])
        outside[list(without)] = False
        kept = np.isin(self._terms, np.flatnonzero(outside)).all(axis=1)
        gone = np.flatnonzero(~kept)
        # -P_RS P_SS^-1 are the coefficients of the terms S by the terms R, P the precision matrix
        solved = np.linalg.solve(
            self._precision[np.ix_(gone, gone)], self._precision[gone][:, kept]
        )
        weights = -solved[np.searchsorted(gone, columns)].T
        scale, centre = self._scale[columns], self._centre[columns]
        sizes, contributions = np.abs(weights).sum(axis=1), np.zeros(len(outside))
        for side in self._terms[kept].T:
            np.add.at(contributions, side, sizes)
        predicted = [part[:, kept] @ weights * scale + centre for part in self._parts]
        return self._judged(columns, predicted, contributions)

    def thorough(self, block: Block, without: Iterable[int] = ()) -> Prediction:
        """Predict by ridge regression and by trees; the better on the validation rows counts."""
        quick, columns = self.quick(block, without), list(block.columns)
        seen = self._main_columns(quick.contributions)
        open_to_trees = self._options.screen <= quick.r2_validation < self._options.threshold
        if not open_to_trees or not len(seen):
            return quick
        forest = ExtraTreesRegressor(
            self._options.trees, min_samples_leaf=2, random_state=self._options.seed
        )
        y = self._train[:, columns]
        forest.fit(self._train[:, seen], y[:, 0] if len(columns) == 1 else y)
        predicted = [
            forest.predict(part[:, seen]).reshape(len(part), -1) for part in self._held_out
        ]
        judged = self._judged(columns, predicted, quick.contributions)
        return judged if judged.r2_validation > quick.r2_validation else quick

    def _main_columns(self, contributions: Values) -> NDArray[np.intp]:
        """Return the columns that trees see: numeric ones first, then by contribution."""
        few = len(self._numeric) <= self._options.predictors
        first = np.isin(np.arange(len(contributions)), self._numeric) & few
        order = np.lexsort((-contributions, ~first))
        return order[contributions[order] > 0][: self._options.predictors]

    def _standardised(self, basis: Values) -> Values:
        """Return terms with mean 0 and deviation 1 in the training rows, constant ones as 0."""
        varies = self._scale > 1e-9  # noqa: PLR2004 - rounding
        return np.where(varies, (basis - self._centre) / np.where(varies, self._scale, 1), 0)

    def _judged(
        self, columns: list[int], predicted: list[Values], contributions: Values
    ) -> Prediction:
        validation, test = (
            _r2(part[:, columns], values)
            for part, values in zip(self._held_out, predicted, strict=True)
        )
        return Prediction(test, validation, contributions)


def _jointly(
    predictor: _Predictor, candidates: Sequence[Block], threshold: float, gone: Sequence[int] = ()
) -> list[Block]:
    """Remove features one by one, as long as all removed ones are predicted by what is left."""
    removed: list[Block] = []
    for block in candidates:
        tried = [block, *removed]
        without = [*gone, *(column for one in tried for column in one.columns)]
        if all(predictor.thorough(one, without).r2_validation >= threshold for one in tried):
            removed = tried
    return removed


def numeric_columns(X: Values) -> list[int]:
    """Return the columns with more than two values: the square of the others is the same again."""
    return [column for column in range(X.shape[1]) if len(np.unique(X[:, column])) > 2]  # noqa: PLR2004


def product_terms(X: Values, max_products: int) -> NDArray[np.intp]:
    """Return pairs of columns: every column with itself, then the products of numeric ones.

    Args:
        X: Training rows x features.
        max_products: Numeric features up to which there are products.

    Returns:
        Shape (terms, 2).
    """
    numeric = numeric_columns(X)
    single = [(column, column) for column in range(X.shape[1])]
    multiplied = numeric if len(numeric) <= max_products else []
    return np.array([*single, *combinations_with_replacement(multiplied, 2)], dtype=np.intp)


def expanded(X: Values, terms: NDArray[np.intp]) -> Values:
    """Return rows x terms: the columns as they are, then the products."""
    first, second = terms[X.shape[1] :].T
    return np.hstack([X, X[:, first] * X[:, second]])


def _r2(y: Values, predicted: Values) -> float:
    """R² pooled over columns; NaN if none varies."""
    variance = variances(y).sum()
    return float(1 - ((y - predicted) ** 2).mean(axis=0).sum() / variance) if variance else np.nan


def _main_predictors(prediction: Prediction, names: Sequence[str]) -> str:
    best = np.argsort(-prediction.contributions, kind="stable")[:3]
    return "|".join(names[column] for column in best if prediction.contributions[column] > 0)
