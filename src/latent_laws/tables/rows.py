"""Rows that a user hands over in Python: values, names, and the form that an encoder takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.tables.split import MINIMUM_ROWS, SplitOptions, assign_splits
from latent_laws.tables.table import SPLITS, FeatureTable

Array = NDArray[np.float64]

# Columns of about this spread and centre are searched as they are; others are standardised first.
_SMALLEST_SPREAD, _LARGEST_SPREAD, _LARGEST_CENTRE = 0.2, 5.0, 5.0


@dataclass(frozen=True)
class Rows:
    """A table of numbers.

    Attributes:
        names: Of the inputs.
        values: Rows x inputs.
        make_input: Turns rows x inputs into what a function takes: frames and stacks of images
            come back in their own form.
    """

    names: tuple[str, ...]
    values: Array
    make_input: Callable[[Array], Any]


def read_rows(X: object, names: Sequence[str] | None) -> Rows:
    """Read a frame or an array.

    Args:
        X: Frame, or array of rows x inputs; further axes, such as those of images, are inputs.
        names: Of the inputs; a frame has its own, else they are x0, x1, …

    Raises:
        LatentLawsError: If X is no table of finite numbers, or the names do not fit.
    """
    if isinstance(X, pd.DataFrame):
        return _read_frame(X, names)
    try:
        array = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LatentLawsError(
            f"X is {type(X).__name__}; accepted is a frame or array of numbers, rows x inputs"
        ) from error
    if array.ndim < 2:  # noqa: PLR2004 - rows x inputs
        raise LatentLawsError(f"X has shape {array.shape}; accepted is rows x inputs")
    shape = array.shape[1:]
    values = array.reshape(len(array), -1)
    given = names or [f"x{i}" for i in range(values.shape[1])]
    return _checked(Rows(tuple(given), values, lambda rows: rows.reshape(len(rows), *shape)))


def assigned_splits(split: object, n_rows: int, seed: int) -> NDArray[np.str_]:
    """Return the split of every row: as given, or 80/10/10 by the seed.

    Raises:
        LatentLawsError: If it is not one of the three names for every row, or a split is small.
    """
    if split is None:
        return assign_splits(n_rows, SplitOptions(seed=seed))
    splits = np.asarray(split, dtype=str)
    if splits.shape != (n_rows,) or not np.isin(splits, SPLITS).all():
        raise LatentLawsError(
            f"split is not one of {', '.join(SPLITS)} for each of the {n_rows} rows"
        )
    for name in SPLITS:
        count = int((splits == name).sum())
        if count < MINIMUM_ROWS:
            raise LatentLawsError(
                f"split has {count} {name} rows; accepted is at least {MINIMUM_ROWS}"
            )
    return splits


def standardising(values: Array, training: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the mean and scale of each column by which a search is best done.

    Columns of 0 and 1, and those of about size one already, stay as they are (mean 0, scale 1).

    Args:
        values: Rows x inputs.
        training: True for the training rows.
    """
    rows = values[training]
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    binary = ((rows == 0) | (rows == 1)).all(axis=0)
    varies = scale > 0
    spread = scale[varies & ~binary]
    centre = np.abs(mean[varies & ~binary])
    alike = (spread >= _SMALLEST_SPREAD) & (spread <= _LARGEST_SPREAD) & (centre <= _LARGEST_CENTRE)
    if alike.all():
        return np.zeros_like(mean), np.ones_like(scale)
    kept = binary | ~varies
    return np.where(kept, 0.0, mean), np.where(kept, 1.0, scale)


def table_of(names: tuple[str, ...], values: Array, splits: NDArray[np.str_]) -> FeatureTable:
    """Put rows x inputs into a table by split."""
    return FeatureTable(names, *(np.ascontiguousarray(values[splits == name]) for name in SPLITS))


def _read_frame(X: pd.DataFrame, names: Sequence[str] | None) -> Rows:
    if names is not None:
        raise LatentLawsError("names are for arrays; a frame has its own")
    kinds = zip(X.columns, X.dtypes, strict=True)
    text = [str(name) for name, kind in kinds if not pd.api.types.is_numeric_dtype(kind)]
    if text:
        raise LatentLawsError(
            f"column {text[0]!r} of X holds no numbers; accepted are columns of numbers, as the "
            "encoder takes them"
        )
    columns = X.columns

    def frame(rows: Array) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=columns)

    return _checked(Rows(tuple(map(str, columns)), X.to_numpy(dtype=np.float64), frame))


def _checked(rows: Rows) -> Rows:
    n_inputs = rows.values.shape[1]
    if len(rows.names) != n_inputs or len(set(rows.names)) != n_inputs:
        raise LatentLawsError(
            f"there are {len(set(rows.names))} different names for {n_inputs} inputs; accepted is "
            "one for each"
        )
    if not np.isfinite(rows.values).all():
        row, column = map(int, np.argwhere(~np.isfinite(rows.values))[0])
        raise LatentLawsError(
            f"X holds {rows.values[row, column]} in row {row + 1} of {rows.names[column]!r}; "
            "accepted are finite numbers"
        )
    return rows


def read_row(row: object, names: Sequence[str]) -> Array:
    """Read one row.

    Args:
        row: Values by column (a Series, a mapping, a frame of one row), or in their order.
        names: The columns.

    Returns:
        Its values in the order of the columns.

    Raises:
        LatentLawsError: If a value is missing, too many, or no number.
    """
    if isinstance(row, pd.DataFrame):
        if len(row) != 1:
            raise LatentLawsError(f"row has {len(row)} rows; accepted is one")
        row = row.iloc[0]
    if isinstance(row, pd.Series | Mapping):
        missing = [name for name in names if name not in row]
        if missing:
            raise LatentLawsError(f"row has no value of {missing[0]!r}")
        row = [row[name] for name in names]
    try:
        values = np.asarray(row, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise LatentLawsError("row holds what is no number") from error
    if len(values) != len(names):
        raise LatentLawsError(f"row has {len(values)} values; accepted are {len(names)}")
    return values
