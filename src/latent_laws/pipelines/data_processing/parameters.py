"""The parameters of data_processing."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.split import SplitOptions
from latent_laws.text.embedding import EmbeddingOptions
from latent_laws.text.reviews import ReviewOptions


class DataProcessingOptions(BaseModel):
    """From raw records to features.

    Attributes:
        source: Whether the records are a table of numbers or texts.
        columns: For a table: its columns by kind.
        reviews: For texts: which of them to take.
        embedding: For texts: how they become numbers.
        embedding_cache: For texts: file of the embeddings computed so far, or null.
        split: Sizes of the training, validation and test parts.
        standardise_binary: Whether 0/1 columns are standardised like the numeric ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["table", "text"] = "table"
    columns: ColumnOptions = ColumnOptions()
    reviews: ReviewOptions = ReviewOptions()
    embedding: EmbeddingOptions = EmbeddingOptions()
    embedding_cache: str | None = "data/cache/embeddings.sqlite"
    split: SplitOptions = SplitOptions()
    standardise_binary: bool = False
