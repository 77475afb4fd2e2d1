"""Steps that change one product of a sum: what each would look like, values and size."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from latent_laws.search.engines.library_dictionary import LARGEST
from latent_laws.search.engines.library_terms import (
    FUNCTIONS,
    Atom,
    Bases,
    Factor,
    Member,
    is_linear,
    nodes_of,
    single,
)
from latent_laws.search.problem import Array

# A product may be multiplied by these functions of a base.
_TIMES = ("identity", "abs", "tanh", "exp", "cos", "gauss")
# By how much a constant may change in one step, before it is tuned.
_LARGEST_CHANGE = 3.0

# the new product, given the coefficient of the step's column relative to the old product's
Build = Callable[[float], Atom]


@dataclass(frozen=True)
class Steps:
    """Changes of one product, each judged by one column.

    Attributes:
        columns: Steps x rows, centred; the new product's values, or a direction in which the old
            one can change.
        squares: Their squared lengths.
        costs: Nodes that each adds.
        builds: What each makes of the product.
    """

    columns: Array
    squares: Array
    costs: NDArray[np.int64]
    builds: list[Build]


@dataclass(frozen=True)
class AtomSteps:
    """All changes of one product.

    Attributes:
        replacing: Judged by the new values in the place of the old ones.
        beside: Judged by a direction beside the old values.
    """

    replacing: Steps
    beside: Steps


class _Collector:
    """Gathers steps: values of several at once, a cost and a build each."""

    def __init__(self) -> None:
        self.values: list[Array] = []
        self.costs: list[int] = []
        self.builds: list[Build] = []

    def add(self, values: Array, steps: Iterable[tuple[int, Build]]) -> None:
        self.values.append(np.atleast_2d(values))
        for cost, build in steps:
            self.costs.append(cost)
            self.builds.append(build)

    def steps(self, n_rows: int) -> Steps:
        """Centre the columns; those that are not finite play no part."""
        values = np.concatenate([np.empty((0, n_rows)), *self.values])
        values[~(np.abs(values).max(axis=1, initial=0.0) < LARGEST)] = 0.0
        values -= values.mean(axis=1, keepdims=True)
        squares = np.einsum("ij,ij->i", values, values)
        return Steps(values, squares, np.array(self.costs, dtype=np.int64), self.builds)


def steps_of(atom: Atom, bases: Bases, n_grouped: int) -> AtomSteps:
    """Return all changes of a product.

    Args:
        atom: The product.
        bases: What may enter.
        n_grouped: So many inputs, the first ones, may join a linear sum.
    """
    replacing, beside = _Collector(), _Collector()
    with np.errstate(all="ignore"):
        parts = [factor.values(bases.columns) for factor in atom]
        whole = reduce(np.multiply, parts)
        _multiply(atom, bases, whole, replacing, beside)
        for place, factor in enumerate(atom):
            others = reduce(np.multiply, [*parts[:place], *parts[place + 1 :], np.ones_like(whole)])
            pool = _pool(factor, bases)
            if is_linear(atom):
                pool = tuple(range(min(n_grouped, bases.n_inputs)))
            _change_sum(atom, place, bases, pool, others, replacing)
            if len(atom) > 1 or factor.function != "identity":
                _change_constants(atom, place, bases, parts[place], others, beside)
                _drop(atom, place, bases, others, replacing)
        n_rows = len(whole)
        return AtomSteps(replacing.steps(n_rows), beside.steps(n_rows))


def _pool(factor: Factor, bases: Bases) -> tuple[int, ...]:
    """Return what may enter the sum in a factor."""
    inside = factor.function != "identity"
    return (*bases.screened, *bases.inner) if inside else bases.screened


def _with(atom: Atom, place: int, factor: Factor) -> Atom:
    return (*atom[:place], factor.oriented(), *atom[place + 1 :])


def _constant(atom: Atom) -> Build:
    return lambda _: atom


def _replaced(atom: Atom, place: int, factor: Factor) -> Build:
    return lambda _: _with(atom, place, factor)


def loosened(atom: Atom) -> list[Atom]:
    """Return a product with a constant, and with all weights free, in its first function."""
    for place, factor in enumerate(atom):
        if factor.function not in ("identity", "square") and factor.shift is None:
            free = tuple(Member(m.base, m.weight, True) for m in factor.members)
            changed = (
                factor._replace(shift=0.0),
                factor._replace(members=free),
                factor._replace(members=free, shift=0.0),
            )
            return [_with(atom, place, new) for new in changed if new != factor]
    return []


def _multiply(
    atom: Atom, bases: Bases, whole: Array, replacing: _Collector, beside: _Collector
) -> None:
    """Multiply by a function of a base, or by a base plus a constant."""
    X = bases.columns
    new = [
        single(function, base)
        for base in bases.screened
        for function in _TIMES
        if single(function, base) not in atom
    ]
    costs = [nodes_of((factor,), bases) - 1 for factor in new]
    replacing.add(
        np.array([whole * factor.values(X) for factor in new]).reshape(-1, len(whole)),
        [(cost - 1, _constant((*atom, f))) for cost, f in zip(costs, new, strict=True)],
    )
    for base in bases.screened:
        if single("identity", base) not in atom:
            beside.add(whole * X[base], [(bases.sizes[base] + 3, _times_shifted(atom, base))])


def _times_shifted(atom: Atom, base: int) -> Build:
    """(x + c) times the product: c is the old product's share."""

    def build(ratio: float) -> Atom:
        shift = float(np.clip(1 / ratio if ratio else 1.0, -LARGEST, LARGEST))
        return (*atom, Factor("identity", (Member(base),), shift))

    return build


