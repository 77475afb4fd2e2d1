"""Formulas and errors to statements about the model, each with its evidence."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis.nodes import (
    check_importance,
    delete_features,
    draw_frontier,
    find_collapse,
    find_interactions,
    judge_features,
    pick_models,
    score_features,
)


def create_pipeline() -> Pipeline:
    """Create the meta_analysis pipeline."""
    options = "params:meta_analysis"
    fronts = ["pareto_fronts", "null_fronts"]
    return Pipeline(
        [
            Node(
                pick_models,
                inputs=["autoencoders", "formulas", options],
                outputs="models",
                name="pick_models_node",
            ),
            Node(
                score_features,
                inputs=[*fronts, "models", "features", "feature_info", options],
                outputs="feature_importance",
                name="score_features_node",
            ),
            Node(
                delete_features,
                inputs=["feature_importance", "models", "features", options],
                outputs="deletion_curves",
                name="delete_features_node",
            ),
            Node(
                judge_features,
                inputs=["formulas", *fronts, "models", "features", "feature_info", options],
                outputs=["redundancy", "redundancy_summary"],
                name="judge_features_node",
            ),
            Node(
                find_interactions,
                inputs=["formulas", "features", options],
                outputs=["interactions", "formula_classes"],
                name="find_interactions_node",
            ),
            Node(
                find_collapse,
                inputs=["models", "features", options],
                outputs="collapse",
                name="find_collapse_node",
            ),
            Node(
                check_importance,
                inputs=[
                    "feature_importance",
                    "deletion_curves",
                    "redundancy",
                    "search_stability",
                    "autoencoders",
                    "features",
                    options,
                ],
                outputs="importance_checks",
                name="check_importance_node",
            ),
            Node(
                draw_frontier,
                inputs=["autoencoders", "sparse_autoencoders", "features", options],
                outputs="frontier",
                name="draw_frontier_node",
            ),
        ]
    )
