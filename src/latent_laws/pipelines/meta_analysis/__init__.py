"""Formulas and errors to statements about the model, and the report."""

from latent_laws.pipelines.meta_analysis.pipeline import create_pipeline

__all__ = ["create_pipeline"]
