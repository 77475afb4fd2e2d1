"""Which columns a table has, and what is known of each: kind, group, unit, missing values."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import pandas as pd
from pydantic import Field, field_validator

from latent_laws.errors import LatentLawsError, nearest
from latent_laws.strict import StrictModel
from latent_laws.tables.groups import expand_names
from latent_laws.tables.problems import Problems, listed

Kind = Literal["numeric", "binary", "categorical", "date", "embedding"]
Missing = Literal["refuse", "drop", "median", "most_frequent"]
T = TypeVar("T")

_RESERVED = "split"
_UNUSABLE = re.compile(r"[`\r\n\x00]|^\s*$")
_DAY = "day"


class OneHotOptions(StrictModel):
    """One categorical variable spread over 0/1 columns of which exactly one is 1 in each row."""

    group: str
    columns: tuple[str, ...]


class ColumnOptions(StrictModel):
    """The columns of a table by kind.

    Names may be written short: `Soil_Type_{0..39}` for a range, a `*` for any text.

    Attributes:
        numeric: Columns of numbers, or `auto` for every column not named elsewhere.
        binary: Columns of 0 and 1, or `auto` for those among the rest that hold only 0 and 1.
        categorical: Columns whose values are names; each becomes a one-hot group.
        dates: Columns of dates; each becomes a number of days.
        embedding: Columns of numbers from a network, which may hold what is constant but for
            rounding.
        one_hot: Groups of 0/1 columns.
        labels: Columns that are no inputs, for instance a target; they colour the map of latents.
        ignore: Columns to leave out, for instance an identifier.
        units: Unit of a column, such as `degree` or `m`, by name. A full name goes before a short
            one, and of those the first counts.
        missing: What to do where a column has no value, by name as for units. `refuse` (if no name
            matches), `drop` the row, or fill in the `median` or the `most_frequent` value of the
            training rows beside a 0/1 column that says where. What is no number has no median, and
            gets its most frequent value instead.
    """

    numeric: tuple[str, ...] | Literal["auto"] = "auto"
    binary: tuple[str, ...] | Literal["auto"] = "auto"
    categorical: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    embedding: tuple[str, ...] = ()
    one_hot: tuple[OneHotOptions, ...] = ()
    labels: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    units: dict[str, str] = Field(default_factory=dict)
    missing: dict[str, Missing] = Field(default_factory=dict)

    @field_validator("units")
    @classmethod
    def _units_can_be_printed(cls, units: dict[str, str]) -> dict[str, str]:
        for name, unit in units.items():
            if _UNUSABLE.search(unit):
                raise ValueError(f"the unit of '{name}' is {unit!r}: accepted is any visible text")
        return units


@dataclass(frozen=True)
class Column:
    """One column of the user's table."""

    name: str
    kind: Kind
    group: str | None = None
    unit: str | None = None
    missing: Missing = "refuse"


def resolve_columns(
    table: pd.DataFrame, options: ColumnOptions, problems: Problems
) -> tuple[Column, ...]:
    """Find the columns that the options ask for in a table.

    Args:
        table: The table as it came.
        options: Names by kind, units, policies for missing values.
        problems: Takes note of columns that are missing, not asked for, or of unusable names.

    Returns:
        The columns in the order of the table, without the ignored ones.

    Raises:
        LatentLawsError: If a column is there twice or listed twice, so that no more can be said.
    """
    available = [str(name) for name in table.columns]
    _check_unique(available, "the table has column {} more than once: rename one of them")
    named = _named_columns(options, available)
    _check_unique([column.name for column in named], "column {} is listed under two kinds")
    ignored = set(expand_names((*options.ignore, *options.labels), available))
    rest = [name for name in available if name not in {c.name for c in named} | ignored]
    automatic = list(_automatic_columns(table, rest, options))
    by_name = {column.name: column for column in (*named, *automatic)}
    _note_missing(list(by_name), available, rest, problems)
    _note_missing(sorted(ignored), available, available, problems)
    _note_unasked([name for name in rest if name not in by_name], problems)
    found = [by_name[name] for name in available if name in by_name and name not in ignored]
    _note_unusable_names(found, problems)
    units = _by_name(options.units, available, problems)
    missing = _by_name(options.missing, available, problems)
    return tuple(_described(column, units, missing) for column in found)


