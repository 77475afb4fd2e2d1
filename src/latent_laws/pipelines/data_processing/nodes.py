"""Nodes of data_processing."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.features.columns import Column, resolve_columns
from latent_laws.features.records import check_records
from latent_laws.features.scaling import learn_scaling, scale_records
from latent_laws.features.split import assign_splits
from latent_laws.pipelines.data_processing.parameters import DataProcessingOptions

Columns = tuple[Column, ...]


def prepare_records(
    raw_records: pd.DataFrame, options: DataProcessingOptions
) -> tuple[pd.DataFrame, Columns]:
    """Turn raw records into checked numbers.

    Args:
        raw_records: The table as it came.
        options: Its columns by kind.

    Returns:
        The features as float64, rows x features, and the kind and group of each.
    """
    columns = resolve_columns(raw_records, options.columns)
    return check_records(raw_records, columns), columns


def split_records(records: pd.DataFrame, options: DataProcessingOptions) -> NDArray[np.str_]:
    """Assign each row to train, validation or test."""
    return assign_splits(len(records), options.split)


def scale_features(
    records: pd.DataFrame,
    columns: Columns,
    splits: NDArray[np.str_],
    options: DataProcessingOptions,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scale the features by what the training rows say.

    Returns:
        The catalog's `features` and `feature_info`.
    """
    training = splits == "train"
    feature_info = learn_scaling(records, columns, training, options.standardise_binary)
    return scale_records(records, feature_info, splits), feature_info
