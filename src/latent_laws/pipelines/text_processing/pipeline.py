"""Reviews to a table of their embeddings, which is then processed as any other."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.node import node
from latent_laws.pipelines.text_processing.nodes import draw_texts, embed


def create_pipeline() -> Pipeline:
    """Create the text_processing pipeline."""
    options = "params:text_processing"
    return Pipeline(
        [
            node(draw_texts, ["reviews", options], "texts"),
            node(embed, ["texts", options], "raw_records"),
        ]
    )
