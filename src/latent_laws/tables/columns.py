"""Which columns a table has, what kind each is, and which one-hot group it belongs to."""

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from latent_laws.errors import LatentLawsError
from latent_laws.tables.groups import expand_names

Kind = Literal["numeric", "binary", "embedding"]

_RESERVED = "split"
_NAMES_SHOWN = 3


class OneHotOptions(BaseModel):
    """One categorical variable spread over 0/1 columns of which exactly one is 1 in each row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: str
    columns: tuple[str, ...]


class ColumnOptions(BaseModel):
    """The columns of a table by kind.

    Names may be written short: `Soil_Type_{0..39}` for a range, `Soil_Type_*` for a beginning.

    Attributes:
        numeric: Columns of numbers, or `auto` for every column not named elsewhere.
        binary: Columns of 0 and 1, or `auto` for those among the rest that hold only 0 and 1.
        one_hot: Groups of 0/1 columns.
        ignore: Columns to leave out, for instance an identifier or a target.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    numeric: tuple[str, ...] | Literal["auto"] = "auto"
    binary: tuple[str, ...] | Literal["auto"] = "auto"
    one_hot: tuple[OneHotOptions, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One feature of the table."""

    name: str
    kind: Kind
    group: str | None = None


def resolve_columns(table: pd.DataFrame, options: ColumnOptions) -> tuple[Column, ...]:
    """Find the columns that the options ask for in a table.

    Args:
        table: The table as it came.
        options: Names by kind.

    Returns:
        The columns in the order of the table, without the ignored ones.

    Raises:
        LatentLawsError: If a column is missing, not asked for, named twice, or of a reserved name.
    """
    available = [str(name) for name in table.columns]
    _check_unique(available, "the table has column {} more than once: rename one of them")
    named = _named_columns(options, available)
    _check_unique([column.name for column in named], "column {} is listed under two kinds")
    ignored = set(expand_names(options.ignore, available))
    rest = [name for name in available if name not in {c.name for c in named} | ignored]
    automatic = _automatic_columns(table, rest, options)
    unasked = [name for name in rest if name not in {column.name for column in automatic}]
    _check_complete([column.name for column in named], available, unasked)
    by_name = {column.name: column for column in (*named, *automatic)}
    found = tuple(by_name[name] for name in available if name in by_name and name not in ignored)
    _check_names(found)
    return found


def _named_columns(options: ColumnOptions, available: Sequence[str]) -> list[Column]:
    """List the columns that the options name, kind by kind."""
    numeric = () if options.numeric == "auto" else options.numeric
    binary = () if options.binary == "auto" else options.binary
    named = [Column(name, "numeric") for name in expand_names(numeric, available)]
    named += [Column(name, "binary") for name in expand_names(binary, available)]
    for one_hot in options.one_hot:
        for name in expand_names(one_hot.columns, available):
            named.append(Column(name, "binary", one_hot.group))
    return named


def _automatic_columns(
    table: pd.DataFrame, rest: Sequence[str], options: ColumnOptions
) -> list[Column]:
    """Give the columns that nobody named a kind, as far as a kind is `auto`."""
    frame = table.set_axis([str(name) for name in table.columns], axis="columns")
    found = []
    for name in rest:
        _check_not_renamed_by_the_reader(name, frame)
        if options.binary == "auto" and _holds_only_zero_and_one(frame[name]):
            found.append(Column(name, "binary"))
        elif options.numeric == "auto":
            found.append(Column(name, "numeric"))
    return found


def _holds_only_zero_and_one(values: "pd.Series[float]") -> bool:
    if not pd.api.types.is_numeric_dtype(values):  # booleans count as numbers
        return False
    return bool(values.isin([0, 1]).all()) and len(values) > 0


def _check_not_renamed_by_the_reader(name: str, frame: pd.DataFrame) -> None:
    """Stop at `Slope.1` beside `Slope`: so pandas calls the second column of one name."""
    original, dot, number = name.rpartition(".")
    if dot and number.isdecimal() and original in frame.columns:
        raise LatentLawsError(
            f"column '{original}' seems to be there twice (the second was read as '{name}'): "
            "rename one of them, or list the columns by name"
        )


def _check_unique(names: Sequence[str], message: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise LatentLawsError(message.format(_listed(twice)))


def _check_complete(expected: Sequence[str], available: Sequence[str], unasked: list[str]) -> None:
    """Stop if a column is missing or not asked for; name the likely renaming."""
    missing = [name for name in expected if name not in set(available)]
    if missing:
        hint = _renaming(missing[0], unasked)
        raise LatentLawsError(f"the table has no column {_listed(missing)}{hint}")
    if unasked:
        raise LatentLawsError(
            f"the table has column {_listed(unasked)}, which the parameters do not expect: "
            "list it under numeric, binary, one_hot or ignore"
        )


def _renaming(missing: str, unasked: Sequence[str]) -> str:
    by_lower_case = {name.lower(): name for name in unasked}
    close = difflib.get_close_matches(missing.lower(), by_lower_case, n=1, cutoff=0.5)
    return f" (is it '{by_lower_case[close[0]]}' now?)" if close else ""


def _check_names(columns: Sequence[Column]) -> None:
    if not columns:
        raise LatentLawsError("the table has no column left to use as a feature")
    for column in columns:
        if column.name == _RESERVED or re.search(r"[`\r\n]|^\s*$", column.name):
            raise LatentLawsError(
                f"column name {column.name!r} cannot be used: accepted is any text but "
                f"'{_RESERVED}', blanks alone, backticks and line breaks"
            )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
