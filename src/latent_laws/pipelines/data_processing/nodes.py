"""Nodes of data_processing."""

from pathlib import Path

import pandas as pd

from latent_laws.pipelines.data_processing.parameters import DataProcessingOptions
from latent_laws.tables.features import record_features, table_features
from latent_laws.tables.records import read_embeddings
from latent_laws.text.embedding import embedding_frame
from latent_laws.text.reviews import clean_reviews

_NO_TEXTS = pd.DataFrame({"text": pd.Series(dtype="str"), "label": pd.Series(dtype="int64")})


def make_features(
    raw_records: pd.DataFrame, options: DataProcessingOptions
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Turn raw records into scaled features.

    Args:
        raw_records: The table as it came, or texts and labels.
        options: Which of the two, and what is in it.

    Returns:
        The catalog's `features`, `feature_info` and `texts`, the latter empty for a table.
    """
    if options.source == "text":
        texts = clean_reviews(raw_records, options.reviews)
        cache = Path(options.embedding_cache) if options.embedding_cache else None
        embeddings = embedding_frame(texts["text"].tolist(), options.embedding, cache)
        return *record_features(read_embeddings(embeddings), options), texts
    return *table_features(raw_records, options), _NO_TEXTS
