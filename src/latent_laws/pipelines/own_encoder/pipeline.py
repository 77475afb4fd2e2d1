"""Features and an encoder of the user's own, in place of training."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.own_encoder.nodes import read_encoder


def create_pipeline() -> Pipeline:
    """Create the own_encoder pipeline."""
    return Pipeline(
        [
            Node(
                read_encoder,
                inputs=["features", "feature_info", "params:own_encoder"],
                outputs=["autoencoders", "reconstruction_errors", "training_metrics"],
                name="read_encoder_node",
            )
        ]
    )
