"""Feature table to autoencoders: dense, rotated, and of formulas."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.node import node
from latent_laws.pipelines.training.nodes import train_autoencoders


def create_pipeline() -> Pipeline:
    """Create the training pipeline."""
    inputs = ["features", "feature_info", "params:run", "params:training"]
    measured = ["reconstruction_errors", "training_metrics", "training_curves"]
    return Pipeline([node(train_autoencoders, inputs, ["autoencoders", "frontier", *measured])])
