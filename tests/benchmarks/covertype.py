"""The Covertype sample as the default run scales it, for benchmarks."""

import pandas as pd

from latent_laws.tables.columns import ColumnOptions, resolve_columns
from latent_laws.tables.records import check_records
from latent_laws.tables.scaling import learn_scaling, scale_records
from latent_laws.tables.split import SplitOptions, assign_splits
from latent_laws.tables.table import FeatureTable
from tests.builders import COVERTYPE_SAMPLE


def covertype() -> FeatureTable:
    """Return all 20,000 records, split and scaled by the default parameters."""
    raw = pd.read_csv(COVERTYPE_SAMPLE)
    columns = resolve_columns(raw, ColumnOptions())
    records = check_records(raw, columns)
    splits = assign_splits(len(records), SplitOptions())
    info = learn_scaling(records, columns, splits == "train")
    return FeatureTable.from_frame(scale_records(records, info, splits))
