"""Raw records to a scaled feature table and its split."""

from latent_laws.pipelines.data_processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
