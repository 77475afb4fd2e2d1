"""Encoders and features to formulas, their fidelity, and the symbolic encoder."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.symbolic_distillation.nodes import (
    build_symbolic_encoder,
    check_fidelity,
    describe_formulas,
    read_latents,
    search_formulas,
    substitute_formulas,
)


def create_pipeline() -> Pipeline:
    """Create the symbolic_distillation pipeline."""
    options = "params:symbolic_distillation"
    return Pipeline(
        [
            Node(
                read_latents,
                inputs=["autoencoders", "features", options],
                outputs="targets",
                name="read_latents_node",
            ),
            Node(
                search_formulas,
                inputs=["targets", "features", options],
                outputs=["pareto_fronts", "null_fronts"],
                name="search_formulas_node",
            ),
            Node(
                describe_formulas,
                inputs=["targets", "features", "pareto_fronts", options],
                outputs="formulas",
                name="describe_formulas_node",
            ),
            Node(
                check_fidelity,
                inputs=["targets", "features", "pareto_fronts", "null_fronts", options],
                outputs=["fidelity", "search_stability"],
                name="check_fidelity_node",
            ),
            Node(
                build_symbolic_encoder,
                inputs=["formulas", "features"],
                outputs="symbolic_encoder",
                name="build_symbolic_encoder_node",
            ),
            Node(
                substitute_formulas,
                inputs=["autoencoders", "symbolic_encoder", "features", options],
                outputs="substitution",
                name="substitute_formulas_node",
            ),
        ]
    )
