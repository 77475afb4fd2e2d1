"""Laws that are sums of a few products: physics in the units of the table.

Each product has one factor from each of at most three columns: the column, its square, the inverses
of both where the column has one sign; of an angle cosine and sine. The weights then are a linear
problem.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations, permutations, product

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

    @property
    def is_wave(self) -> bool:
        """Whether it is a cosine or a sine."""
        return isinstance(self.function, str)

    def text(self, phase: float | None = None) -> str:
        """Return it as a formula; a phase is subtracted from an angle."""
        name = quote_name(self.column)
        if isinstance(self.function, int):
            return name if abs(self.function) == 1 else f"square({name})"
        shown = name if phase is None else f"({name} - {phase!r})"
        return f"{self.function}({self.per_unit!r}*{shown})"


Term = tuple[Factor, ...]


@dataclass(frozen=True)
class Part:
    """A weighted product; the phase belongs to its last factor."""

    weight: float
    term: Term
    phase: float | None = None

    def text(self) -> str:
        """Return it as a formula."""
        found = repr(self.weight)
        for factor in sorted(self.term, key=lambda factor: factor.divides):
            text = factor.text(self.phase if factor is self.term[-1] else None)
            found += f"/{text}" if factor.divides else f"*{text}"
        return found


@dataclass(frozen=True)
class TermSum:
    """A weighted sum of products, and a constant; written as a formula only when asked for."""

    terms: tuple[Term, ...]
    weights: tuple[float, ...]
    constant: float

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(dict.fromkeys(factor.column for term in self.terms for factor in term))

    @property
    def complexity(self) -> int:
        """Nodes of the formula."""
        return self.formula.complexity

    def evaluate(self, X: Array, names: Sequence[str]) -> Array:
        """Return its values, rows, on rows x columns of these names."""
        known = {name: X[:, names.index(name)] for name in self.features}
        values = (term_values(term, known) for term in self.terms)
        total = np.full(len(X), self.constant)
        return sum((w * v for w, v in zip(self.weights, values, strict=True)), total)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The products, with `a*cos(x) + b*sin(x)` as `c*cos(x - phase)`, the last one first."""
        left, found = dict(zip(self.terms, self.weights, strict=True)), []
        while left:
            term, weight = left.popitem()
            partner = next((other for other in left if _differ_by_a_quarter(term, other)), None)
            if partner is None:
                found.append(Part(weight, term))
            else:
                found.append(_wave(term, weight, partner, left.pop(partner)))
        return tuple(found)

    @cached_property
    def formula(self) -> Formula:
        """The sum as a formula."""
        pieces = [
            Formula.parse(part.text(), [factor.column for factor in part.term])
            for part in reversed(self.parts)
        ]
        if self.constant or not pieces:
            pieces.append(Formula.linear(self.constant, {}, []))
        return reduce(Formula.sum, pieces)

    @property
    def light(self) -> tuple[float, float, float] | None:
        """Lambert's law of shaded relief: intensity, altitude and azimuth of the light in degrees.

        None where the sum is no A*cos(tilt) + B*sin(tilt)*cos(direction - azimuth).
        """
        waves = {tuple(factor.function for factor in part.term): part for part in self.parts}
        flat, tilted = waves.get(("cos",)), waves.get(("sin", "cos"))
        if len(self.parts) != 2 or self.constant or flat is None or tilted is None:  # noqa: PLR2004
            return None
        if flat.term[0].column != tilted.term[0].column or tilted.phase is None:
            return None
        altitude = math.degrees(math.atan2(flat.weight, tilted.weight))
        azimuth = math.degrees(tilted.phase * tilted.term[1].per_unit)
        return math.hypot(flat.weight, tilted.weight), altitude, azimuth


def sums_of_terms(
    X: Array,
    y: Array,
    names: Sequence[str],
    angles: Mapping[str, float],
    sizes: Sequence[int] = SIZES,
    max_factors: int = MAX_FACTORS,
) -> list[TermSum]:
    """Find the best sums of one, two, ... terms by least squares with exchanges.

    Args:
        X: Rows x columns, in the units of the table.
        y: Rows.
        names: Of the columns.
        angles: Column -> radians in one of its units.
        sizes: Numbers of terms.
        max_factors: Of a product.

    Returns:
        Sums of each number of terms, and Lambert's law for every two angles.
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
    found = [
        least_squares([candidates[i] for i in one], values[:, one], y) for one in sorted(distinct)
    ]
    for shade in _shades(candidates):
        choice = [candidates.index(term) for term in shade]
        found.append(least_squares(shade, values[:, choice], y, constant=False))
    return found


def _shades(candidates: Sequence[Term]) -> Iterator[list[Term]]:
    """Yield, for every two angles, the terms of the light that a tilted plane receives."""
    single = (term[0] for term in candidates if len(term) == 1)
    waves = {(one.column, one.function): one for one in single if one.is_wave}
    for tilt, way in permutations(dict.fromkeys(column for column, _ in waves), 2):
        flat, slope = waves[tilt, "cos"], waves[tilt, "sin"]
        shade = [(flat,), (slope, waves[way, "cos"]), (slope, waves[way, "sin"])]
        found = [term for one in shade for term in candidates if {*term} == {*one}]
        if len(found) == len(shade):
            yield found


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


def least_squares(
    chosen: Sequence[Term], values: Array, y: Array, *, constant: bool = True
) -> TermSum:
    """Return the sum of least squared error.

    Args:
        chosen: The terms.
        values: Theirs, rows x terms.
        y: Rows.
        constant: Whether there is one.
    """
    mean = values.mean(axis=0) if constant else np.zeros(values.shape[1])
    scale, middle = values.std(axis=0), float(y.mean()) if constant else 0.0
    weights = np.linalg.lstsq((values - mean) / scale, y - middle, rcond=None)[0] / scale
    return TermSum(tuple(chosen), tuple(weights.tolist()), float(middle - weights @ mean))


def _differ_by_a_quarter(one: Term, other: Term) -> bool:
    """Tell whether two products are the same but for cosine and sine of one angle."""
    apart = set(one) ^ set(other)
    return {factor.function for factor in apart} == {"cos", "sin"} and (
        len(apart) == BINARY and len({factor.column for factor in apart}) == 1
    )


def _wave(one: Term, weight: float, other: Term, other_weight: float) -> Part:
    """Return both products as one with a phase in the unit of the angle."""
    (differing,) = set(one) - set(other)
    turned = differing.function == "sin"
    of_cos, of_sin = (other_weight, weight) if turned else (weight, other_weight)
    phase = math.atan2(of_sin, of_cos) / differing.per_unit
    full_turn = 2 * math.pi / differing.per_unit
    wave = Factor(differing.column, "cos", differing.per_unit)
    rest = tuple(factor for factor in one if factor != differing)
    return Part(math.hypot(of_cos, of_sin), (*rest, wave), phase % full_turn)
