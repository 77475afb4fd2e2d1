"""Feature table to autoencoders: dense, rotated, and of formulas."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.training.nodes import train_autoencoders


def create_pipeline() -> Pipeline:
    """Create the training pipeline."""
    return Pipeline(
        [
            Node(
                train_autoencoders,
                inputs=["features", "feature_info", "params:run", "params:training"],
                outputs=[
                    *("autoencoders", "frontier", "reconstruction_errors"),
                    *("training_metrics", "training_curves"),
                ],
                name="train_autoencoders_node",
            )
        ]
    )
