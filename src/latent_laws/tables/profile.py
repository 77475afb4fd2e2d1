"""What a table nobody prepared holds, column by column, and what is best made of it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import Kind, holds_only_zero_and_one, with_text_names
from latent_laws.tables.preparation import CategoryOptions
from latent_laws.tables.problems import listed

_TARGETS = {"target", "label", "class", "y", "outcome", "response"}
_IDENTIFIER = re.compile(r"(^|[_ ])(id|uuid|guid|index|key|rownum)$|^unnamed: \d+$", re.IGNORECASE)
_PLACEHOLDERS = {"?", "-", "--", ".", "n/a", "na", "none", "null", "missing", "unknown"}
_DATE_FORMATS = ("ISO8601", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y")
# whole numbers that take so few values may be codes
_FEW_CODES = 10
# texts that repeat less are identifiers or prose
_LEAST_REPEATS = 2


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    Attributes:
        name: Its name.
        kind: What it is best taken as; None if it is best left out.
        why: What speaks for that, for readers.
        n_missing: Rows without a value.
        n_inputs: Inputs of an encoder that it becomes.
        group: One-hot group of a 0/1 column.
        placeholders: Texts that stand for no value.
        is_label: Whether it is left out, but colours the map of latents.
    """

    name: str
    kind: Kind | None
    why: str
    n_missing: int = 0
    n_inputs: int = 1
    group: str | None = None
    placeholders: tuple[str, ...] = ()
    is_label: bool = False


@dataclass(frozen=True)
class TableProfile:
    """A table.

    Attributes:
        n_rows: Its rows.
        n_seen: Those of them that were looked at.
        columns: Its columns, in order; counts of rows are of those looked at.
        date_format: As of `strptime`, or ISO8601.
        n_repeated: Rows that are the same as an earlier one, of those looked at.
    """

    n_rows: int
    n_seen: int
    columns: tuple[ColumnProfile, ...]
    date_format: str
    n_repeated: int

    @property
    def used(self) -> list[ColumnProfile]:
        """The columns that are not left out."""
        return [column for column in self.columns if column.kind]

    @property
    def n_inputs(self) -> int:
        """Inputs of an encoder of the table."""
        return sum(column.n_inputs for column in self.used)

    @property
    def n_variables(self) -> int:
        """Columns in use, a one-hot group counting as one."""
        groups = {column.group for column in self.used if column.group}
        return len(groups) + sum(column.group is None for column in self.used)


def profile_table(table: pd.DataFrame, n_rows: int | None = None) -> TableProfile:
    """Find out what the columns of a table are.

    Args:
        table: The table as it came, or rows drawn from it.
        n_rows: Rows of the whole table, if these are some of them.

    Raises:
        LatentLawsError: If it has no rows, two columns of one name, or nothing to make inputs of.
    """
    frame = with_text_names(table)
    if frame.empty:
        raise LatentLawsError("the table has no rows: at least one record is needed")
    twice = [str(name) for name in frame.columns[frame.columns.duplicated()]]
    if twice:
        raise LatentLawsError(f"the table has column {listed(twice)} more than once: rename one")
    date_format = _common_date_format(frame)
    columns = [_profile(frame[name], date_format) for name in frame.columns]
    columns = _with_groups(frame, columns)
    if not any(column.kind for column in columns):
        reasons = "; ".join(f"'{column.name}': {column.why}" for column in columns[:3])
        raise LatentLawsError(f"the table has no column to learn from ({reasons})")
    n_repeated = int(frame.astype("str").duplicated().sum())
    return TableProfile(n_rows or len(frame), len(frame), tuple(columns), date_format, n_repeated)


def _profile(values: "pd.Series[float]", date_format: str) -> ColumnProfile:
    name, n_missing = str(values.name), int(values.isna().sum())
    if n_missing == len(values):
        return ColumnProfile(name, None, "no value in any row", n_missing)
    if name.lower() in _TARGETS:
        why = "called like a target: to be explained, not an input"
        return ColumnProfile(name, None, why, is_label=True)
    if values.dtype.kind == "M":
        found = ColumnProfile(name, "date", "dates")
    elif holds_only_zero_and_one(values):
        found = ColumnProfile(name, "binary", "0 and 1 only")
    elif pd.api.types.is_numeric_dtype(values):
        found = _profile_numbers(name, values)
    else:
        found = _profile_texts(name, values, date_format)
    if found.kind and not n_missing and _is_constant(values):
        return ColumnProfile(name, None, f"the same in every row ({values.iloc[0]!s:.30})")
    gaps = (
        n_missing + int(values.isin(found.placeholders).sum()) if found.placeholders else n_missing
    )
    # where values are missing becomes an input of its own
    has_indicator = gaps > CategoryOptions().min_share * len(values)
    return replace(found, n_missing=gaps, n_inputs=found.n_inputs + has_indicator)


