"""Encoders and features to formulas, each with its checks."""

from latent_laws.pipelines.symbolic_distillation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
