"""Feature table to trained autoencoders and their reconstruction errors."""

from latent_laws.pipelines.training.pipeline import create_pipeline

__all__ = ["create_pipeline"]
