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
        for latent in formulas:
            self._Z[:, latent] = self._evaluated(latent, X)

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
        order = [blocks[place] for place in rng.permutation(len(blocks))]
        credit = np.zeros(self._X.shape[1])
        for path in (order, order[::-1]):
            X, Z = self._X.copy(), self._Z.copy()
            before = self._distance(Z)
            for block in path:
                columns = list(block.columns)
                X[:, columns] = baseline[columns]
                if self._update(Z, X, columns):
                    after = self._distance(Z)
                    credit += self._credited(after - before, block) / 2
                    before = after
        return credit

    def _update(self, Z: Values, X: Rows, columns: Sequence[int]) -> bool:
        """Evaluate the formulas that read some columns again, and tell whether there are any."""
        affected = [
            latent for latent, own in self._columns.items() if not set(own).isdisjoint(columns)
        ]
        for latent in affected:
            Z[:, latent] = self._evaluated(latent, X)
        return bool(affected)

    def _distance(self, Z: Values) -> Values:
        """Return the squared distance of each row's answer from the network's."""
        squared: Values = ((self._response.to_latents(Z) - self._answer) ** 2).sum(axis=1)
        return squared

    def _credited(self, change: Values, block: Block) -> Values:
        """Divide the mean change over the members of a block."""
        credit = np.zeros(self._X.shape[1])
        members = belonging(self._X[:, list(block.columns)])
        credit[list(block.columns)] = np.mean(change[:, None] * members, axis=0)
        return credit

    def _evaluated(self, latent: int, X: Rows) -> Values:
        formula = self._formulas[latent]
        values = formula.evaluate(X[:, self._columns[latent]], formula.features)
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
