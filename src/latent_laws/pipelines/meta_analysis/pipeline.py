"""Formulas and errors to statements about the model, each with its evidence."""

from collections.abc import Callable, Sequence
from typing import Any

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis import nodes
from latent_laws.pipelines.meta_analysis.nodes import DISTILLED
from latent_laws.pipelines.node import node

RUN, OPTIONS = "params:run", "params:meta_analysis"


def create_pipeline() -> Pipeline:
    """Create the meta_analysis pipeline: what can be asked of any encoder."""
    return Pipeline(
        [
            analysis_node(nodes.score_features, DISTILLED, "feature_importance"),
            analysis_node(
                nodes.rank_features,
                (*DISTILLED, "feature_importance"),
                ["deletion_curves", "rankings"],
            ),
            analysis_node(nodes.judge_features, DISTILLED, "redundancy"),
            analysis_node(
                nodes.check_redundancy,
                (*DISTILLED, "redundancy"),
                "redundancy_check",
                training="params:training",
            ),
            analysis_node(nodes.count_usage, DISTILLED, "counting"),
            analysis_node(nodes.find_interactions, DISTILLED, ["interactions", "formula_classes"]),
            analysis_node(nodes.find_collapse, DISTILLED, "collapse"),
            analysis_node(
                nodes.compare_rankings,
                (*DISTILLED, "feature_importance"),
                "agreement",
            ),
            Node(
                nodes.measure_linearity,
                ["autoencoders", "features", RUN],
                "linearity",
                name="measure_linearity_node",
            ),
            Node(
                nodes.find_redundancy_laws,
                ["features", "feature_info", RUN, OPTIONS],
                "redundancy_laws",
                name="find_redundancy_laws_node",
            ),
            analysis_node(
                nodes.find_decoder_laws,
                ("autoencoders", "features", "feature_info"),
                ["decoder_laws", "symbolic_autoencoders"],
            ),
            analysis_node(
                nodes.find_law_use,
                ("autoencoders", "features", "feature_info", "redundancy_laws"),
                "law_use",
            ),
        ]
    )


def analysis_node(
    function: Callable[..., Any], saved: Sequence[str], outputs: str | list[str], **more: str
) -> Node:
    """Return a node that takes saved datasets by name and is named after its function."""
    inputs = {"run": RUN, "options": OPTIONS, **more, **{name: name for name in saved}}
    return node(function, inputs, outputs)
