"""Encoders and features to formulas, their checks, and the symbolic encoder."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.symbolic_distillation import nodes

RUN, OPTIONS = "params:run", "params:symbolic_distillation"
TARGETS = ("latents", "sensitivities", "features")


def create_pipeline() -> Pipeline:
    """Create the symbolic_distillation pipeline."""
    return Pipeline(
        [
            _node(
                nodes.read_latents,
                ["autoencoders", "features", RUN, OPTIONS],
                ["latents", "sensitivities", "encoder_formulas"],
            ),
            _node(
                nodes.search_formulas,
                [*TARGETS, "encoder_formulas", "feature_info", RUN, OPTIONS],
                ["pareto_fronts", "null_fronts"],
            ),
            _node(
                nodes.describe_formulas,
                [*TARGETS, "feature_info", "pareto_fronts", OPTIONS],
                "formulas",
            ),
            _node(
                nodes.check_fidelity,
                [*TARGETS, "pareto_fronts", "null_fronts", RUN, OPTIONS],
                "fidelity",
            ),
            _node(nodes.check_stability, ["pareto_fronts", "feature_info"], "search_stability"),
            _node(nodes.build_symbolic_encoder, ["formulas", "feature_info"], "symbolic_encoder"),
            _node(
                nodes.substitute_formulas,
                ["autoencoders", "symbolic_encoder", "features", RUN, OPTIONS],
                "substitution",
            ),
        ]
    )


def _node(function: Callable[..., Any], inputs: list[str], outputs: str | list[str]) -> Node:
    """Return a node that is named after its function."""
    return Node(function, inputs=inputs, outputs=outputs, name=f"{function.__name__}_node")
