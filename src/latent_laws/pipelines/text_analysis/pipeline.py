"""Latents of texts in words, and what they keep of a label."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.meta_analysis.nodes import DISTILLED
from latent_laws.pipelines.meta_analysis.pipeline import analysis_node
from latent_laws.pipelines.text_analysis import nodes

OPTIONS = "params:text_analysis"


def create_pipeline() -> Pipeline:
    """Create the text_analysis pipeline."""
    read = (*DISTILLED, "texts")
    return Pipeline(
        [
            analysis_node(nodes.label_dimensions, read, "dimension_labels", options=OPTIONS),
            analysis_node(nodes.explain_by_words, read, "word_laws", options=OPTIONS),
            analysis_node(
                nodes.probe_task, (*read, "symbolic_encoder"), "task_probe", options=OPTIONS
            ),
        ]
    )
