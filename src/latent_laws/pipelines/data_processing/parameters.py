"""The parameters of data_processing."""

from typing import Literal

from latent_laws.tables.features import TableOptions
from latent_laws.text.embedding import EmbeddingOptions
from latent_laws.text.reviews import ReviewOptions


class DataProcessingOptions(TableOptions):
    """From raw records to features.

    Attributes:
        source: Whether the records are a table of numbers or texts.
        reviews: For texts: which of them to take.
        embedding: For texts: how they become numbers.
        embedding_cache: For texts: file of the embeddings computed so far, or null.
    """

    source: Literal["table", "text"] = "table"
    reviews: ReviewOptions = ReviewOptions()
    embedding: EmbeddingOptions = EmbeddingOptions()
    embedding_cache: str | None = "data/cache/embeddings.sqlite"
