"""From the table as it came to checked values; all faults of a table are told at once."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel
from latent_laws.tables.columns import Column, ColumnOptions, resolve_columns, with_text_names
from latent_laws.tables.problems import Problems

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
Names: TypeAlias = "pd.Categorical[str]"
Values: TypeAlias = "Numbers | pd.Categorical[str]"

_SECONDS_A_DAY = 86_400


class DateOptions(StrictModel):
    """How dates are read.

    Attributes:
        format: As of `strptime`, for instance `%d.%m.%Y`; ISO 8601 (2024-12-31) otherwise.
        origin: The date that becomes 0.
    """

    format: str = "ISO8601"
    origin: date = date(2000, 1, 1)


@dataclass(frozen=True)
class Records:
    """Checked values of a table, before anything is learned from them.

    Attributes:
        columns: What is known of each column.
        values: By column: float64, NaN where a value is to be filled in, or categories.
        index: Numbers of the rows in the table.
    """

    columns: tuple[Column, ...]
    values: dict[str, Values]
    index: "pd.Index[int]"

    @property
    def n_rows(self) -> int:
        """Number of rows, those dropped left out."""
        return len(self.values[self.columns[0].name])


def read_records(table: pd.DataFrame, options: ColumnOptions, dates: DateOptions) -> Records:
    """Check every value of a table.

    Args:
        table: Rows x columns, its index numbers the rows from 0.
        options: Which columns there are, and what to do where one has no value.
        dates: How dates are read.

    Returns:
        The values, without rows that lack a value of a column whose policy is to drop them.

    Raises:
        LatentLawsError: All that is wrong: columns missing or not expected, values that are no
            finite number, 0 or 1, name or date as their column asks, no value where the policy is
            to refuse, a one-hot group that does not sum to one. Rows are counted from 1, a header
            not being one.
    """
    if table.empty:
        raise LatentLawsError("the table has no rows: at least one record is needed")
    problems = Problems()
    columns = resolve_columns(table, options, problems)
    return _without_dropped_rows(read_columns(table, columns, dates, problems))


def read_columns(
    table: pd.DataFrame, columns: tuple[Column, ...], dates: DateOptions, problems: Problems
) -> Records:
    """Check every value of known columns, as `read_records` does, and keep all rows."""
    frame = with_text_names(table)
    present = [column for column in columns if column.name in frame]
    values = {column.name: _read(frame[column.name], column, dates, problems) for column in present}
    for group in dict.fromkeys(column.group for column in present if column.group):
        members = [values[column.name] for column in present if column.group == group]
        _note_sums(group, members, frame.index, problems)
    problems.stop()
    return Records(columns, values, frame.index)


def missing_values(values: Values) -> Mask:
    """Return where there is no value, a flag a row."""
    if isinstance(values, pd.Categorical):
        return np.asarray(values.codes) < 0
    return np.isnan(values)


def _read(
    values: "pd.Series[float]", column: Column, dates: DateOptions, problems: Problems
) -> Values:
    """Read one column, and note what is wrong with it."""
    empty = values.isna().to_numpy(dtype=bool)
    if empty.all() and column.missing == "refuse":
        what = f"column '{column.name}' holds no value in any row"
        problems.add("empty column", column.name, what, "list it under ignore")
    elif column.missing != "drop" and column.group:
        remedy = "accepted is 0 or 1 in every column of a one-hot group, or set missing to drop"
        _note(problems, "no value in a group", empty, values, column, remedy)
    elif column.missing == "refuse":
        remedy = "accepted is a value in every row, or set missing to median, most_frequent or drop"
        _note(problems, "no value", empty, values, column, remedy)
    if column.kind == "categorical":
        return pd.Categorical(_names(values))
    if column.kind == "date":
        return _days(values, empty, column, dates, problems)
    return _numbers(values, empty, column, problems)


def _names(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return values as text; whole numbers among gaps came as floats, and lose their `.0`."""
    if isinstance(values.dtype, pd.StringDtype):
        return values
    text = values.map(str, na_action="ignore")
    return text.str.removesuffix(".0") if values.dtype.kind == "f" else text


