"""The parameters of text_processing."""

from pydantic import BaseModel, ConfigDict

from latent_laws.text.embedding import EmbeddingOptions
from latent_laws.text.reviews import ReviewOptions


class TextProcessingOptions(BaseModel):
    """From reviews to embeddings.

    Attributes:
        reviews: Which of them to take.
        embedding: How they become numbers.
        embedding_cache: File of the embeddings computed so far, or null.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviews: ReviewOptions = ReviewOptions()
    embedding: EmbeddingOptions = EmbeddingOptions()
    embedding_cache: str | None = "data/cache/embeddings.sqlite"
