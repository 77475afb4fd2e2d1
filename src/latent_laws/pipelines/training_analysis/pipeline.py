"""What only many trained encoders tell: the law over latent dims."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.meta_analysis.pipeline import analysis_node
from latent_laws.pipelines.training_analysis import nodes


def create_pipeline() -> Pipeline:
    """Create the training_analysis pipeline."""
    return Pipeline(
        [
            analysis_node(
                nodes.find_law,
                ("features", "feature_info", "reconstruction_errors", "training_metrics"),
                "reconstruction_law",
            ),
            analysis_node(nodes.find_law_cost, ("features", "redundancy_laws"), "law_cost"),
        ]
    )
