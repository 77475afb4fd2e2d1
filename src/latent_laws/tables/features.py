"""From a table to scaled features: the whole way, in one call."""

import logging
from typing import Any

import pandas as pd
from pydantic import Field

from latent_laws.strict import StrictModel
from latent_laws.tables.columns import ColumnOptions, with_text_names
from latent_laws.tables.files import TableFile
from latent_laws.tables.groups import expand_names
from latent_laws.tables.plans import ColumnPlans
from latent_laws.tables.preparation import CategoryOptions, learn_plans
from latent_laws.tables.records import DateOptions, read_records
from latent_laws.tables.sample import draw_rows
from latent_laws.tables.scaling import scale_records
from latent_laws.tables.split import SplitOptions, assign_splits

logger = logging.getLogger(__name__)


class TableOptions(StrictModel):
    """From a table to features.

    Attributes:
        max_rows: Rows that are drawn from a larger table, by the seed of the split; what comes
            after costs as much as these.
        columns: Its columns by kind.
        dates: How dates are read.
        categories: How categories become 0/1 columns.
        split: Sizes of the training, validation and test parts.
        standardise_binary: Whether 0/1 columns are standardised like the numeric ones.
    """

    max_rows: int = Field(default=50_000, ge=100)
    columns: ColumnOptions = ColumnOptions()
    dates: DateOptions = DateOptions()
    categories: CategoryOptions = CategoryOptions()
    split: SplitOptions = SplitOptions()
    standardise_binary: bool = False


def table_features(
    table: pd.DataFrame | TableFile, options: TableOptions
) -> tuple[pd.DataFrame, pd.DataFrame, ColumnPlans, pd.DataFrame]:
    """Check a table, a frame or the file that it is read from, and turn it into scaled features.

    Returns:
        The catalog's `features` and `feature_info`, as `scale_records` describes them, what each
        column became, and the labels of the rows, a column a label.

    Raises:
        LatentLawsError: All that is wrong with the table, each with its remedy.
    """
    parts = table.chunks() if isinstance(table, TableFile) else [table]
    drawn, n_rows = draw_rows(parts, options.max_rows, options.split.seed)
    if len(drawn) < n_rows:
        logger.info("%d of %d rows drawn (data_processing.max_rows)", len(drawn), n_rows)
    records = read_records(drawn, options.columns, options.dates)
    splits = assign_splits(records.n_rows, options.split)
    plans = learn_plans(records, splits == "train", options.categories)
    features, info = scale_records(records, plans, splits, options.standardise_binary)
    named = with_text_names(drawn).loc[records.index].reset_index(drop=True)
    names = expand_names(options.columns.labels, list(map(str, named)))
    labels = pd.DataFrame({name: _label(named[name]) for name in names}, index=named.index)
    return features, info, ColumnPlans(plans=plans, dates=options.dates), labels


def _label(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return numbers as they are, all else as text."""
    return values if pd.api.types.is_numeric_dtype(values) else values.astype("str")
