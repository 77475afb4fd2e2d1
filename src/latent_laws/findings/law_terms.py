"""Laws that are sums of a few products: physics in the units of the table.

Each product has one factor from each of at most three columns: the column, its square, the inverses
of both where the column has one sign; of an angle cosine and sine. The weights then are a linear
problem.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import quote_name
from latent_laws.search.moments import Moments

Array = NDArray[np.float64]

SIZES = (1, 2, 3, 4, 5)  # terms in a sum
MAX_FACTORS = 3
MAX_TERMS = 600  # more would take seconds
BINARY = 2  # distinct values
NEAR_POLE = 1e-3  # smallest value over the largest below which an inverse is mostly its pole
CONSTANT = 1e-12  # spread of a term over its size below which it is rounding


@dataclass(frozen=True)
class Factor:
    """A power of one column, or `cos` or `sin` of an angle."""

    column: str
    function: int | str
    per_unit: float = 1.0  # radians in one unit of an angle

    def values(self, x: Array) -> Array:
        """Return its values, rows."""
        if isinstance(self.function, int):
            return np.asarray(x**self.function)
        return np.asarray(getattr(np, self.function)(self.per_unit * x))

    @property
    def divides(self) -> bool:
        """Whether it stands below the line."""
        return isinstance(self.function, int) and self.function < 0

    def text(self, phase: float | None = None) -> str:
        """Return it as a formula; a phase is subtracted from an angle."""
        name = quote_name(self.column)
        if isinstance(self.function, int):
            return name if abs(self.function) == 1 else f"square({name})"
        shown = name if phase is None else f"({name} - {phase!r})"
        return f"{self.function}({self.per_unit!r}*{shown})"


Term = tuple[Factor, ...]


def sums_of_terms(
    X: Array,
    y: Array,
    names: Sequence[str],
    angles: Mapping[str, float],
    sizes: Sequence[int] = SIZES,
    max_factors: int = MAX_FACTORS,
) -> list[Formula]:
    """Find the best sums of one, two, ... terms by least squares with exchanges.

    Args:
        X: Rows x columns, in the units of the table.
        y: Rows.
        names: Of the columns.
        angles: Column -> radians in one of its units.
        sizes: Numbers of terms.
        max_factors: Of a product.

    Returns:
        Formulas of each number of terms.
    """
    columns = dict(zip(names, X.T, strict=True))
    candidates = terms(columns, angles, max_factors)
    values = np.column_stack([term_values(term, columns) for term in candidates])
    scale = values.std(axis=0)
    varies = scale > CONSTANT * np.abs(values).max(axis=0)
    candidates = [term for term, kept in zip(candidates, varies, strict=True) if kept]
    values, scale = values[:, varies], scale[varies]
    if not candidates:
        return []
    moments = Moments.of(values / scale, y)
    path = moments.forward_path(max(sizes))
    chosen = [moments.exchanged(path[:size]) for size in sizes if size <= len(path)]
    # exchanges of one term at a time miss pairs that only help together; a longer sum has both
    shorter = [[i for i in choice if i != left] for choice in chosen for left in choice]
    distinct = {tuple(sorted(choice)) for choice in [*chosen, *shorter] if choice}
    return [
        weighted_sum([candidates[i] for i in choice], values[:, choice], y)
        for choice in sorted(distinct)
    ]


def terms(
    columns: Mapping[str, Array], angles: Mapping[str, float], max_factors: int = MAX_FACTORS
) -> list[Term]:
    """Return the products of factors of at most so many columns, short ones first."""
    of_column = {name: _factors(name, x, angles.get(name)) for name, x in columns.items()}
    found: list[Term] = []
    for n_columns in range(1, max_factors + 1):
        longer = [
            term
            for chosen in combinations(of_column, n_columns)
            for term in product(*(of_column[name] for name in chosen))
        ]
        if len(found) + len(longer) > MAX_TERMS and found:
            break
        found += longer
    return found


def _factors(name: str, x: Array, per_unit: float | None) -> list[Factor]:
    if len(np.unique(x)) <= BINARY:
        return [Factor(name, 1)]
    powers = [1, 2]
    if (x.min() > 0 or x.max() < 0) and np.abs(x).min() > NEAR_POLE * np.abs(x).max():
        powers += [-1, -2]
    found = [Factor(name, power) for power in powers]
    if per_unit is not None:
        found += [Factor(name, function, per_unit) for function in ("cos", "sin")]
    return found


def term_values(term: Term, columns: Mapping[str, Array]) -> Array:
    """Return the values of a product, rows."""
    return np.asarray(np.prod([factor.values(columns[factor.column]) for factor in term], axis=0))


def weighted_sum(chosen: Sequence[Term], values: Array, y: Array) -> Formula:
    """Return the sum of least squared error; `a*cos(x) + b*sin(x)` as `c*cos(x - phase)`.

    Args:
        chosen: The terms.
        values: Theirs, rows x terms.
        y: Rows.
    """
    mean, scale = values.mean(axis=0), values.std(axis=0)
    weights = np.linalg.lstsq((values - mean) / scale, y - y.mean(), rcond=None)[0] / scale
    whole = Formula.linear(float(y.mean() - weights @ mean), {}, [])
    left = dict(zip(chosen, weights.tolist(), strict=True))
    while left:
        term, weight = left.popitem()
        partner = next((other for other in left if _differ_by_a_quarter(term, other)), None)
        if partner is None:
            whole = Formula.sum(_scaled(term, weight), whole)
        else:
            whole = Formula.sum(_wave(term, weight, partner, left.pop(partner)), whole)
    return whole


def _differ_by_a_quarter(one: Term, other: Term) -> bool:
    """Tell whether two products are the same but for cosine and sine of one angle."""
    apart = set(one) ^ set(other)
    return {factor.function for factor in apart} == {"cos", "sin"} and (
        len(apart) == BINARY and len({factor.column for factor in apart}) == 1
    )


def _wave(one: Term, weight: float, other: Term, other_weight: float) -> Formula:
    """Return both products as one with a phase in the unit of the angle."""
    (differing,) = set(one) - set(other)
    of_cos, of_sin = weight, other_weight
    if differing.function == "sin":
        of_cos, of_sin = other_weight, weight
    phase = math.atan2(of_sin, of_cos) / differing.per_unit
    full_turn = 2 * math.pi / differing.per_unit
    wave = Factor(differing.column, "cos", differing.per_unit)
    rest = tuple(factor for factor in one if factor is not differing and factor != differing)
    return _scaled((*rest, wave), math.hypot(of_cos, of_sin), phase % full_turn)


def _scaled(term: Term, weight: float, phase: float | None = None) -> Formula:
    """Return weight · product; a phase belongs to the last factor."""
    above = [f.text(phase if f is term[-1] else None) for f in term if not f.divides]
    below = [f.text() for f in term if f.divides]
    text = "*".join([repr(weight), *above]) + "".join(f"/{name}" for name in below)
    return Formula.parse(text, [factor.column for factor in term])
