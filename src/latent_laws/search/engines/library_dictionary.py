"""The elementary products: everything short that may enter a sum at once."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from latent_laws.formulas.sums import TIMES
from latent_laws.search.engines.library_terms import (
    FUNCTIONS,
    Atom,
    Bases,
    Factor,
    Member,
    nodes_of,
    single,
    values_of,
)
from latent_laws.search.problem import Array

# Values that are larger spoil sums of squares.
LARGEST = 1e8

_OF_ONE = ("square", "abs", "tanh", "exp", "sin", "cos", "gauss")
# slower and faster than the input itself, and falling
_SCALED = (("exp", 0.5), ("exp", -0.5), ("tanh", 0.5), ("tanh", 2.0), ("sin", 0.5), ("sin", 2.0))
_OF_INNER = ("tanh", "abs", "sin", "cos", "exp")
_TRIPLES = 8  # inputs whose products of three are there
_PLUS = 2.0  # what a denominator starts from
_OF_TWO = ("square", "abs", "tanh", "sin", "gauss")


class Dictionary:
    """Elementary products and their values.

    Attributes:
        atoms: The products.
        nodes: What each costs in a sum.
        columns: Products x rows, centred.
        squares: Their squared lengths.
    """

    def __init__(self, bases: Bases) -> None:
        with np.errstate(all="ignore"):
            pairs = [
                (atom, values)
                for atom, values in elementary(bases)
                if np.abs(values).max() < LARGEST
            ]
        self.atoms = [atom for atom, _ in pairs]
        self.nodes = np.array([nodes_of(atom, bases) for atom in self.atoms])
        self.columns: Array = np.array([values for _, values in pairs])
        self.columns -= self.columns.mean(axis=1, keepdims=True)
        self.squares: Array = np.einsum("ij,ij->i", self.columns, self.columns)


def elementary(bases: Bases) -> Iterator[tuple[Atom, Array]]:
    """Yield bases, functions of one, their products with another, and functions of two."""
    X, few = bases.columns, bases.screened
    for base in (*range(bases.n_inputs), *(b for b in few if b >= bases.n_inputs)):
        yield (single("identity", base),), X[base]
    for a, b in combinations(few, 2):
        yield (single("identity", a), single("identity", b)), X[a] * X[b]
    inputs = [base for base in few if base < bases.n_inputs]
    for base in inputs:
        yield from _beside((single("exp", base, -1.0), *(single(f, base) for f in _OF_ONE)), bases)
        for function, scale in _SCALED:
            scaled = Factor(function, (Member(base, scale, free=True),))
            yield (scaled,), scaled.values(X)
    of_one = [b for b in bases.inner if TIMES not in bases.tokens[b]]
    yield from _beside([Factor("inverse", (Member(b),), _PLUS) for b in of_one], bases)
    for base in bases.inner:
        falling = (Factor("exp", (Member(base, -0.5, free=True),)),)
        yield falling, values_of(falling, X)
        for function in _OF_INNER:
            yield (single(function, base),), FUNCTIONS[function].values(X[base])
    for places in combinations(inputs[:_TRIPLES], 3):
        yield tuple(single("identity", b) for b in places), np.prod(X[list(places)], axis=0)
    yield from _of_pairs(bases, inputs)


def _beside(factors: Iterable[Factor], bases: Bases) -> Iterator[tuple[Atom, Array]]:
    """Yield factors, alone and times another base."""
    for factor in factors:
        values, inside = factor.values(bases.columns), factor.bases
        yield (factor,), values
        for other in bases.screened:
            if other not in inside:
                yield (single("identity", other), factor), bases.columns[other] * values


def _of_pairs(bases: Bases, inputs: list[int]) -> Iterator[tuple[Atom, Array]]:
    """Yield functions of sums and differences of two inputs."""
    for a, b in combinations(inputs, 2):
        if bases.alike((Member(a),), b):
            for function in _OF_TWO:
                for sign in (1.0, -1.0):
                    atom: Atom = (Factor(function, (Member(a), Member(b, sign))),)
                    yield atom, values_of(atom, bases.columns)
