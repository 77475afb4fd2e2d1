"""An encoder of the user's own, in place of training."""

from latent_laws.pipelines.own_encoder.pipeline import create_pipeline

__all__ = ["create_pipeline"]
