"""What only many trained encoders tell: the frontier of sparse ones, the law over latent dims."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis import nodes
from latent_laws.pipelines.meta_analysis.pipeline import RUN, analysis_node


def create_pipeline() -> Pipeline:
    """Create the training_analysis pipeline."""
    return Pipeline(
        [
            Node(
                nodes.draw_frontier,
                ["autoencoders", "sparse_autoencoders", "features", RUN],
                "frontier",
                name="draw_frontier_node",
            ),
            analysis_node(
                nodes.find_law,
                ("features", "feature_info", "reconstruction_errors", "training_metrics"),
                "reconstruction_law",
            ),
        ]
    )
