"""What each input contributes to a formula's value at one row: Shapley values."""

from collections.abc import Sequence
from math import factorial

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula

Array = NDArray[np.float64]

# Inputs up to which all subsets are evaluated; with more, orders are sampled.
_EXACT = 12
_ORDERS = 400


def contributions(formula: Formula, row: Array, base: Array, names: Sequence[str]) -> Array:
    """Divide formula(row) - formula(base) over the inputs.

    Shapley values (Shapley, A value for n-person games, 1953) of the game in which inputs take
    their values at the row one after the other: exact for up to twelve inputs, else the mean over
    sampled orders and their reverses.

    Args:
        formula: Over the names.
        row: Values of the inputs at the row.
        base: Values of the inputs that a missing one keeps.
        names: Of the inputs.

    Returns:
        Shape (inputs,); 0 for inputs that are not in the formula. NaN where it is undefined.
    """
    used = [names.index(name) for name in formula.features]
    found = np.zeros(len(names))
    if used:
        measure = _all_subsets if len(used) <= _EXACT else _sampled
        found[used] = measure(formula, row[used], base[used])
    return found


def _all_subsets(formula: Formula, row: Array, base: Array) -> Array:
    k = len(row)
    masks = (np.arange(2**k)[:, None] >> np.arange(k)) & 1
    values = formula.evaluate(np.where(masks, row, base), formula.features)
    sizes = masks.sum(axis=1)
    weight = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    found = np.empty(k)
    for i in range(k):
        without = np.flatnonzero(masks[:, i] == 0)
        found[i] = weight[sizes[without]] @ (values[without | (1 << i)] - values[without])
    return found


def _sampled(formula: Formula, row: Array, base: Array) -> Array:
    k = len(row)
    rng = np.random.default_rng(0)
    found = np.zeros(k)
    for _ in range(_ORDERS // 2):
        order = rng.permutation(k)
        for path in (order, order[::-1]):
            taken = np.zeros((k + 1, k), dtype=bool)
            for step, i in enumerate(path):
                taken[step + 1 :, i] = True
            values = formula.evaluate(np.where(taken, row, base), formula.features)
            found[path] += np.diff(values) / _ORDERS
    return found