def _profile_numbers(name: str, values: "pd.Series[float]") -> ColumnProfile:
    low, high = values.min(), values.max()
    if not np.isfinite([float(low), float(high)]).all():
        return ColumnProfile(name, None, "an infinite value: replace it to keep the column")
    if pd.api.types.is_integer_dtype(values):
        consecutive = high - low == len(values) - 1
        if (consecutive or _IDENTIFIER.search(name)) and values.is_unique:
            return ColumnProfile(name, None, "another whole number in every row: an identifier")
        if high - low < _FEW_CODES:
            codes = f"whole numbers from {low} to {high}: if they are codes, move it to categorical"
            return ColumnProfile(name, "numeric", codes)
    return ColumnProfile(name, "numeric", f"from {low:.4g} to {high:.4g}")


def _profile_texts(name: str, values: "pd.Series[float]", date_format: str) -> ColumnProfile:
    texts = values.dropna().astype("str")
    counts = texts.value_counts()
    numbers = pd.to_numeric(counts.index.to_series(), errors="coerce")
    others = tuple(str(text) for text in counts.index[numbers.isna()])
    if len(others) < len(counts) and {text.lower().strip() for text in others} <= _PLACEHOLDERS:
        why = f"numbers, and {listed(others)} for no value" if others else "numbers kept as text"
        return ColumnProfile(name, "numeric", why, placeholders=others)
    if _share_of_dates(texts, date_format) == 1:
        return ColumnProfile(name, "date", f"dates from {texts.min()} to {texts.max()}")
    if len(counts) * _LEAST_REPEATS > len(texts) or name.lower() == "id":
        why = f"{len(counts):,} different texts in {len(values):,} rows: an identifier, or prose"
        return ColumnProfile(name, None, why)
    options = CategoryOptions()
    frequent = int((counts >= options.min_share * len(texts)).sum())
    if not frequent:
        return ColumnProfile(name, None, f"{len(counts):,} different texts, none of them frequent")
    n_inputs = min(frequent + (frequent < len(counts)), options.max_categories)
    why = f"{len(counts):,} different texts: {listed([str(text) for text in counts.index])}"
    return ColumnProfile(name, "categorical", why, n_inputs=1 if len(counts) == 2 else n_inputs)  # noqa: PLR2004 - of two, one says all


def _is_constant(values: "pd.Series[float]") -> bool:
    return bool((values == values.iloc[0]).all())


def _common_date_format(frame: pd.DataFrame) -> str:
    """Return the format that fits most text columns; the first of several."""
    texts = [
        frame[name].dropna().astype("str").drop_duplicates()
        for name in frame.columns
        if not pd.api.types.is_numeric_dtype(frame[name]) and frame[name].dtype.kind != "M"
    ]
    fits = {
        format_: sum(_share_of_dates(text, format_) == 1 for text in texts)
        for format_ in _DATE_FORMATS
    }
    return max(_DATE_FORMATS, key=lambda format_: fits[format_])


def _share_of_dates(texts: "pd.Series[str]", format_: str) -> float:
    # ISO 8601 takes a year alone; a date here has a day
    if not texts.str.contains(r"\d\D\d", regex=True).any():
        return 0.0
    parsed = pd.to_datetime(texts, format=format_, errors="coerce", utc=True)
    return float(parsed.notna().mean())


def _with_groups(frame: pd.DataFrame, columns: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Find 0/1 columns of one beginning of which exactly one is 1 in each row."""
    families: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        beginning = re.sub(r"[_ .=:-]?[^_ .=:-]*$", "", column.name)
        if column.kind == "binary" and not column.n_missing and beginning:
            families[beginning].append(column.name)
    group_of = {
        name: beginning
        for beginning, names in families.items()
        if len(names) > 1 and (frame[names].sum(axis="columns") == 1).all()
        for name in names
    }
    return [replace(column, group=group_of.get(column.name)) for column in columns]
