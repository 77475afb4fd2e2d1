"""Nodes of text_processing."""

from pathlib import Path

import pandas as pd

from latent_laws.pipelines.text_processing.parameters import TextProcessingOptions
from latent_laws.text.embedding import embedding_frame
from latent_laws.text.reviews import clean_reviews


def draw_texts(reviews: pd.DataFrame, options: TextProcessingOptions) -> pd.DataFrame:
    """Clean reviews and draw some of them: the catalog's `texts`."""
    return clean_reviews(reviews, options.reviews)


def embed(texts: pd.DataFrame, options: TextProcessingOptions) -> pd.DataFrame:
    """Turn texts into a table of numbers: the catalog's `raw_records`."""
    cache = Path(options.embedding_cache) if options.embedding_cache else None
    return embedding_frame(texts["text"].tolist(), options.embedding, cache)
