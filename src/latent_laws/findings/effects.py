"""Effect of an input on a function: the variance that the input alone can cause.

The effect of feature j on f is E[Var(f | all features but j)], with x_j drawn from its own
column independently of the rest: half the mean squared change that permuting the column causes
(Jansen's estimator of a total Sobol index). It is computed here by running through levels of x_j
in place of random permutations, so that there is no sampling noise from the draw and rare
categories count with their exact frequency.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latent_laws.findings.response import Rows, Values

_MAX_DISTINCT = 64


@dataclass(frozen=True)
class Levels:
    """Values that a block of columns runs through, with their probabilities.

    Attributes:
        values: Shape (levels, columns of the block).
        weights: Shape (levels,), sum 1.
        variance: Variance of the block in the reference rows, summed over its columns.
        scale: Factor from variance over the levels to variance over the reference rows.
    """

    values: Rows
    weights: Values
    variance: float
    scale: float


def levels_of(block: Rows, count: int) -> Levels:
    """Summarise columns by levels.

    Args:
        block: Reference rows x columns of the block: one feature, or the members of a group.
        count: Levels of a numeric feature. A feature with at most as many (and at least two)
            distinct values, or a group with at most 64 distinct rows, keeps each of them.

    Returns:
        The distinct values with their frequencies, or the means of `count` bins of equal
        probability, or, for a group with more distinct rows, that many of its rows.
    """
    single = block.shape[1] == 1
    distinct, counts = (
        _distinct(block.ravel()) if single else np.unique(block, axis=0, return_counts=True)
    )
    if len(distinct) <= (max(count, 2) if single else _MAX_DISTINCT):
        values, weights = distinct.reshape(len(distinct), -1), counts / counts.sum()
    elif single:
        bins = np.array_split(np.repeat(distinct, counts), count)
        values = np.array([[bin_.mean()] for bin_ in bins])
        weights = np.array([len(bin_) for bin_ in bins]) / len(block)
    else:
        chosen = np.linspace(0, len(block) - 1, _MAX_DISTINCT).astype(int)
        values, weights = block[chosen], np.full(_MAX_DISTINCT, 1 / _MAX_DISTINCT)
    variance = float(block.astype(np.float64).var(axis=0).sum())
    centred = values - weights @ values
    spread = float((weights @ centred.astype(np.float64) ** 2).sum())
    return Levels(values.astype(np.float32), weights, variance, variance / spread if spread else 1)


def _distinct(column: Rows) -> tuple[Rows, NDArray[np.intp]]:
    """Return distinct values with their counts; most columns have two, found without sorting."""
    ends = np.array([column.min(), column.max()])
    at_ends = np.array([(column == end).sum() for end in ends])
    if ends[0] < ends[1] and at_ends.sum() == len(column):
        return ends, at_ends
    distinct, counts = np.unique(column, return_counts=True)
    return distinct, counts


def at_levels(X: Rows, columns: Sequence[int], values: Rows) -> Rows:
    """Repeat rows with some columns at each level.

    Args:
        X: Rows x features.
        columns: The columns.
        values: Levels x columns.

    Returns:
        Shape (levels * rows, features), level by level.
    """
    stacked = np.repeat(X[None], len(values), axis=0)
    stacked[:, :, list(columns)] = values[:, None, :]
    return stacked.reshape(-1, X.shape[1])


def variance_over_levels(values: Values, levels: Levels) -> Values:
    """Variance over the levels, averaged over rows.

    Args:
        values: Shape (levels, rows, outputs); a row that is undefined at some level is left out.
        levels: The levels.

    Returns:
        Shape (outputs,), scaled to the variance of the reference rows; 0 for an output that is
        defined in no row.
    """
    weights = levels.weights[:, None, None]
    centred = values - (weights * values).sum(axis=0)
    variance = (weights * centred**2).sum(axis=0)
    defined = np.isfinite(variance)
    total = np.where(defined, variance, 0).sum(axis=0)
    scaled: Values = levels.scale * total / np.maximum(defined.sum(axis=0), 1)
    return scaled


def intervention_variances(
    function: Callable[[Rows], Values | Rows],
    X: Rows,
    parts: Sequence[tuple[Sequence[int], Levels]],
) -> Values:
    """Variance of a function's outputs that each block of features causes, by one call.

    Args:
        function: From rows x features to rows x outputs.
        X: Rows x features, where the other features stay as they are.
        parts: Columns of each block, and what it runs through.

    Returns:
        Shape (blocks, outputs), in squared units of the outputs.
    """
    if not parts:
        return np.zeros((0, 1))
    given = [at_levels(X, columns, levels.values) for columns, levels in parts]
    outputs = np.asarray(function(np.concatenate(given)), dtype=np.float64)
    ends = np.cumsum([len(rows) for rows in given])[:-1]
    return np.array(
        [
            variance_over_levels(own.reshape(len(levels.weights), len(X), -1), levels)
            for own, (_, levels) in zip(np.split(outputs, ends), parts, strict=True)
        ]
    )


def effects(
    function: Callable[[Rows], Values | Rows],
    X: Rows,
    reference: Rows,
    blocks: Sequence[Sequence[int]],
    levels: int,
) -> Values:
    """Variance of a function's outputs that each block of features causes.

    Args:
        function: From rows x features to rows x outputs.
        X: Rows x features, where the other features stay as they are.
        reference: Rows x features, from which the levels of a block are drawn.
        blocks: Columns of each block.
        levels: Levels of a numeric feature.

    Returns:
        Shape (blocks, outputs).
    """
    parts = [(block, levels_of(reference[:, list(block)], levels)) for block in blocks]
    # a block at a time: all at once would be wide tables many times over
    return np.concatenate([intervention_variances(function, X, [part]) for part in parts])


def single_features(X: Rows) -> list[tuple[int]]:
    """One block a feature."""
    return [(column,) for column in range(X.shape[1])]


def sample_rows(X: Rows, rows: int, seed: int) -> Rows:
    """Some rows in random order, or all in their own if there are no more."""
    if len(X) <= rows:
        return X
    return X[np.random.default_rng(seed).permutation(len(X))[:rows]]
