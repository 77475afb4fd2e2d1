"""The parameters of text_processing."""

from latent_laws.strict import StrictModel
from latent_laws.text.embedding import EmbeddingOptions
from latent_laws.text.reviews import ReviewOptions


class TextProcessingOptions(StrictModel):
    """From reviews to embeddings.

    Attributes:
        reviews: Which of them to take.
        embedding: How they become numbers.
        embedding_cache: File of the embeddings computed so far, or null.
    """

    reviews: ReviewOptions = ReviewOptions()
    embedding: EmbeddingOptions = EmbeddingOptions()
    embedding_cache: str | None = "data/cache/embeddings.sqlite"
