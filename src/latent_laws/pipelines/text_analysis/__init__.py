"""Latents of texts in words, and what they keep of a label."""

from latent_laws.pipelines.text_analysis.pipeline import create_pipeline

__all__ = ["create_pipeline"]
