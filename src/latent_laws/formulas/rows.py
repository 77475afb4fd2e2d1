"""Rows of a user's table: columns found by name, and rows that are scaled already refused."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.errors import nearest
from latent_laws.formulas import backends
from latent_laws.formulas.tokens import FormulaError
from latent_laws.formulas.units import Scaling

Array = NDArray[np.float64]
Rows = pd.DataFrame | NDArray[np.floating]

_FAR = 4.0  # scales from the mean where hardly any row lies
_UNLIKE = 20.0  # a scale this far from 1 cannot be taken for the spread of scaled values
_ENOUGH = 20  # rows that make a spread
_LOOKED_AT = 1000  # rows


def columns_of(rows: Rows, names: Sequence[str], wanted: Sequence[str]) -> dict[str, Array]:
    """Columns of a frame by name, or of an array by position.

    Args:
        rows: A frame with at least the wanted columns in any order, or an array rows x names.
        names: The columns of an array, in order.
        wanted: The columns that are needed.

    Returns:
        Name -> column of shape (rows,) in float64.

    Raises:
        FormulaError: A column is missing, occurs twice or holds no numbers, or the array has
            another shape.
    """
    if not isinstance(rows, pd.DataFrame):
        return backends.numpy_columns(np.asarray(rows), names, wanted)
    present = list(map(str, rows.columns))
    columns: dict[str, Array] = {}
    for name in wanted:
        if present.count(name) != 1:
            raise FormulaError(_not_one(name, present))
        try:
            columns[name] = rows.iloc[:, present.index(name)].to_numpy(np.float64)
        except (TypeError, ValueError) as error:
            raise FormulaError(f"column {name!r} of the table does not hold numbers") from error
    return columns


def _not_one(name: str, present: Sequence[str]) -> str:
    if name in present:
        return f"the table has the column {name!r} {present.count(name)} times; accepted is once"
    close = nearest(name, present)
    hint = f"; the nearest of its {len(present)} columns is {close!r}" if close else ""
    return f"the table has no column {name!r}, which the formulas need{hint}"


def refuse_scaled(rows: Rows, scaling: Scaling) -> None:
    """Refuse rows that are scaled already where rows of the table are expected.

    A column whose values would be far off in the table, but not among scaled ones, or the other
    way round, is a witness; the majority decides.

    Raises:
        FormulaError: The rows look scaled.
    """
    scaled: list[str] = []
    n_raw = 0
    for name, values in _witnesses(rows, scaling.names).items():
        mean, scale = scaling.column(name)
        as_table, as_scaled = _fits(values, mean, scale), _fits(values, 0.0, 1.0)
        n_raw += as_table and not as_scaled
        whole = (values == np.rint(values)).all()  # counts and flags: scaling makes fractions
        if as_scaled and not whole and (not as_table or _has_scaled_spread(values, scale)):
            scaled.append(name)
    if len(scaled) > n_raw:
        mean, scale = scaling.column(scaled[0])
        raise FormulaError(
            f"the rows look scaled already: {scaled[0]!r} is near 0, in the table it is near "
            f"{mean:.4g} with a spread of {scale:.3g}; accepted are rows in the units of the "
            "table (for scaled ones: on_scaled)"
        )


def _witnesses(rows: Rows, names: Sequence[str]) -> dict[str, Array]:
    """Return the known values of the first rows, by column."""
    first = rows[:_LOOKED_AT]
    if isinstance(first, pd.DataFrame):
        first = first.select_dtypes(["number", "bool"])
        present = set(map(str, first.columns))
        columns = columns_of(first, names, [name for name in names if name in present])
    else:
        columns = columns_of(first, names, names)
    known = {name: values[np.isfinite(values)] for name, values in columns.items()}
    return {name: values for name, values in known.items() if values.size}


def _fits(values: Array, mean: float, scale: float) -> bool:
    """Whether the median value lies where nearly all rows lie."""
    return bool(np.median(np.abs(values - mean)) <= _FAR * scale)


def _has_scaled_spread(values: Array, scale: float) -> bool:
    """Whether values vary by about 1 around 0 in a column whose scale is far from 1."""
    unlike = max(scale, 1 / scale) > _UNLIKE
    near = abs(values.mean()) < 1 and 1 / _FAR < values.std() < _FAR
    return bool(unlike and near and values.size >= _ENOUGH)
