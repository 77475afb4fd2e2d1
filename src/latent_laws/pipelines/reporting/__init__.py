"""Saved findings to what people look at."""

from latent_laws.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
