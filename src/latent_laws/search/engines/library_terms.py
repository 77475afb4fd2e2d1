"""The forms that the library searches: weighted sums of products of functions of sums.

A model is `c + w1*a1 + w2*a2 + ...`; an atom is a product of factors; a factor is a function of a
sum of bases, `tanh(x1 - x2 + 0.3*x5 + 0.1)`. Bases are inputs, cosines and sines of angles, and
within functions squares.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from latent_laws.formulas.sums import MINUS, OVER, PLUS, TIMES
from latent_laws.formulas.tokens import NEGATE, Operation, Tokens, Variable
from latent_laws.search.problem import Array, Problem


class Function(NamedTuple):
    """A function of one argument: its values, its slope from argument and values, its tokens."""

    values: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    tokens: tuple[Operation, ...]


def _named(*names: str) -> tuple[Operation, ...]:
    return tuple(Operation(name) for name in names)


FUNCTIONS: dict[str, Function] = {
    "identity": Function(lambda s: s, lambda s, v: np.ones_like(s), ()),
    "square": Function(np.square, lambda s, v: 2 * s, _named("square")),
    "abs": Function(np.abs, lambda s, v: np.sign(s), _named("abs")),
    "tanh": Function(np.tanh, lambda s, v: 1 - v * v, _named("tanh")),
    "exp": Function(np.exp, lambda s, v: v, _named("exp")),
    "sin": Function(np.sin, lambda s, v: np.cos(s), _named("sin")),
    "cos": Function(np.cos, lambda s, v: -np.sin(s), _named("cos")),
    "gauss": Function(
        lambda s: np.exp(-s * s), lambda s, v: -2 * s * v, _named("square", "neg", "exp")
    ),
    # written as a division
    "inverse": Function(np.reciprocal, lambda s, v: -v * v, ()),
}


# Squares, products and sizes of so many inputs, the most relevant ones, may stand in functions.
_INNER = 6


class Member(NamedTuple):
    """A base in a sum, with weight 1, -1, or, where free, a constant that is tuned."""

    base: int
    weight: float = 1.0
    free: bool = False

    @property
    def is_subtracted(self) -> bool:
        """Whether it stands behind a minus."""
        return not self.free and self.weight < 0


class Factor(NamedTuple):
    """A function of a sum of bases."""

    function: str
    members: tuple[Member, ...]
    shift: float | None = None

    @property
    def bases(self) -> set[int]:
        """Bases in its sum."""
        return {member.base for member in self.members}

    def oriented(self) -> "Factor":
        """Return the factor without a leading minus, where its sign can move outside."""
        if self.function == "exp" or not all(m.is_subtracted for m in self.members):
            return self
        members = tuple(m._replace(weight=-m.weight) for m in self.members)
        return self._replace(members=members, shift=None if self.shift is None else -self.shift)

    def argument(self, columns: Array) -> Array:
        """Return the values of its sum, from those of the bases, bases x rows."""
        total: Array = reduce(np.add, [m.weight * columns[m.base] for m in self.members])
        return total if self.shift is None else total + self.shift

    def values(self, columns: Array) -> Array:
        """Return its values, rows."""
        return FUNCTIONS[self.function].values(self.argument(columns))

    def tokens(self, bases: "Bases") -> Tokens:
        """Return its postfix form; a sum starts without a minus where it can."""
        whole: Tokens = ()
        for member in sorted(self.members, key=lambda m: m.is_subtracted):
            own = bases.tokens[member.base]
            if member.free:
                own = (member.weight, *own, TIMES)
            if whole:
                whole = (*whole, *own, MINUS if member.is_subtracted else PLUS)
            else:
                whole = (*own, NEGATE) if member.is_subtracted else own
        if self.shift is not None:
            whole = (*whole, self.shift, PLUS)
        return whole + FUNCTIONS[self.function].tokens

    def size(self, bases: "Bases") -> int:
        """Return how many tokens it has, without writing them."""
        members = self.members
        total = len(members) - 1 + all(m.is_subtracted for m in members)
        for member in members:
            total += bases.sizes[member.base] + 2 * member.free
        return total + 2 * (self.shift is not None) + len(FUNCTIONS[self.function].tokens)

    def with_constants(self, fresh: Iterator[float], bases: "Bases") -> "Factor":
        """Return the factor with the next constants in the order of its tokens."""
        members = []
        for member in sorted(self.members, key=lambda m: m.is_subtracted):
            members.append(member._replace(weight=next(fresh)) if member.free else member)
            for _ in range(bases.constants[member.base]):
                next(fresh)
        shift = None if self.shift is None else next(fresh)
        return self._replace(members=tuple(members), shift=shift)


Atom = tuple[Factor, ...]


def single(function: str, base: int, sign: float = 1.0) -> Factor:
    """Return a function of one base."""
    return Factor(function, (Member(base, sign),))


def values_of(atom: Atom, columns: Array) -> Array:
    """Return the values of a product, rows; not finite at poles."""
    with np.errstate(all="ignore"):
        product: Array = reduce(np.multiply, [factor.values(columns) for factor in atom])
    return product


def term_tokens(weight: float, atom: Atom, bases: "Bases") -> Tokens:
    """Return a weighted product in postfix form."""
    term: Tokens = (weight,)
    for factor in atom:
        term += (*factor.tokens(bases), OVER if factor.function == "inverse" else TIMES)
    return term


def nodes_of(atom: Atom, bases: "Bases") -> int:
    """Return what a product costs in a sum: its weighted form and a plus."""
    return 2 + sum(factor.size(bases) + 1 for factor in atom)


def is_linear(atom: Atom) -> bool:
    """Tell whether a product is a sum of bases with weights 1 and -1."""
    return len(atom) == 1 and atom[0].function == "identity" and not is_tuned(atom)


def is_tuned(atom: Atom) -> bool:
    """Tell whether a product holds constants that least squares does not find."""
    return any(f.shift is not None or any(m.free for m in f.members) for f in atom)


@dataclass(frozen=True)
class Bases:
    """What sums are made of: inputs, cosine and sine of the screened angles, a few squares.

    Attributes:
        tokens: Of each base.
        columns: Bases x rows.
        kinds: Only bases of one kind may share a weight.
        n_inputs: So many bases, the first ones, are inputs.
        screened: Bases that may stand in products and functions.
        inner: Squares, products and absolute values that may only stand in functions, beside those.
    """

    tokens: tuple[Tokens, ...]
    columns: Array
    kinds: tuple[str, ...]
    n_inputs: int
    screened: tuple[int, ...]
    inner: tuple[int, ...]

    @classmethod
    def of(cls, problem: Problem, n_screened: int) -> "Bases":
        """Make the bases of a problem, whose most relevant inputs are screened."""
        names, knowledge = problem.names, problem.knowledge
        tokens: list[Tokens] = [(Variable(name),) for name in names]
        kinds = [knowledge.kinds.get(name, "") for name in names]
        columns = list(np.ascontiguousarray(problem.X.T))
        for place, name in enumerate(names[:n_screened]):
            if name not in knowledge.angles:
                continue
            offset, factor = knowledge.angles[name]
            angle = offset + factor * problem.X[:, place]
            for function in ("cos", "sin"):
                tokens.append(
                    (factor, Variable(name), TIMES, offset, PLUS, *FUNCTIONS[function].tokens)
                )
                columns.append(FUNCTIONS[function].values(angle))
                kinds.append("angle")
        screened = (*range(min(n_screened, len(names))), *range(len(names), len(tokens)))
        n_outer, few = len(tokens), min(_INNER, n_screened, len(names))
        for a, b in combinations_with_replacement(range(few), 2):
            first, second = Variable(names[a]), Variable(names[b])
            square: Tokens = (first, *FUNCTIONS["square"].tokens)
            tokens.append(square if a == b else (first, second, TIMES))
            columns.append(problem.X[:, a] * problem.X[:, b])
            kinds.append(f"{kinds[a]} times {kinds[b]}" if kinds[a] else "")
        for place in range(few):
            tokens.append((Variable(names[place]), *FUNCTIONS["abs"].tokens))
            columns.append(np.abs(problem.X[:, place]))
            kinds.append(f"size of {kinds[place]}" if kinds[place] else "")
        inner = tuple(range(n_outer, len(tokens)))
        return cls(tuple(tokens), np.array(columns), tuple(kinds), len(names), screened, inner)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Nodes of each base."""
        return tuple(len(tokens) for tokens in self.tokens)

    @cached_property
    def constants(self) -> tuple[int, ...]:
        """Constants in each base; they are never tuned."""
        return tuple(sum(isinstance(t, float) for t in tokens) for tokens in self.tokens)

    def alike(self, members: Sequence[Member], base: int) -> bool:
        """Tell whether a base may share the weights of a sum."""
        return all(m.free or self.kinds[m.base] == self.kinds[base] for m in members)
