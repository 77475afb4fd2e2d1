"""What a table's columns become as inputs of an encoder, learned on the training rows."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field

from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel
from latent_laws.tables.columns import Column, Kind
from latent_laws.tables.problems import listed
from latent_laws.tables.records import Mask, Names, Numbers, Records, Values, missing_values

logger = logging.getLogger(__name__)

OTHER = "other"
_INDICATOR = "missing"
_ANY = np.finfo(float).tiny


class CategoryOptions(StrictModel):
    """How categories, and missing values that are filled in, become 0/1 columns.

    Attributes:
        min_share: Categories of a smaller share of the training rows become one, `other`; missing
            values of a smaller share are filled in without a column that says where.
        max_categories: So do all but the most frequent, so that this many columns are left.
    """

    min_share: float = Field(default=0.01, ge=0, lt=1)
    max_categories: int = Field(default=30, ge=2)


@dataclass(frozen=True)
class Feature:
    """One input of an encoder."""

    name: str
    kind: Kind
    group: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class ColumnPlan:
    """What one column of the table becomes.

    Attributes:
        column: What is known of it.
        fill: Value where there is none; None if there always has to be one.
        has_indicator: Whether a 0/1 column says where there was none.
        categories: Names of the categories that keep a column of their own, in alphabetical order.
        has_other: Whether a column more takes all other categories.
    """

    column: Column
    fill: float | str | None = None
    has_indicator: bool = False
    categories: tuple[str, ...] = ()
    has_other: bool = False

    def features(self) -> list[Feature]:
        """List the inputs it becomes."""
        column = self.column
        if column.kind == "categorical":
            names = [f"{column.name}_{member}" for member in self.members()]
            group = column.name if len(names) > 1 else None
            found = [Feature(name, "binary", group) for name in names]
        else:
            kind: Kind = "numeric" if column.kind == "date" else column.kind
            found = [Feature(column.name, kind, column.group, column.unit)]
        if self.has_indicator:
            found.append(Feature(f"{column.name}_{_INDICATOR}", "binary"))
        return found

    def arrays(self, values: Values) -> Iterator[Numbers]:
        """Yield the values of those inputs, one a row, in their order, from those of the column."""
        empty = missing_values(values)
        if isinstance(values, pd.Categorical):
            codes = self._codes(values)
            for member in self.members():
                yield (codes == self._all_categories().index(member)).astype(np.float64)
        elif empty.any() and self.fill is not None:
            yield np.where(empty, float(self.fill), values)
        else:
            yield values
        if self.has_indicator:
            yield empty.astype(np.float64)

    def _all_categories(self) -> list[str]:
        return [*self.categories, *([OTHER] if self.has_other else [])]

    def members(self) -> list[str]:
        """List categories with a column; of two, one column says all."""
        categories = self._all_categories()
        return categories[1:] if len(categories) == 2 else categories  # noqa: PLR2004 - a pair

    def takes(self, member: str) -> tuple[tuple[str, ...], bool, bool]:
        """Say which values of the column are a category.

        Returns:
            Names; whether it is all names but these; whether it is a missing value too.
        """
        rest = member == (OTHER if self.has_other else self.fill)
        names = tuple(name for name in self.categories if name != member) if rest else (member,)
        filled = self.fill if self.fill in self.categories else OTHER
        return names, rest, member == filled

    def _codes(self, values: Names) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        """Number the category of each row; an unseen one is `other`, or else the fill value."""
        numbers = {name: number for number, name in enumerate(self.categories)}
        filled = numbers.get(str(self.fill), len(self.categories))
        unseen = len(self.categories) if self.has_other else filled
        by_code = [numbers.get(str(name), unseen) for name in values.categories]
        return np.asarray([*by_code, filled])[np.asarray(values.codes, dtype=np.intp)]


def learn_plans(
    records: Records, training: Mask, options: CategoryOptions
) -> tuple[ColumnPlan, ...]:
    """Learn from the training rows what is filled in and which categories there are.

    Args:
        records: Checked values of all rows.
        training: True for the training rows.
        options: Which categories are too rare for a column of their own.

    Raises:
        LatentLawsError: If a column has no value on the training rows, categories are too many to
            be any, or two inputs would have one name.
    """
    plans = tuple(
        _plan(column, records.values[column.name], training, options) for column in records.columns
    )
    counts = Counter(feature.name for plan in plans for feature in plan.features())
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise LatentLawsError(
            f"two inputs would be called {listed(twice)} (a column, and one made of a category or "
            "of where values are missing): rename the column"
        )
    return plans


def _plan(column: Column, values: Values, training: Mask, options: CategoryOptions) -> ColumnPlan:
    empty = missing_values(values)
    if empty[training].all():
        raise LatentLawsError(
            f"column '{column.name}' has no value in any training row: list it under ignore"
        )
    filled_in = column.missing in ("median", "most_frequent")
    has_indicator = filled_in and bool(empty[training].mean() >= max(options.min_share, _ANY))
    if isinstance(values, pd.Categorical):
        counts = _counts(values[training])
        kept = _frequent(column.name, counts, options)
        # ties go to the name that comes first
        fill = min(kept, key=lambda name: (-counts[name], name)) if kept else OTHER
        has_other = len(kept) < len(counts)
        return ColumnPlan(column, fill, has_indicator, tuple(sorted(kept)), has_other)
    if not empty.any():
        return ColumnPlan(column)
    known = values[training & ~empty]
    return ColumnPlan(column, _middle(known, column), has_indicator)


def _middle(known: Numbers, column: Column) -> float:
    """Return the value to fill in; of equally frequent ones the smallest."""
    if column.missing == "median" and column.kind != "binary":
        return float(np.median(known))
    found, counts = np.unique(known, return_counts=True)
    return float(found[counts.argmax()])


def _counts(values: Names) -> dict[str, int]:
    """Count the categories that occur."""
    counts = values.value_counts()
    return {str(name): int(count) for name, count in counts.items() if count}


def _frequent(name: str, counts: dict[str, int], options: CategoryOptions) -> list[str]:
    """List the categories that keep a column of their own."""
    least = options.min_share * sum(counts.values())
    by_count = sorted(counts, key=lambda category: (-counts[category], category))
    kept = [category for category in by_count if counts[category] >= least and category != OTHER]
    if len(kept) + (len(kept) < len(counts)) > options.max_categories:
        kept = kept[: options.max_categories - 1]
    if not kept and len(counts) > 1:
        raise LatentLawsError(
            f"column '{name}' has {len(counts):,} different names, none of them in "
            f"{options.min_share:g} of the training rows: list it under ignore, or lower "
            "categories.min_share"
        )
    if pooled := [category for category in by_count if category not in kept]:
        logger.info("column '%s': %d rare categories became '%s'", name, len(pooled), OTHER)
    return kept
