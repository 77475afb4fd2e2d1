"""The elementary products: everything short that may enter a sum at once."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from latent_laws.search.engines.library_terms import (
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
    for base in range(len(X)):
        yield (single("identity", base),), X[base]
    for a, b in combinations(few, 2):
        yield (single("identity", a), single("identity", b)), X[a] * X[b]
    inputs = [base for base in few if base < bases.n_inputs]
    for base in inputs:
        for factor in [*(single(f, base) for f in _OF_ONE), single("exp", base, -1.0)]:
            values = factor.values(X)
            yield (factor,), values
            for other in few:
                if other != base:
                    yield (single("identity", other), factor), X[other] * values
    yield from _of_pairs(bases, inputs)


def _of_pairs(bases: Bases, inputs: list[int]) -> Iterator[tuple[Atom, Array]]:
    """Yield functions of sums and differences of two inputs."""
    for a, b in combinations(inputs, 2):
        if bases.alike((Member(a),), b):
            for function in _OF_TWO:
                for sign in (1.0, -1.0):
                    atom: Atom = (Factor(function, (Member(a), Member(b, sign))),)
                    yield atom, values_of(atom, bases.columns)
