"""Nodes of data_processing."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.pipelines.data_processing.parameters import DataProcessingOptions
from latent_laws.tables.columns import Column, resolve_columns
from latent_laws.tables.records import check_records
from latent_laws.tables.scaling import learn_scaling, scale_records
from latent_laws.tables.split import assign_splits
from latent_laws.text.embedding import embedding_frame
from latent_laws.text.reviews import clean_reviews

Columns = tuple[Column, ...]

_NO_TEXTS = pd.DataFrame({"text": pd.Series(dtype="str"), "label": pd.Series(dtype="int64")})


def prepare_records(
    raw_records: pd.DataFrame, options: DataProcessingOptions
) -> tuple[pd.DataFrame, Columns, pd.DataFrame]:
    """Turn raw records into checked numbers.

    Args:
        raw_records: The table as it came, or texts and labels.
        options: Which of the two, and what is in it.

    Returns:
        The features, rows x features, in the units of the table; the kind and group of each; and
        the texts and labels of those rows, empty for a table.
    """
    if options.source == "text":
        return _embed(raw_records, options)
    columns = resolve_columns(raw_records, options.columns)
    return check_records(raw_records, columns), columns, _NO_TEXTS


def _embed(
    raw_records: pd.DataFrame, options: DataProcessingOptions
) -> tuple[pd.DataFrame, Columns, pd.DataFrame]:
    texts = clean_reviews(raw_records, options.reviews)
    cache = Path(options.embedding_cache) if options.embedding_cache else None
    records = embedding_frame(texts["text"].tolist(), options.embedding, cache)
    return records, tuple(Column(str(name), "embedding") for name in records), texts


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
