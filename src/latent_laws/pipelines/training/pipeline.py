"""Feature table to autoencoders: dense, rotated, and of few inputs a latent."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.training.nodes import (
    collect_autoencoders,
    prune_autoencoders,
    rotate_autoencoders,
    train_autoencoders,
)


def create_pipeline() -> Pipeline:
    """Create the training pipeline."""
    run, options = "params:run", "params:training"
    return Pipeline(
        [
            Node(
                train_autoencoders,
                inputs=["features", "feature_info", run, options],
                outputs="standard_training",
                name="train_autoencoders_node",
            ),
            Node(
                rotate_autoencoders,
                inputs=["standard_training", "features", run, options],
                outputs="rotated_training",
                name="rotate_autoencoders_node",
            ),
            Node(
                prune_autoencoders,
                inputs=["rotated_training", "features", run, options],
                outputs="sparse_training",
                name="prune_autoencoders_node",
            ),
            Node(
                collect_autoencoders,
                inputs=["standard_training", "rotated_training", "sparse_training", run, options],
                outputs=[
                    "autoencoders",
                    "sparse_autoencoders",
                    "reconstruction_errors",
                    "training_metrics",
                    "training_curves",
                ],
                name="collect_autoencoders_node",
            ),
        ]
    )
