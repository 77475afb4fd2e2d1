"""Features and an encoder of the user's own, in place of training."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.node import node
from latent_laws.pipelines.own_encoder.nodes import read_encoder


def create_pipeline() -> Pipeline:
    """Create the own_encoder pipeline."""
    inputs = ["features", "feature_info", "params:own_encoder"]
    outputs = ["autoencoders", "reconstruction_errors", "training_metrics"]
    return Pipeline([node(read_encoder, inputs, outputs)])