def _days(
    values: "pd.Series[float]", empty: Mask, column: Column, dates: DateOptions, problems: Problems
) -> Numbers:
    """Return dates as days since the origin, with a fraction where they have a time."""
    if values.dtype.kind == "M":
        times = pd.to_datetime(values, utc=True)
    else:
        times = pd.to_datetime(
            values.astype(object).map(_date_text), format=dates.format, errors="coerce", utc=True
        )
    days = (times - pd.Timestamp(dates.origin, tz="UTC")).dt.total_seconds() / _SECONDS_A_DAY
    numbers: Numbers = days.to_numpy(np.float64).astype(np.float64, copy=False)
    _note(
        problems,
        "no date",
        np.isnan(numbers) & ~empty,
        values,
        column,
        f"accepted is a date as of {dates.format}; see dates.format",
    )
    return numbers


def _date_text(value: object) -> str | None:
    """Return what may be read as a date; a number is none, though pandas would take it for one."""
    return (
        value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else None
    )


def _numbers(
    values: "pd.Series[float]", empty: Mask, column: Column, problems: Problems
) -> Numbers:
    """Return a column as finite float64 numbers and NaN, 0 and 1 alone if it is binary."""
    # float() takes more than a table should: text such as '1_0', and dates as nanoseconds
    kind = values.dtype.kind
    numeric = values if kind in "biuf" else pd.to_numeric(values.astype(object), errors="coerce")
    # a view where the column is float64 already
    numbers: Numbers = np.asarray(numeric.to_numpy(dtype=np.float64, na_value=np.nan))
    remedy = "accepted is a finite number, or list it under categorical, dates or ignore"
    bad = ~np.isfinite(numbers) & ~empty
    _note(problems, "no number", bad, values, column, remedy)
    if column.kind == "binary":
        bad = (numbers != 0) & (numbers != 1) & np.isfinite(numbers)
        remedy = "accepted is 0 or 1, or list it under numeric or categorical"
        _note(problems, "not binary", bad, values, column, remedy)
    return numbers


def _note(
    problems: Problems,
    fault: str,
    bad: Mask,
    values: "pd.Series[float]",
    column: Column,
    remedy: str,
) -> None:
    if bad.any():
        row = int(bad.argmax())
        value = values.iloc[row]
        shown = "no value" if values.isna().iloc[row] else f"'{' '.join(str(value).split()):.40}'"
        what = (
            f"column '{column.name}' holds {shown} in row {values.index[row] + 1}{_other_rows(bad)}"
        )
        problems.add(fault, column.name, what, remedy)


def _note_sums(
    group: str, members: list[Values], numbers: "pd.Index[int]", problems: Problems
) -> None:
    sums = sum((np.asarray(member) for member in members), np.zeros(len(members[0])))
    bad = (sums != 1) & ~np.isnan(sums)
    if bad.any():
        row = int(bad.argmax())
        problems.add(
            "one-hot",
            group,
            f"one-hot group '{group}' sums to {sums[row]:g} in row {numbers[row] + 1}"
            f"{_other_rows(bad)}",
            f"accepted is 1, exactly one of its {len(members)} columns set",
        )


def _other_rows(bad: Mask) -> str:
    others = int(bad.sum()) - 1
    return f" and {others} more {'row' if others == 1 else 'rows'}" if others else ""


def _without_dropped_rows(records: Records) -> Records:
    dropping = [column.name for column in records.columns if column.missing == "drop"]
    if not dropping:
        return records
    kept = ~np.any([missing_values(records.values[name]) for name in dropping], axis=0)
    if not kept.any():
        raise LatentLawsError(
            "every row lacks a value of some column whose missing values drop the row: "
            "set missing of the emptiest columns to median, or list them under ignore"
        )
    values = {name: values[kept] for name, values in records.values.items()}
    return Records(records.columns, values, records.index[kept])
