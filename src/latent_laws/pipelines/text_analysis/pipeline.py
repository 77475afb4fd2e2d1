"""Latents of texts in words, and what they keep of a label."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis.nodes import DISTILLED
from latent_laws.pipelines.text_analysis import nodes


def create_pipeline() -> Pipeline:
    """Create the text_analysis pipeline."""
    return Pipeline(
        [
            _node(nodes.label_dimensions, "dimension_labels"),
            _node(nodes.explain_by_words, "word_laws"),
            _node(nodes.probe_task, "task_probe", "symbolic_encoder"),
        ]
    )


def _node(function: Callable[..., Any], output: str, *more: str) -> Node:
    """Return a node that takes saved datasets by name and is named after its function."""
    parameters = {"run": "params:run", "options": "params:text_analysis"}
    saved = {name: name for name in (*DISTILLED, "texts", *more)}
    return Node(function, parameters | saved, output, name=f"{function.__name__}_node")
