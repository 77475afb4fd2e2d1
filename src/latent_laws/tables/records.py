"""From the table as it came to checked numbers; the first bad value stops everything, by name."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import Column


def check_records(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Check every value of a table.

    Args:
        table: The table as it came, rows x columns.
        columns: Its features, as `resolve_columns` finds them.

    Returns:
        The features as float64, in their order, rows numbered from 0.

    Raises:
        LatentLawsError: If there are no rows, a value is not a finite number, a binary column
            holds anything but 0 and 1, or a one-hot group does not sum to one. Rows are counted
            from 1, a header not being one.
    """
    if table.empty:
        raise LatentLawsError("the table has no rows: at least one record is needed")
    frame = table.set_axis([str(name) for name in table.columns], axis="columns")
    numbers = {column.name: _numbers(frame[column.name], column) for column in columns}
    for group in dict.fromkeys(column.group for column in columns if column.group):
        _check_sums_to_one(group, [numbers[c.name] for c in columns if c.group == group])
    return pd.DataFrame(numbers)


def _numbers(values: "pd.Series[float]", column: Column) -> NDArray[np.float64]:
    """Return a column as finite float64 numbers, 0 and 1 alone if it is binary."""
    # float() takes more than a table should: text such as '1_0', and dates as nanoseconds
    kind = values.dtype.kind
    numeric = values if kind in "biuf" else pd.to_numeric(values.astype(object), errors="coerce")
    numbers = numeric.to_numpy(dtype=np.float64, na_value=np.nan)
    _stop_at_first(~np.isfinite(numbers), values, column, "a finite number")
    if column.kind == "binary":
        _stop_at_first((numbers != 0) & (numbers != 1), values, column, "0 or 1")
    return cast("NDArray[np.float64]", numbers)


def _stop_at_first(
    bad: NDArray[np.bool_], values: "pd.Series[float]", column: Column, accepted: str
) -> None:
    if bad.any():
        row = int(bad.argmax())
        value = values.iloc[row]
        shown = "no value" if pd.isna(value) else f"'{value}'"
        raise LatentLawsError(
            f"column '{column.name}' holds {shown} in row {row + 1}: accepted is {accepted}"
            f"{_other_rows(bad)}"
        )


def _check_sums_to_one(group: str, members: Sequence[NDArray[np.float64]]) -> None:
    sums = np.sum(members, axis=0)
    bad = sums != 1
    if bad.any():
        row = int(bad.argmax())
        raise LatentLawsError(
            f"one-hot group '{group}' sums to {sums[row]:g} in row {row + 1}: accepted is 1, "
            f"exactly one of its {len(members)} columns set{_other_rows(bad)}"
        )


def _other_rows(bad: NDArray[np.bool_]) -> str:
    others = int(bad.sum()) - 1
    return f" ({others} more such {'row' if others == 1 else 'rows'})" if others else ""