def _described(column: Column, units: Mapping[str, str], missing: Mapping[str, Missing]) -> Column:
    unit = units.get(column.name, _DAY if column.kind == "date" else None)
    return replace(column, unit=unit, missing=missing.get(column.name, "refuse"))


def _named_columns(options: ColumnOptions, available: Sequence[str]) -> list[Column]:
    """List the columns that the options name, kind by kind."""
    by_kind: dict[Kind, tuple[str, ...]] = {
        "numeric": () if options.numeric == "auto" else options.numeric,
        "binary": () if options.binary == "auto" else options.binary,
        "categorical": options.categorical,
        "date": options.dates,
        "embedding": options.embedding,
    }
    named = [
        Column(name, kind) for kind in by_kind for name in expand_names(by_kind[kind], available)
    ]
    for one_hot in options.one_hot:
        names = expand_names(one_hot.columns, available)
        named += [Column(name, "binary", one_hot.group) for name in names]
    return named


def _automatic_columns(
    table: pd.DataFrame, rest: Sequence[str], options: ColumnOptions
) -> Iterator[Column]:
    """Give the columns that nobody named a kind, as far as a kind is `auto`."""
    frame = with_text_names(table)
    for name in rest:
        _check_not_renamed_by_the_reader(name, frame)
        if options.binary == "auto" and holds_only_zero_and_one(frame[name]):
            yield Column(name, "binary")
        elif options.numeric == "auto":
            yield Column(name, "numeric")


def with_text_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return a view of a table whose column names are text."""
    return table.set_axis([str(name) for name in table.columns], axis="columns")


def holds_only_zero_and_one(values: "pd.Series[float]") -> bool:
    """Whether a column has numbers or booleans, gaps aside all of them 0 or 1."""
    if not pd.api.types.is_numeric_dtype(values):  # booleans count as numbers, but not with gaps
        return pd.api.types.infer_dtype(values, skipna=True) == "boolean"
    return bool((values.isin([0, 1]) | values.isna()).all()) and bool(values.notna().any())


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
        raise LatentLawsError(message.format(listed(twice)))


def _note_missing(
    expected: Sequence[str], available: Sequence[str], likely: Sequence[str], problems: Problems
) -> None:
    """Note columns that the parameters name and the table lacks; ask for the likely one."""
    known = set(available)
    missing = [name for name in dict.fromkeys(expected) if name not in known]
    if missing:
        meant = nearest(missing[0], likely)
        hint = f" (is it '{meant}'?)" if meant else ""
        problems.add(
            f"no column {missing[0]}",
            missing[0],
            f"the table has no column {listed(missing)}{hint}",
        )


def _note_unasked(unasked: Sequence[str], problems: Problems) -> None:
    if unasked:
        problems.add(
            "unasked column",
            unasked[0],
            f"the table has column {listed(unasked)}, which the parameters do not expect",
            "list it under numeric, binary, categorical, dates, one_hot, labels or ignore",
        )


def _note_unusable_names(columns: Sequence[Column], problems: Problems) -> None:
    if not columns:
        problems.add("no column", "", "the table has no column left to use as a feature")
    for column in columns:
        if column.name == _RESERVED or _UNUSABLE.search(column.name):
            problems.add(
                "unusable name",
                column.name,
                f"column name {column.name!r} cannot be used",
                f"accepted is any text but '{_RESERVED}', blanks alone, backticks and line breaks",
            )


def _by_name(
    patterns: Mapping[str, T], available: Sequence[str], problems: Problems
) -> dict[str, T]:
    """Write out what is given by names in short."""
    found: dict[str, T] = {}
    for pattern in sorted(patterns, key=lambda pattern: pattern not in available):
        names = expand_names([pattern], available)
        _note_missing(names, available, available, problems)
        for name in names:
            found.setdefault(name, patterns[pattern])
    return found
