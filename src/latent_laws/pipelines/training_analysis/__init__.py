"""What only many trained encoders tell: the frontier of sparse ones, the law over latent dims."""

from latent_laws.pipelines.training_analysis.pipeline import create_pipeline

__all__ = ["create_pipeline"]
