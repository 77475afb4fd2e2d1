"""Encoders and features to formulas, their checks, and the symbolic encoder."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.node import node
from latent_laws.pipelines.symbolic_distillation import nodes

RUN, OPTIONS = "params:run", "params:symbolic_distillation"
TARGETS = ("latents", "sensitivities", "features")


def create_pipeline() -> Pipeline:
    """Create the symbolic_distillation pipeline."""
    return Pipeline(
        [
            node(
                nodes.read_latents,
                ["autoencoders", "features", RUN, OPTIONS],
                ["latents", "sensitivities", "encoder_formulas"],
            ),
            node(
                nodes.search_formulas,
                [*TARGETS, "encoder_formulas", "feature_info", RUN, OPTIONS],
                ["pareto_fronts", "null_fronts"],
            ),
            node(
                nodes.describe_formulas,
                [*TARGETS, "feature_info", "pareto_fronts", OPTIONS],
                "formulas",
            ),
            node(
                nodes.check_fidelity,
                [*TARGETS, "pareto_fronts", "null_fronts", RUN, OPTIONS],
                "fidelity",
            ),
            node(nodes.check_stability, ["pareto_fronts", "feature_info"], "search_stability"),
            node(nodes.build_symbolic_encoder, ["formulas", "feature_info"], "symbolic_encoder"),
            node(
                nodes.substitute_formulas,
                ["autoencoders", "symbolic_encoder", "features", RUN, OPTIONS],
                "substitution",
            ),
        ]
    )
