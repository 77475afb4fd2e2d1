"""Shapley additive global importance (Covert et al. 2020) of features in decoder(formulas(x)).

Features are replaced by their means one after the other, in random order, and each is credited
with what that adds to the squared distance from the network's own answer (the reconstruction, or
the latents where there is no decoder). The average over orders is the Shapley value of the feature,
and the values sum to what replacing all of them adds. For exact formulas the sum is the variance of
the answer; where they are not exact, the network's answer stays the yardstick.

If the change is quadratic in what is deleted (a linear model on the data), then every order
together with its reverse gives the exact value, and ranking by it gives the largest possible area
between the deletion curves of the two ends: a feature at place t of d enters that area with its
value times d + 1 - 2t.

A one-hot group is deleted as a whole, and a row's change credited to the member that is set in
it. Members by themselves would be arbitrary: adding a constant to all of them changes nothing
that a formula was fitted to.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from latent_laws.findings.blocks import Block
from latent_laws.findings.response import Response, Rows, Values
from latent_laws.formulas.formula import Formula

# More rows a call cost less each, and more memory.
_ROWS_AT_ONCE = 4096


class SymbolicResponse:
    """An encoder's answer with formulas in place of the encoder, on fixed rows.

    A value further from the latent's range than that range is wide counts as that bound: a
    formula's pole far from the data says nothing about the encoder. An undefined one counts as the
    latent's mean.

    Args:
        formulas: Latent -> formula; a latent without one keeps its values.
        response: The encoder.
        X: Rows x features.
        names: The features.
    """

    def __init__(
        self,
        formulas: Mapping[int, Formula],
        response: Response,
        X: Rows,
        names: Sequence[str],
    ) -> None:
        self._formulas, self._response, self._X = formulas, response, X
        position = {name: column for column, name in enumerate(names)}
        self._columns = {
            latent: [position[name] for name in formula.features]
            for latent, formula in formulas.items()
        }
        self._Z = response.model.encode(X)
        self._answer = response.to_latents(self._Z)
        low, high = self._Z.min(axis=0), self._Z.max(axis=0)
        self._low, self._high = low - (high - low), high + (high - low)
        self._mean = self._Z.mean(axis=0)
        for latent, columns in self._columns.items():
            self._Z[:, latent] = self._evaluated(latent, X[:, columns])

    def sage_values(
        self, blocks: Sequence[Block], baseline: Rows, rng: np.random.Generator
    ) -> Values:
        """Shapley values of the features, by one random order and its reverse.

        Args:
            blocks: Disjoint blocks that hold every feature.
            baseline: Shape (features,), what a deleted feature is replaced by.
            rng: Draws the order.

        Returns:
            Shape (features,), in squared units of the outputs. One below 0 is a feature
            whose deletion makes up for that of others.
        """
        read = {column for columns in self._columns.values() for column in columns}
        order = [blocks[place] for place in rng.permutation(len(blocks))]
        order = [block for block in order if not read.isdisjoint(block.columns)]
        credit = np.zeros(self._X.shape[1])
        for path in (order, order[::-1]):
            changes = np.diff(self._distances(self._along(path, baseline)), axis=0)
            for block, change in zip(path, changes, strict=True):
                credit += self._credited(change, block) / 2
        return credit

    def _along(self, path: Sequence[Block], baseline: Rows) -> Values:
        """Return the latents as one block after the other goes: blocks + 1, rows, latents."""
        states = np.repeat(self._Z[None], len(path) + 1, axis=0)
        for latent, columns in self._columns.items():
            X, hit, given = self._X[:, columns], [], []
            for place, block in enumerate(path):
                own = np.isin(columns, block.columns)
                if own.any():
                    X = np.where(own, baseline[columns], X)
                    hit.append(place)
                    given.append(X)
            if hit:
                values = self._evaluated(latent, np.concatenate(given))
                for place, value in zip(hit, np.split(values, len(hit)), strict=True):
                    states[place + 1 :, :, latent] = value
        return states

    def _distances(self, states: Values) -> Values:
        """Return the squared distance of each row's answer from the network's: states x rows."""
        at_once = max(1, _ROWS_AT_ONCE // len(self._X))
        parts = np.array_split(states, -(-len(states) // at_once))
        return np.concatenate([self._distance(part) for part in parts])

    def _distance(self, states: Values) -> Values:
        answer = self._response.to_latents(states.reshape(-1, states.shape[2]))
        apart: Values = answer.reshape(*states.shape[:2], -1) - self._answer
        return np.asarray((apart**2).sum(axis=2))

    def _credited(self, change: Values, block: Block) -> Values:
        """Divide the mean change over the members of a block."""
        credit = np.zeros(self._X.shape[1])
        members = belonging(self._X[:, list(block.columns)])
        credit[list(block.columns)] = np.mean(change[:, None] * members, axis=0)
        return credit

    def _evaluated(self, latent: int, X: Rows) -> Values:
        """Return a formula on rows of the columns that it reads."""
        formula = self._formulas[latent]
        values = formula.evaluate(X, formula.features)
        bounded = np.clip(values, self._low[latent], self._high[latent])
        return np.asarray(np.where(np.isfinite(values), bounded, self._mean[latent]))


def belonging(block: Rows) -> NDArray[np.float64]:
    """How far each row belongs to each member of a block: shape (rows, members), rows sum to 1.

    A row of a one-hot group belongs to its largest column, whether the columns are scaled or
    not, and a row of a single feature to that.
    """
    middle = (block.min(axis=0) + block.max(axis=0)) / 2
    inside = (block > middle).astype(np.float64) if block.shape[1] > 1 else np.ones(block.shape)
    total = inside.sum(axis=1, keepdims=True)
    # a row outside of all categories counts for all of them
    return np.asarray(np.where(total > 0, inside / np.maximum(total, 1), 1 / block.shape[1]))
