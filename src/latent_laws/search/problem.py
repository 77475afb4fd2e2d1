"""What a search is given: rows, a target, and what the units tell of the inputs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula

Array = NDArray[np.float64]

# The share of variance left over from which on a search gets its full budget, in how many
# decades below it the budget falls to nothing, and what it never falls below.
_MUCH = 0.1
_DECADES = 3.0
_LEAST_EFFORT = 0.2

_DEGREES = frozenset({"degree", "degrees", "deg", "°"})


@dataclass(frozen=True)
class Knowledge:
    """What is known before a search: from the units of the inputs, and from the encoder.

    Attributes:
        angles: Input in degrees -> (offset, factor), so that its angle in radians is
            offset + factor * x.
        kinds: Input -> kind; only inputs of one kind may share a weight, and so may all inputs
            that have none.
        formula: What the encoder computes the latent by, where it is a formula.
    """

    angles: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    formula: Formula | None = None

    @classmethod
    def of(cls, feature_info: pd.DataFrame) -> Self:
        """Read the catalog's `feature_info`: `feature, kind, group, unit, mean, scale`.

        Args:
            feature_info: A row an input; without the column `unit` no unit is known.
        """
        angles, kinds = {}, {}
        for row in feature_info.to_dict("records"):
            name, unit = str(row["feature"]), row.get("unit")
            known = isinstance(unit, str) and bool(unit)
            kinds[name] = f"{row['kind']} in {unit}" if known else str(row["kind"])
            if known and str(unit).lower() in _DEGREES:
                angles[name] = (math.radians(row["mean"]), math.radians(row["scale"]))
        return cls(angles, kinds)


@dataclass(frozen=True)
class Problem:
    """One target to be searched.

    Attributes:
        X: Rows x inputs, most relevant input first, C order.
        y: Rows.
        names: Of the inputs.
        knowledge: What units tell.
        found: Forms that earlier engines found, to start from.
        left: Share of variance that the best short one leaves over; budgets scale with it.
    """

    X: Array
    y: Array
    names: Sequence[str]
    knowledge: Knowledge = Knowledge()
    found: tuple[Formula, ...] = ()
    left: float = 1.0

    @property
    def effort(self) -> float:
        """Share of a full budget that is worth spending: all from a tenth left over, then less."""
        decades = math.log10(max(self.left, 1e-12) / _MUCH)
        return min(1.0, max(_LEAST_EFFORT, 1.0 + decades / _DECADES))

    def screened(self, n_inputs: int) -> Self:
        """Return the problem with its most relevant inputs only."""
        few = np.ascontiguousarray(self.X[:, :n_inputs])
        return replace(self, X=few, names=self.names[:n_inputs])

    def sample(self, n_rows: int, seed: int) -> Self:
        """Return the problem on some of its rows, drawn by the seed."""
        rows = np.random.default_rng(seed).permutation(len(self.y))[:n_rows]
        return replace(self, X=self.X[rows], y=self.y[rows])

    def tail(self, n_dropped: int) -> Self:
        """Return the problem without its first rows."""
        return replace(self, X=self.X[n_dropped:], y=self.y[n_dropped:])

    @property
    def columns(self) -> dict[str, Array]:
        """Input -> its values, rows."""
        return dict(zip(self.names, np.ascontiguousarray(self.X.T), strict=True))

    def target(self, y: Array) -> Self:
        """Return the problem with another target."""
        return replace(self, y=y)


@dataclass(frozen=True)
class Split:
    """Inputs and one latent on one split."""

    X: NDArray[np.floating]
    y: Array
