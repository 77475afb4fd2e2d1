"""Second moments of a table and a target: all that least squares needs, whatever the rows."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

# Below this share of its variance a column counts as a combination of the chosen ones.
_DEPENDENT = 1e-6
# Below this share of the target's variance nothing is left to explain: float32 rounding.
_EXACT = 1e-7


@dataclass(frozen=True)
class Moments:
    """Centred second moments.

    Attributes:
        mean_x: features.
        mean_y: of the target.
        gram: covariance of the features, features x features.
        cross: covariance of each feature with the target, features.
        variance: of the target.
    """

    mean_x: NDArray[np.float64]
    mean_y: float
    gram: NDArray[np.float64]
    cross: NDArray[np.float64]
    variance: float

    @classmethod
    def of(cls, X: NDArray[np.float64], y: NDArray[np.float64]) -> Self:
        """Measure X, rows x features, and y, rows."""
        mean_x: NDArray[np.float64] = X.mean(axis=0)
        mean_y = float(y.mean())
        centred, residual = X - mean_x, y - mean_y
        n = len(y)
        return cls(
            mean_x,
            mean_y,
            centred.T @ centred / n,
            centred.T @ residual / n,
            float(residual @ residual / n),
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
        gram, cross = self.gram.copy(), self.cross.copy()
        scale = np.maximum(np.diag(self.gram), 1e-300)
        open_ = np.diag(self.gram) > 0
        path: list[int] = []
        for _ in range(min(n_inputs, len(cross))):
            left = np.diag(gram)
            usable = open_ & (left > _DEPENDENT * scale)
            if not usable.any():
                break
            gain = np.where(usable, cross**2 / np.where(usable, left, 1.0), -1.0)
            best = int(gain.argmax())
            path.append(best)
            open_[best] = False
            column = gram[:, best].copy()
            cross = cross - column * (cross[best] / column[best])
            gram -= np.outer(column, column) / column[best]
        return path
