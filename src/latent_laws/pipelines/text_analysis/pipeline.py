"""What texts tell besides their embeddings: words, and the label they carry."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.meta_analysis import nodes
from latent_laws.pipelines.meta_analysis.nodes import DISTILLED
from latent_laws.pipelines.meta_analysis.pipeline import analysis_node


def create_pipeline() -> Pipeline:
    """Create the text_analysis pipeline."""
    return Pipeline(
        [
            analysis_node(nodes.label_dimensions, (*DISTILLED, "texts"), "dimension_labels"),
            analysis_node(
                nodes.probe_task, (*DISTILLED, "texts", "symbolic_encoder"), "task_probe"
            ),
        ]
    )
