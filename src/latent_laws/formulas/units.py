"""From scaled inputs to the columns of the user's table in their own units, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.formulas.algebra import Sum, fold_constants, sum_of
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.simplify import agree, standard_columns, without_rounding
from latent_laws.formulas.sums import MINUS, OVER
from latent_laws.formulas.tokens import FormulaError, Tokens, Variable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """How raw columns became inputs: x = (raw - mean) / scale, in the order of the columns.

    Attributes:
        names: The columns.
        mean: Of each, in its unit.
        scale: Of each, in its unit.
        units: Of each; nothing where there is none, or it is not known.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    units: tuple[str | None, ...]

    def __post_init__(self) -> None:
        lengths = {len(one) for one in (self.names, self.mean, self.scale, self.units)}
        if len(lengths) > 1 or len(set(self.names)) < len(self.names):
            raise FormulaError(
                f"scaling of {len(self.names)} columns; accepted are distinct names with one "
                "mean, one scale and one unit each"
            )
        for name, mean, scale in zip(self.names, self.mean, self.scale, strict=True):
            if not (np.isfinite([mean, scale]).all() and scale > 0):
                raise FormulaError(
                    f"column {name!r} has mean {mean} and scale {scale}; accepted are finite "
                    "numbers, scales above 0"
                )

    @classmethod
    def from_feature_info(cls, info: pd.DataFrame) -> Self:
        """Read the catalog's `feature_info`: columns feature, mean and scale, maybe unit.

        Raises:
            FormulaError: A column is missing, a name occurs twice, or a scale is no number above 0.
        """
        for column in ("feature", "mean", "scale"):
            if column not in info.columns:
                raise FormulaError(f"feature_info has no column {column!r}")
        units = info["unit"] if "unit" in info.columns else [None] * len(info)
        try:
            mean, scale = (tuple(map(float, info[column])) for column in ("mean", "scale"))
        except (TypeError, ValueError) as error:
            reason = f"{error!s:.80}"
            raise FormulaError(f"mean and scale of feature_info are numbers: {reason}") from error
        return cls(
            tuple(map(str, info["feature"])),
            mean,
            scale,
            tuple(unit if isinstance(unit, str) and unit else None for unit in units),
        )

    @classmethod
    def of(
        cls, scaling: Mapping[str, tuple[float, float]], units: Mapping[str, str] | None = None
    ) -> Self:
        """The scaling of a map feature -> (mean, scale) and maybe a map feature -> unit."""
        mean, scale = ([float(pair[i]) for pair in scaling.values()] for i in (0, 1))
        return cls(
            tuple(scaling), tuple(mean), tuple(scale), tuple((units or {}).get(n) for n in scaling)
        )

    def to_scaled(self, raw: NDArray[np.floating]) -> Array:
        """Rows x columns as the encoder sees them."""
        return np.asarray((np.asarray(raw, np.float64) - self.mean) / self.scale)

    def to_raw(self, scaled: NDArray[np.floating]) -> Array:
        """Rows x columns in their own units."""
        return np.asarray(np.asarray(scaled, np.float64) * self.scale + self.mean)

    def scaled_columns(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Columns of the table by name, as the encoder sees them."""
        pairs = {name: self.column(name) for name in columns}
        return {name: (columns[name] - mean) / scale for name, (mean, scale) in pairs.items()}

    @property
    def unit_of(self) -> dict[str, str]:
        """Column -> unit, where it is known."""
        return {n: unit for n, unit in zip(self.names, self.units, strict=True) if unit}

    def of_columns(self, names: Sequence[str]) -> Self:
        """The scaling of some columns, in their order."""
        return self.of({name: self.column(name) for name in names}, self.unit_of)

    def column(self, name: str) -> tuple[float, float]:
        """Mean and scale of a column.

        Raises:
            FormulaError: There is no such column.
        """
        if name not in self.names:
            raise FormulaError(f"no scaling is known for the feature {name!r}")
        place = self.names.index(name)
        return self.mean[place], self.scale[place]


def in_unit(formula: Formula, mean: float, scale: float) -> Formula:
    """Return the formula of y in its unit, given that of (y - mean) / scale."""
    return Formula(sum_of(formula.tokens).scaled(scale).add(Sum(mean)).tokens())


def raw_formula(formula: Formula, scaling: Scaling) -> Formula:
    """The same value as a formula of the table's columns in their own units.

    Means and scales are folded into its weights and its constants.

    Raises:
        FormulaError: A feature has no scaling.
    """
    pairs = {name: scaling.column(name) for name in formula.features}
    inputs: dict[str, Tokens] = {
        name: (Variable(name), mean, MINUS, scale, OVER) for name, (mean, scale) in pairs.items()
    }
    plain = tuple(
        token
        for place in formula.tokens
        for token in (inputs[place.name] if isinstance(place, Variable) else (place,))
    )
    folded = fold_constants(plain)
    scaled = standard_columns(formula.features)
    probes = {name: scaled[name] * scale + mean for name, (mean, scale) in pairs.items()}
    # A mean of a million scales would lose its digits in a folded constant.
    return Formula(without_rounding(folded, probes) if agree(folded, plain, probes) else plain)
