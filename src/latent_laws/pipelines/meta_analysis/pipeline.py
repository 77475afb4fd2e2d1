"""Formulas and errors to statements about the model, each with its evidence."""

from collections.abc import Callable, Sequence
from typing import Any

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis import nodes
from latent_laws.pipelines.meta_analysis.nodes import DISTILLED

RUN, OPTIONS = "params:run", "params:meta_analysis"


def create_pipeline() -> Pipeline:
    """Create the meta_analysis pipeline."""
    return Pipeline(
        [
            _node(nodes.score_features, DISTILLED, "feature_importance"),
            _node(nodes.delete_features, (*DISTILLED, "feature_importance"), "deletion_curves"),
            _node(nodes.judge_features, DISTILLED, ["redundancy", "redundancy_summary"]),
            _node(nodes.find_interactions, DISTILLED, ["interactions", "formula_classes"]),
            _node(nodes.find_collapse, DISTILLED, "collapse"),
            _node(
                nodes.check_importance,
                (
                    *(*DISTILLED, "feature_importance", "deletion_curves", "redundancy"),
                    "search_stability",
                ),
                "importance_checks",
            ),
            Node(
                nodes.draw_frontier,
                ["autoencoders", "sparse_autoencoders", "features", RUN],
                "frontier",
                name="draw_frontier_node",
            ),
            _node(nodes.vary_input_budget, DISTILLED, "input_budget"),
            Node(
                nodes.measure_linearity,
                ["autoencoders", "features", RUN],
                "linearity",
                name="measure_linearity_node",
            ),
            _node(
                nodes.find_law,
                (
                    *("features", "feature_info"),
                    *("reconstruction_errors", "training_metrics"),
                ),
                "reconstruction_law",
            ),
            Node(
                nodes.find_redundancy_laws,
                ["features", "feature_info", RUN, OPTIONS],
                "redundancy_laws",
                name="find_redundancy_laws_node",
            ),
            _node(nodes.label_dimensions, (*DISTILLED, "texts"), "dimension_labels"),
            _node(nodes.probe_task, (*DISTILLED, "texts", "symbolic_encoder"), "task_probe"),
        ]
    )


def _node(function: Callable[..., Any], saved: Sequence[str], outputs: str | list[str]) -> Node:
    """Return a node that takes saved datasets by name and is named after its function."""
    inputs = {"run": RUN, "options": OPTIONS, **{name: name for name in saved}}
    return Node(function, inputs, outputs, name=f"{function.__name__}_node")
