"""Nodes of data_processing."""

from typing import Any

import pandas as pd

from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.files import TableFile


def make_features(
    raw_records: pd.DataFrame | TableFile, options: TableOptions
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], pd.DataFrame]:
    """Turn the table as it came into `features`, `feature_info`, `columns` and `labels`."""
    features, info, plans, labels = table_features(raw_records, options)
    return features, info, plans.model_dump(mode="json"), labels
