"""Second moments of a table and a target: all that least squares needs, whatever the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from latent_laws.tables.covariance import shrinkage, shrunk

# Below this share of its variance a column counts as a combination of the chosen ones.
_DEPENDENT = 1e-6
# Below this share of the target's variance nothing is left to explain: float32 rounding.
_EXACT = 1e-7
# An exchange of inputs has to explain so much more of the target's variance.
_SMALLEST_GAIN = 1e-9
_EXCHANGE_PASSES = 6


@dataclass(frozen=True)
class Moments:
    """Centred second moments.

    Attributes:
        mean_x: features.
        mean_y: of the target.
        gram: covariance of the features, features x features.
        cross: covariance of each feature with the target, features.
        variance: of the target.
        judged: gram on which features are compared, with correlations shrunk where rows are few
            (see `tables.covariance`); weights and dependence go by `gram`.
    """

    mean_x: NDArray[np.float64]
    mean_y: float
    gram: NDArray[np.float64]
    cross: NDArray[np.float64]
    variance: float
    judged: NDArray[np.float64]

    @classmethod
    def of(cls, X: NDArray[np.float64], y: NDArray[np.float64]) -> Self:
        """Measure X, rows x features, and y, rows."""
        mean_x: NDArray[np.float64] = X.mean(axis=0)
        mean_y = float(y.mean())
        centred, residual = X - mean_x, y - mean_y
        n = len(y)
        gram = centred.T @ centred / n
        return cls(
            mean_x,
            mean_y,
            gram,
            centred.T @ residual / n,
            float(residual @ residual / n),
            shrunk(gram, shrinkage(X)),
        )

    def least_squares(self, chosen: list[int]) -> NDArray[np.float64]:
        """Return the weights of the chosen features."""
        gram = self.gram[np.ix_(chosen, chosen)]
        return np.asarray(np.linalg.solve(gram, self.cross[chosen]), dtype=np.float64)

    def unexplained(self, chosen: list[int]) -> float:
        """Return the share of the target's variance that the chosen features leave over."""
        if not chosen:
            return 1.0
        explained = float(self.least_squares(chosen) @ self.cross[chosen])
        return 1.0 - explained / max(self.variance, 1e-300)

    def fewest_exact(self, path: list[int]) -> list[int]:
        """Drop features from a path that leaves nothing over, as long as it leaves nothing over.

        Returns:
            Fewer features that are still exact; none where the path is not exact, or needs all.
        """
        if self.unexplained(path) > _EXACT:
            return []
        kept = list(path)
        for feature in reversed(path):
            without = [i for i in kept if i != feature]
            if self.unexplained(without) <= _EXACT:
                kept = without
        return kept if len(kept) < len(path) else []

    def forward_path(self, n_inputs: int) -> list[int]:
        """Order features by forward selection, at each step the one that explains most.

        This is orthogonal least squares, the refinement of orthogonal matching pursuit that
        compares candidates after removing what is explained already (Chen, Billings and Luo,
        1989). The moments are swept by each chosen feature, so that a path costs O(k d²).

        Returns:
            At most `n_inputs` features; fewer where the rest depends on them.
        """
        gram, judged, cross = self.gram, self.judged, self.cross
        scale = np.maximum(np.diag(self.gram), 1e-300)
        open_ = np.diag(self.gram) > 0
        path: list[int] = []
        for _ in range(min(n_inputs, len(cross))):
            usable = open_ & (np.diag(gram) > _DEPENDENT * scale)
            if not usable.any():
                break
            left = np.where(usable, np.diag(judged), 1.0)
            best = int(np.where(usable, cross**2 / left, -1.0).argmax())
            path.append(best)
            open_[best] = False
            cross = cross - judged[:, best] * (cross[best] / judged[best, best])
            gram, judged = _swept(gram, best), _swept(judged, best)
        return path

    def exchanged(self, chosen: list[int]) -> list[int]:
        """Exchange chosen features for others, one at a time, as long as more is explained.

        This is sequential replacement (Miller, Subset Selection in Regression, 2002): a forward
        path never takes an early choice back.
        """
        chosen = list(chosen)
        if len(chosen) == np.count_nonzero(np.diag(self.gram) > 0):
            return chosen  # nothing is left to take in
        for _ in range(_EXCHANGE_PASSES):
            before = list(chosen)
            for place, member in enumerate(before):
                gain = self._gains(chosen[:place] + chosen[place + 1 :])
                best = int(gain.argmax())
                if gain[best] > gain[member] + _SMALLEST_GAIN * self.variance:
                    chosen[place] = best
            if chosen == before:
                break
        return chosen

    def best_choices(self, sizes: Sequence[int]) -> list[list[int]]:
        """Choose features, once for every number of them.

        Where a forward path on the moments as measured explains all, these are its beginnings;
        else the beginnings of a path that exchanges improve, on shrunk correlations.

        Args:
            sizes: How many features to choose.

        Returns:
            A choice for every size, of fewer features where the rest depends on those; empty
            where all features are constant.
        """
        most = max(sizes, default=0)
        exact = replace(self, judged=self.gram).forward_path(most)
        if self.unexplained(exact) <= _EXACT:
            return [exact[:size] for size in sizes]
        path = self.forward_path(most)
        # one search for all sizes that the path does not reach
        chosen = {k: self.exchanged(path[:k]) for k in {min(size, len(path)) for size in sizes}}
        return [chosen[min(size, len(path))] for size in sizes]

    def _gains(self, others: list[int]) -> NDArray[np.float64]:
        """Return what each feature explains of the target beyond others; -1 for what depends."""
        variances = np.diag(self.gram)
        usable = _left(self.gram, others) > _DEPENDENT * np.maximum(variances, 1e-300)
        usable[others] = False
        left = np.where(usable, _left(self.judged, others), 1.0)
        rows = self.judged[others]
        rest = self.cross - np.linalg.solve(rows[:, others], self.cross[others]) @ rows
        return np.where(usable, rest**2 / left, -1.0)


def _left(gram: NDArray[np.float64], others: list[int]) -> NDArray[np.float64]:
    """Return the variance of each feature that others leave over."""
    rows = gram[others]
    weights = np.linalg.solve(rows[:, others], rows)
    left: NDArray[np.float64] = np.diag(gram) - (rows * weights).sum(axis=0)
    return left


def _swept(gram: NDArray[np.float64], feature: int) -> NDArray[np.float64]:
    """Return moments of what one feature leaves over of all."""
    column = gram[:, feature]
    swept: NDArray[np.float64] = gram - np.outer(column, column) / column[feature]
    return swept
