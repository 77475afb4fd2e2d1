"""What texts tell besides their embeddings: words, and the label they carry."""

from latent_laws.pipelines.text_analysis.pipeline import create_pipeline

__all__ = ["create_pipeline"]
