"""From a sum to all sums one step away: what each leaves over, for thousands at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from latent_laws.search.engines.library_dictionary import Dictionary
from latent_laws.search.engines.library_model import Model
from latent_laws.search.engines.library_moves import AtomSteps, Steps, steps_of
from latent_laws.search.engines.library_terms import (
    Atom,
    Bases,
    Factor,
    is_linear,
    nodes_of,
    values_of,
)
from latent_laws.search.problem import Array

# Below this share of its length a column is a combination of the others.
_DEPENDENT = 1e-7
# Keeps the moments of nearly dependent columns invertible.
_RIDGE = 1e-10
# Products whose changes are kept at hand; each takes a few MB.
_KEPT = 48

Atoms = tuple[Atom, ...]


@dataclass(frozen=True)
class Proposal:
    """A sum one step away: an estimate of what it leaves over, and its size."""

    unexplained: float
    nodes: int
    build: Callable[[], Atoms]


class Neighbourhood:
    """All steps from a sum, judged on the same rows."""

    def __init__(self, bases: Bases, y: Array, n_grouped: int) -> None:
        """Prepare the steps.

        Args:
            bases: Inputs and angles, with their values.
            y: Rows.
            n_grouped: So many inputs, the first ones, may join a linear sum.
        """
        self.bases, self.dictionary = bases, Dictionary(bases)
        self.mean = float(y.mean())
        self.y = y - self.mean
        self.total = float(self.y @ self.y)
        self._target = self.dictionary.columns @ self.y
        self._column: Callable[[Atom], tuple[float, Array]] = lru_cache(1024)(self._measure)
        self._cross: Callable[[Atom], Array] = lru_cache(1024)(self._along_dictionary)
        self._steps: Callable[[Atom], AtomSteps] = lru_cache(_KEPT)(
            partial(steps_of, bases=bases, n_grouped=n_grouped)
        )

    def _measure(self, atom: Atom) -> tuple[float, Array]:
        """Return a product's mean and its centred values."""
        values = values_of(atom, self.bases.columns)
        mean = float(values.mean())
        return mean, values - mean

    def _along_dictionary(self, atom: Atom) -> Array:
        """Return a product's moments with the dictionary: most products are fitted without."""
        return self.dictionary.columns @ self._column(atom)[1]

    def fit(self, atoms: Atoms) -> tuple[Model, float]:
        """Return the least squares sum of products and the share of variance it leaves over."""
        if not atoms:
            return Model((), (), self.mean), 1.0
        means, columns = zip(*(self._column(atom) for atom in atoms), strict=True)
        A = np.array(columns)
        inverse = _whitening(A @ A.T)
        weights = inverse.T @ (inverse @ (A @ self.y))
        rest = self.y - weights @ A
        intercept = self.mean - float(weights @ np.array(means))
        model = Model(atoms, tuple(weights.tolist()), intercept)
        return model, float(rest @ rest) / self.total

    def proposals(self, atoms: Atoms) -> list[Proposal]:
        """Return the most promising step to each size."""
        best: dict[int, Proposal] = {}
        with np.errstate(all="ignore"):
            for nodes, left, build in self._judged(atoms):
                for size in np.unique(nodes):
                    place = int(np.where(nodes == size, left, np.inf).argmin())
                    share = float(left[place]) / self.total
                    if size not in best or share < best[size].unexplained:
                        best[int(size)] = Proposal(share, int(size), partial(build, place))
        return list(best.values())

    def _judged(
        self, atoms: Atoms
    ) -> Iterator[tuple[NDArray[np.int64], Array, Callable[[int], Atoms]]]:
        """Yield sizes, what is left over, and the outcome, for many steps at once."""
        sizes = [nodes_of(atom, self.bases) for atom in atoms]
        total, n_rows = 1 + sum(sizes), len(self.y)
        A = np.array([self._column(atom)[1] for atom in atoms]).reshape(len(atoms), n_rows)
        d = self.dictionary
        cross = np.array([self._cross(a) for a in atoms]).reshape(len(atoms), len(d.atoms))
        gram, own = A @ A.T, A @ self.y
        for j in (None, *range(len(atoms))):
            rest, keep = _without(atoms, j)
            left = self._left(gram, own, keep, cross, d.squares, self._target)
            nodes = total + d.nodes - (0 if j is None else sizes[j])
            # mypy gives no type to a lambda with a default
            yield nodes, left, lambda i, rest=rest: (*rest, d.atoms[i])  # type: ignore[misc]
        for j, atom in enumerate(atoms):
            rest, keep = _without(atoms, j)
            steps = self._steps(atom)
            for kind, kept in ((steps.replacing, keep), (steps.beside, list(range(len(atoms))))):
                left = self._left_by(gram, own, kept, A, kind)
                yield total + kind.costs, left, partial(self._changed, rest, A[kept], kept, j, kind)
            if len(atoms) > 1:
                left_alone = self._left(gram, own, keep, *_nothing(len(atoms)))
                # mypy gives no type to a lambda with a default
                yield np.array([total - sizes[j]]), left_alone, lambda _, rest=rest: rest  # type: ignore[misc]
        yield from self._joined(atoms, A, gram, own, total)

    def _changed(
        self, rest: Atoms, kept: Array, places: list[int], j: int, steps: Steps, place: int
    ) -> Atoms:
        """Carry a step out; constants start at what least squares says of its column."""
        ratio = 0.0
        if j in places:
            design = np.vstack([kept, steps.columns[place]])
            coefficients = np.linalg.lstsq(design.T, self.y, rcond=1e-10)[0]
            old = coefficients[places.index(j)]
            ratio = float(coefficients[-1] / old) if old else 0.0
        return (*rest, steps.builds[place](ratio))

    def _joined(
        self, atoms: Atoms, A: Array, gram: Array, own: Array, total: int
    ) -> Iterator[tuple[NDArray[np.int64], Array, Callable[[int], Atoms]]]:
        """Let two linear sums share a weight."""
        linear = [j for j, atom in enumerate(atoms) if is_linear(atom)]
        for a, b in combinations(linear, 2):
            joined = self._sums(atoms[a][0], atoms[b][0])
            if not joined:
                continue
            keep = [j for j in range(len(atoms)) if j not in (a, b)]
            rest = tuple(atoms[j] for j in keep)
            columns = np.array([self._column(atom)[1] for atom in joined])
            squares = np.einsum("ij,ij->i", columns, columns)
            left = self._left(gram, own, keep, A @ columns.T, squares, columns @ self.y)
            nodes = np.full(2, total - 2)
            # mypy gives no type to a lambda with a default
            yield nodes, left, lambda i, rest=rest, joined=joined: (*rest, joined[i])  # type: ignore[misc]

    def _sums(self, first: Factor, second: Factor) -> list[Atom]:
        """Return the sum and the difference of two sums, where units allow."""
        if first.bases & second.bases:
            return []
        if not all(self.bases.alike(first.members, base) for base in second.bases):
            return []
        turned = tuple(m._replace(weight=-m.weight) for m in second.members)
        return [
            (Factor("identity", (*first.members, *members)).oriented(),)
            for members in (second.members, turned)
        ]

    def _left_by(self, gram: Array, own: Array, kept: list[int], A: Array, steps: Steps) -> Array:
        target = steps.columns @ self.y
        return self._left(gram, own, kept, A @ steps.columns.T, steps.squares, target)

    def _left(
        self,
        gram: Array,
        own: Array,
        kept: list[int],
        cross: Array,
        squares: Array,
        target: Array,
    ) -> Array:
        """Return the squared error of least squares on kept columns and each new one in turn.

        Args:
            gram: Products of all columns with each other.
            own: Their products with y.
            kept: Columns that stay.
            cross: Products of all columns with the new ones, columns x new.
            squares: Squared lengths of the new ones.
            target: Their products with y.
        """
        if not kept:
            explained, new, left, rest = 0.0, None, squares, target
        else:
            inverse = _whitening(gram[np.ix_(kept, kept)])
            along, new = inverse @ own[kept], inverse @ cross[kept]
            explained = float(along @ along)
            left = squares - np.einsum("ij,ij->j", new, new)
            rest = target - along @ new
        usable = (left > _DEPENDENT * squares) & (squares > 0)
        gain = np.where(usable, rest**2 / np.where(usable, left, 1.0), 0.0)
        return np.asarray(self.total - explained - np.where(np.isfinite(gain), gain, 0.0))


def _whitening(gram: Array) -> Array:
    """Return W with W.T @ W the inverse of a matrix of products, slightly regularised."""
    scale = 1 / np.sqrt(np.maximum(np.diag(gram), 1e-300))
    scaled = gram * np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += _RIDGE
    return np.asarray(np.linalg.inv(np.linalg.cholesky(scaled)) * scale)


def _without(atoms: Atoms, j: int | None) -> tuple[Atoms, list[int]]:
    keep = [i for i in range(len(atoms)) if i != j]
    return tuple(atoms[i] for i in keep), keep


def _nothing(n_atoms: int) -> tuple[Array, Array, Array]:
    """Return the moments of one column of zeros."""
    return np.zeros((n_atoms, 1)), np.zeros(1), np.zeros(1)
