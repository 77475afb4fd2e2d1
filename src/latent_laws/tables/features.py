"""From a table to scaled features: the whole way, in one call."""

import pandas as pd
from pydantic import BaseModel, ConfigDict

from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.preparation import CategoryOptions, learn_plans
from latent_laws.tables.records import DateOptions, read_records
from latent_laws.tables.scaling import scale_records
from latent_laws.tables.split import SplitOptions, assign_splits


class TableOptions(BaseModel):
    """From a table to features.

    Attributes:
        columns: Its columns by kind.
        dates: How dates are read.
        categories: How categories become 0/1 columns.
        split: Sizes of the training, validation and test parts.
        standardise_binary: Whether 0/1 columns are standardised like the numeric ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: ColumnOptions = ColumnOptions()
    dates: DateOptions = DateOptions()
    categories: CategoryOptions = CategoryOptions()
    split: SplitOptions = SplitOptions()
    standardise_binary: bool = False


def table_features(table: pd.DataFrame, options: TableOptions) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check a table and turn it into scaled features.

    Args:
        table: The table as it came, rows x columns.
        options: What its columns are, and how they are taken.

    Returns:
        The catalog's `features` and `feature_info`, as `scale_records` describes them.

    Raises:
        LatentLawsError: All that is wrong with the table, each with its remedy.
    """
    records = read_records(table, options.columns, options.dates)
    splits = assign_splits(records.n_rows, options.split)
    plans = learn_plans(records, splits == "train", options.categories)
    return scale_records(records, plans, splits, options.standardise_binary)
