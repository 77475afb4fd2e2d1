"""Saturation: a column that is clipped at its smallest or largest value."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A bound holds at least so many rows, and so many times those of each of the next values.
_FEWEST_ROWS, _TIMES_NEIGHBOURS, _NEIGHBOURS = 5, 5, 3


@dataclass(frozen=True)
class Saturation:
    """Where a column is clipped; infinite where it is not.

    Attributes:
        low: Its lower bound.
        high: Its upper bound.
    """

    low: float = -np.inf
    high: float = np.inf

    @classmethod
    def of(cls, y: Array) -> Self:
        """Find the bounds of a column; one of few values, such as 0 and 1, has none."""
        values, counts = np.unique(y, return_counts=True)
        if len(values) <= 2 * (_NEIGHBOURS + 1):
            return cls()
        low = float(values[0]) if _piles_up(counts) else -np.inf
        high = float(values[-1]) if _piles_up(counts[::-1]) else np.inf
        return cls(low, high)

    def is_free(self, y: Array) -> NDArray[np.bool_]:
        """Tell which values lie strictly between the bounds."""
        return np.asarray((y > self.low) & (y < self.high))

    def clip(self, prediction: Array) -> Array:
        """Clip a prediction as the column is."""
        return np.asarray(np.clip(prediction, self.low, self.high))


def _piles_up(counts: NDArray[np.int64]) -> bool:
    """Tell whether the first value has far more rows than each of the next ones."""
    neighbours = counts[1 : 1 + _NEIGHBOURS].max()
    return bool(counts[0] >= max(_FEWEST_ROWS, _TIMES_NEIGHBOURS * neighbours))
