"""Which terms of a formula go while it trains: optimal brain surgeon.

A weight is worth what its latent loses on some rows if it goes and the others move to make up for
it, w² / [H⁻¹]_ww, where H is the Gram matrix of the latent's slopes in its weights (Hassibi and
Stork, Second order derivatives for network pruning, 1993). Weights and whole units go by that worth
per node.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latent_laws.encoders.ridge import NODES_OF_TERM, SAVED_BY_FIRST, RidgeEncoder

Array = NDArray[np.float64]

# Of the mean diagonal of the Gram matrix, so that copied inputs have an inverse.
_RIDGE = 1e-3


@torch.no_grad()
def prune(encoder: RidgeEncoder, x: Tensor, allowed: float) -> None:
    """Take away what is worth least per node until no latent has more than `allowed` nodes.

    Args:
        encoder: Changed in place: masks, and the weights that are left.
        x: Rows on which terms are judged, rows x inputs.
        allowed: Nodes of a latent.
    """
    for latent in torch.nonzero(encoder.nodes() > allowed)[:, 0].tolist():
        terms = _Terms.of(encoder, x, latent)
        while terms.nodes() > allowed and terms.drop_least():
            pass
        encoder.unpack(latent, torch.from_numpy(terms.weights), torch.from_numpy(terms.alive))


@dataclass
class _Terms:
    """The weights of one latent, laid out as `RidgeEncoder.pack` does.

    Attributes:
        weights: All of them.
        alive: Which are left.
        inverse: H⁻¹ of those, rows and columns of others 0.
        overhead: Nodes of each unit beyond its weighted inputs.
        n_inputs: How many inputs there are.
    """

    weights: Array
    alive: NDArray[np.bool_]
    inverse: Array
    overhead: Array
    n_inputs: int

    @classmethod
    def of(cls, encoder: RidgeEncoder, x: Tensor, latent: int) -> "_Terms":
        weights, mask = (part.numpy() for part in encoder.pack(latent))
        alive = mask > 0
        slopes = encoder.slopes(x, latent).numpy()[:, alive].astype(np.float64)
        gram = slopes.T @ slopes / len(slopes)
        gram[np.diag_indices_from(gram)] += _RIDGE * gram.trace() / len(gram)
        inverse = np.zeros((len(alive), len(alive)))
        inverse[np.ix_(alive, alive)] = np.linalg.inv(gram)
        overhead = encoder.overhead.numpy().astype(np.float64)
        return cls(weights.astype(np.float64), alive, inverse, overhead, x.shape[1])

    @property
    def _outer(self) -> int:
        """Where outer weights begin; shifts follow, and inner weights."""
        return self.n_inputs + 1

    @property
    def _inner(self) -> int:
        return self._outer + 2 * len(self.overhead)

    def _inner_left(self) -> Array:
        """Return how many inner weights each unit has left."""
        inner = self.alive[self._inner :].reshape(len(self.overhead), self.n_inputs)
        return np.asarray(inner.sum(axis=1), dtype=np.float64)

    def nodes(self) -> float:
        """Return the nodes of the latent as a formula."""
        left = self._inner_left()
        units = (left > 0) * (self.overhead + NODES_OF_TERM * left)
        terms = NODES_OF_TERM * self.alive[: self.n_inputs].sum() - SAVED_BY_FIRST
        return float(terms + units.sum())

    def drop_least(self) -> bool:
        """Take away the weight or unit that is worth least per node; tell whether there was one."""
        worth = self._worth()
        least = int(np.argmin(worth))
        if not np.isfinite(worth[least]):
            return False
        if self._outer <= least < self._inner:
            self._forget(self._of_unit(least - self._outer))
        self.weights -= self.weights[least] / self.inverse[least, least] * self.inverse[least]
        self._forget([least])
        return True

    def _worth(self) -> Array:
        """Return what each may be dropped for, per node; infinite where it stays or is gone.

        A unit goes as a whole, by its outer weight; the last linear weight stays.
        """
        left, n = self._inner_left(), self.n_inputs
        own = self.alive.copy()
        own[n : self._inner] = False
        if own[:n].sum() == 1:
            own[:n] = False
        own[self._inner :].reshape(-1, n)[left == 1] = False
        worth = np.full(len(own), np.inf)
        worth[own] = self.weights[own] ** 2 / np.diag(self.inverse)[own] / NODES_OF_TERM
        for unit in np.flatnonzero(left).tolist():
            size = self.overhead[unit] + NODES_OF_TERM * left[unit]
            worth[self._outer + unit] = self._worth_of_unit(unit) / size
        return worth

    def _worth_of_unit(self, unit: int) -> float:
        """Return what its outer weight is worth where its inner ones cannot make up for it."""
        outer, own = self._outer + unit, self._of_unit(unit)
        shared = self.inverse[outer, own]
        rest = shared @ np.linalg.solve(self.inverse[np.ix_(own, own)], shared)
        return float(self.weights[outer] ** 2 / (self.inverse[outer, outer] - rest))

    def _of_unit(self, unit: int) -> list[int]:
        """Return what is left of the shift and the inner weights of a unit."""
        shift = self._outer + len(self.overhead) + unit
        first = self._inner + unit * self.n_inputs
        places = [shift, *range(first, first + self.n_inputs)]
        return [place for place in places if self.alive[place]]

    def _forget(self, places: list[int]) -> None:
        """Take weights out of what may move: H⁻¹ of the others."""
        block = self.inverse[:, places]
        self.inverse -= block @ np.linalg.solve(self.inverse[np.ix_(places, places)], block.T)
        self.inverse[places] = 0
        self.inverse[:, places] = 0
        self.alive[places] = False
        self.weights[places] = 0
