"""Reviews to a table of their embeddings."""

from latent_laws.pipelines.text_processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