def _drop(atom: Atom, place: int, bases: Bases, others: Array, replacing: _Collector) -> None:
    """Leave one factor out, or its function."""
    rest = (*atom[:place], *atom[place + 1 :])
    if rest:
        cost = nodes_of(rest, bases) - nodes_of(atom, bases)
        replacing.add(others, [(cost, _constant(rest))])


def _change_sum(
    atom: Atom, place: int, bases: Bases, pool: Sequence[int], others: Array, replacing: _Collector
) -> None:
    """Add, exchange, turn or leave out a member of a sum, or change the function."""
    X, factor = bases.columns, atom[place]
    argument, own = factor.argument(X), FUNCTIONS[factor.function]
    changes = list(_sums(factor, argument, bases, pool, keeps_one=not is_linear(atom)))
    if changes:
        arguments = np.array([values for values, _, _ in changes])
        steps = [(cost, _replaced(atom, place, new)) for _, cost, new in changes]
        replacing.add(own.values(arguments) * others, steps)
    for name, function in FUNCTIONS.items():
        if name not in (factor.function, "inverse"):
            cost = len(function.tokens) - len(own.tokens)
            step = (cost, _replaced(atom, place, factor._replace(function=name)))
            replacing.add(function.values(argument) * others, [step])


def _sums(
    factor: Factor, argument: Array, bases: Bases, pool: Sequence[int], keeps_one: bool
) -> Iterator[tuple[Array, int, Factor]]:
    """Yield changed sums: values, cost, and the factor.

    Args:
        factor: What is changed.
        argument: Values of its sum.
        bases: What sums are made of.
        pool: Bases that may enter.
        keeps_one: Exchange the only member too; in a linear product the dictionary does that.
    """
    X, sizes, members, inside = bases.columns, bases.sizes, factor.members, factor.bases
    entering = [base for base in pool if base not in inside]
    if factor.shift is not None:
        yield argument - factor.shift, -2, factor._replace(shift=None)
    for base in entering:
        if bases.alike(members, base):
            for sign in (1.0, -1.0):
                grown = factor._replace(members=(*members, Member(base, sign)))
                yield argument + sign * X[base], sizes[base] + 1, grown
    for member in members:
        without = argument - member.weight * X[member.base]
        left = tuple(m for m in members if m is not member)
        if left:
            cost = -(sizes[member.base] + 1 + 2 * member.free)
            yield without, cost, factor._replace(members=left)
        if left or keeps_one:
            for new, cost in _exchanges(member, left, entering, bases):
                changed = factor._replace(members=(*left, new))
                yield without + new.weight * X[new.base], cost, changed


def _exchanges(
    member: Member, left: tuple[Member, ...], entering: Sequence[int], bases: Bases
) -> Iterator[tuple[Member, int]]:
    """Yield what may stand in the place of a member, and what it costs more."""
    if left:
        yield member._replace(weight=-member.weight), 0
    if member.free:
        yield Member(member.base, math.copysign(1.0, member.weight)), -2
    for base in entering:
        if member.free or bases.alike(left, base):
            cost = bases.sizes[base] - bases.sizes[member.base]
            for sign in (1.0, -1.0):
                yield Member(base, sign * member.weight, member.free), cost


def _change_constants(
    atom: Atom, place: int, bases: Bases, values: Array, others: Array, beside: _Collector
) -> None:
    """Free a weight, add a constant or a weighted base."""
    X, factor = bases.columns, atom[place]
    slope = FUNCTIONS[factor.function].slope(factor.argument(X), values) * others
    if factor.shift is None:
        beside.add(slope, [(2, _changed(atom, place, factor, None))])
    if len(factor.members) > 1 or factor.function != "identity":
        for member in factor.members:
            if not member.free:
                step = (2, _changed(atom, place, factor, member))
                beside.add(slope * X[member.base], [step])
    inside = factor.bases
    for base in _pool(factor, bases):
        if base not in inside:
            step = (bases.sizes[base] + 3, _changed(atom, place, factor, Member(base, 0.0, True)))
            beside.add(slope * X[base], [step])


def _changed(atom: Atom, place: int, factor: Factor, member: Member | None) -> Build:
    """Change the weight of a member, old or new, or without one the constant of a sum."""

    def build(ratio: float) -> Atom:
        change = float(np.clip(ratio, -_LARGEST_CHANGE, _LARGEST_CHANGE))
        if member is None:
            return _with(atom, place, factor._replace(shift=change))
        changed = Member(member.base, member.weight + change, True)
        kept = tuple(m for m in factor.members if m.base != member.base)
        return _with(atom, place, factor._replace(members=(*kept, changed)))

    return build
