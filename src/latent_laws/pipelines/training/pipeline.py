"""Feature table to autoencoders: dense, rotated, and of formulas."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.training.nodes import (
    collect_autoencoders,
    rotate_autoencoders,
    train_autoencoders,
    train_formulas,
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
                train_formulas,
                inputs=["rotated_training", "features", run, options],
                outputs="formula_training",
                name="train_formulas_node",
            ),
            Node(
                collect_autoencoders,
                inputs=["standard_training", "rotated_training", "formula_training", run, options],
                outputs=[
                    "autoencoders",
                    "frontier",
                    "reconstruction_errors",
                    "training_metrics",
                    "training_curves",
                ],
                name="collect_autoencoders_node",
            ),
        ]
    )
