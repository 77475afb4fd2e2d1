"""Formulas and errors to statements about the model."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis.nodes import draw_frontier


def create_pipeline() -> Pipeline:
    """Create the meta_analysis pipeline."""
    options = "params:meta_analysis"
    return Pipeline(
        [
            Node(
                draw_frontier,
                inputs=["autoencoders", "sparse_autoencoders", "features", options],
                outputs="frontier",
                name="draw_frontier_node",
            ),
        ]
    )
