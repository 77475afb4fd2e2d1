"""Which terms of a formula go while it trains, by optimal brain surgery, and which come back.

A weight is worth what its latent loses on some rows if it goes and the others move to make up for
it, w² / [H⁻¹]_ww, where H is the Gram matrix of the latent's slopes in its weights (Hassibi and
Stork, Second order derivatives for network pruning, 1993). Weights and whole units go by that worth
per node.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latent_laws.encoders.ridge import NODES_OF_TERM, Layout, RidgeEncoder

Array = NDArray[np.float64]
Places = NDArray[np.intp]

# Of the mean diagonal of the Gram matrix, so that copied inputs have an inverse.
_RIDGE = 1e-3


@torch.no_grad()
def prune(encoder: RidgeEncoder, x: Tensor, allowed: float) -> None:
    """Take away what is worth least per node until no latent has more than `allowed` nodes.

    Args:
        encoder: Changed in place: which weights are left, and those that are.
        x: Rows on which terms are judged, rows x inputs.
        allowed: Nodes of a latent.
    """
    nodes = encoder.nodes()
    large = torch.nonzero(nodes > allowed)[:, 0].tolist()
    slopes = encoder.slopes(x) if large else x
    for latent in large:
        terms = _Terms.of(encoder, slopes[:, latent], latent)
        over = float(nodes[latent]) - allowed
        while over > 0 and (saved := terms.drop_least()):
            over -= saved
        encoder.weights[latent] = torch.from_numpy(terms.weights)
        encoder.alive[latent] = torch.from_numpy(terms.alive)


def grow(encoder: RidgeEncoder, loss: Callable[[], Tensor], allowed: float) -> None:
    """Bring weights back that went, those with the steepest gradient, while nodes are allowed.

    Pruning and growing in turn finds better sets of weights than pruning alone (Evci et al.,
    Rigging the lottery: making all tickets winners, 2020). Units that went stay away.

    Args:
        encoder: Changed in place: weights that come back are 0.
        loss: Of encoder and decoder, to be called as the encoder is then.
        allowed: Nodes of a latent.
    """
    left, gone = encoder.alive, encoder.growable()
    with torch.no_grad():
        encoder.weights.mul_(left)
    encoder.alive = left + gone
    (gradient,) = torch.autograd.grad(loss(), encoder.weights)
    encoder.alive = left.clone()
    steepness = torch.where(gone > 0, gradient.abs(), -1.0)
    for latent, nodes in enumerate(encoder.nodes().tolist()):
        room = min(int((allowed - nodes) / NODES_OF_TERM), int(gone[latent].sum()))
        steepest = steepness[latent].argsort(descending=True, stable=True)[: max(0, room)]
        encoder.alive[latent, steepest] = 1.0


@dataclass
class _Terms:
    """The weights of one latent.

    Attributes:
        weights: All of them.
        alive: Which are left.
        inverse: H⁻¹ of those, rows and columns of others 0.
        layout: Where each lies.
    """

    weights: Array
    alive: NDArray[np.bool_]
    inverse: Array
    layout: Layout

    @classmethod
    def of(cls, encoder: RidgeEncoder, slopes: Tensor, latent: int) -> "_Terms":
        alive = encoder.alive[latent].numpy() > 0
        moving = slopes.numpy()[:, alive].astype(np.float64)
        gram = moving.T @ moving / len(moving)
        gram[np.diag_indices_from(gram)] += _RIDGE * gram.trace() / len(gram)
        inverse = np.zeros((len(alive), len(alive)))
        inverse[np.ix_(alive, alive)] = np.linalg.inv(gram)
        weights = encoder.weights[latent].numpy().astype(np.float64)
        return cls(weights, alive, inverse, encoder.layout)

    def drop_least(self) -> float:
        """Take away the weight or unit whose going costs least per node; return the nodes saved."""
        losses, nodes = self._losses()
        least = int(np.argmin(losses / nodes))
        if not np.isfinite(losses[least]):
            return 0.0
        if least in self.layout.outer:
            self._forget(self._argument(least))
        self.weights -= self.weights[least] / self.inverse[least, least] * self.inverse[least]
        self._forget(np.array([least]))
        return float(nodes[least])

    def _losses(self) -> tuple[Array, Array]:
        """Return what the going of each costs, infinite where it stays or is gone; nodes saved.

        A unit goes as a whole, by its outer weight; the last weight of a sum stays.
        """
        losses = np.full(len(self.weights), np.inf)
        nodes = np.full(len(self.weights), float(NODES_OF_TERM))
        sums = [np.flatnonzero(self.alive[: self.layout.n_inputs])]
        for outer, overhead in zip(self.layout.outer, self.layout.overhead, strict=True):
            if self.alive[outer]:
                argument = self._argument(outer)
                losses[outer] = self._loss_of_unit(outer, argument)
                nodes[outer] = overhead + NODES_OF_TERM * (len(argument) - 1)
                sums.append(argument[1:])
        for places in sums:
            if len(places) > 1:
                losses[places] = self.weights[places] ** 2 / np.diag(self.inverse)[places]
        return losses, nodes

    def _loss_of_unit(self, outer: int, argument: Places) -> float:
        """Return what its outer weight is worth where its argument cannot make up for it."""
        shared = self.inverse[outer, argument]
        rest = shared @ np.linalg.solve(self.inverse[np.ix_(argument, argument)], shared)
        return float(self.weights[outer] ** 2 / (self.inverse[outer, outer] - rest))

    def _argument(self, outer: int) -> Places:
        """Return the places of the shift and of what is left of the inner weights of a unit."""
        places = self.layout.argument(outer)
        return places[self.alive[places]]

    def _forget(self, places: Places) -> None:
        """Take weights out of what may move: H⁻¹ of the others."""
        block = self.inverse[:, places]
        self.inverse -= block @ np.linalg.solve(self.inverse[np.ix_(places, places)], block.T)
        self.inverse[places] = 0
        self.inverse[:, places] = 0
        self.alive[places] = False
        self.weights[places] = 0
