"""Nodes of data_processing."""

import pandas as pd

from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.files import TableFile


def make_features(
    raw_records: pd.DataFrame | TableFile, options: TableOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn the table as it came into the catalog's `features` and `feature_info`."""
    return table_features(raw_records, options)
