"""Formulas and errors to statements about the model, each with its evidence, and the report."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.meta_analysis import nodes, reporting_nodes

OPTIONS = "params:meta_analysis"
PLOTS = [
    "plot_frontier",
    "plot_fvu_by_latent_dim",
    "plot_fidelity_ladder",
    "plot_importance",
    "plot_deletion_curves",
    "plot_interactions",
    "plot_pareto_fronts",
]


def create_pipeline() -> Pipeline:
    """Create the meta_analysis pipeline."""
    return Pipeline([*_analysis(), *_reporting()])


def _analysis() -> list[Node]:
    """Return the nodes that come to statements."""
    return [
        _node(
            nodes.gather_distillation,
            [
                *("autoencoders", "features", "feature_info"),
                *("formulas", "pareto_fronts", "null_fronts"),
            ],
            "distillation",
        ),
        _node(nodes.score_features, ["distillation"], "feature_importance"),
        _node(nodes.delete_features, ["feature_importance", "distillation"], "deletion_curves"),
        _node(nodes.judge_features, ["distillation"], ["redundancy", "redundancy_summary"]),
        _node(nodes.find_interactions, ["distillation"], ["interactions", "formula_classes"]),
        _node(nodes.find_collapse, ["distillation"], "collapse"),
        _node(
            nodes.check_importance,
            [
                *("feature_importance", "deletion_curves", "redundancy"),
                *("search_stability", "autoencoders", "distillation"),
            ],
            "importance_checks",
        ),
        _node(nodes.draw_frontier, ["autoencoders", "sparse_autoencoders", "features"], "frontier"),
        _node(nodes.vary_input_budget, ["distillation"], "input_budget"),
        _node(
            nodes.find_law,
            ["reconstruction_errors", "training_metrics", "distillation"],
            "reconstruction_law",
        ),
        _node(nodes.label_dimensions, ["texts", "features", "distillation"], "dimension_labels"),
        _node(
            nodes.probe_task,
            ["texts", "features", "distillation", "symbolic_encoder"],
            "task_probe",
        ),
    ]


def _reporting() -> list[Node]:
    """Return the nodes that show statements to people."""
    return [
        Node(
            reporting_nodes.gather_outputs,
            inputs={name: name for name in reporting_nodes.OUTPUTS},
            outputs="run_outputs",
            name="gather_outputs_node",
        ),
        Node(
            reporting_nodes.draw_plots,
            inputs=["run_outputs", "training_metrics"],
            outputs=PLOTS,
            name="draw_plots_node",
        ),
        Node(
            reporting_nodes.gather_parameters,
            inputs=[
                "params:data_processing",
                "params:training",
                "params:symbolic_distillation",
                OPTIONS,
            ],
            outputs="run_parameters",
            name="gather_parameters_node",
        ),
        Node(
            reporting_nodes.summarise_results,
            inputs=["run_outputs", "timings", "run_parameters"],
            outputs="results",
            name="summarise_results_node",
        ),
        Node(
            reporting_nodes.write_report,
            inputs=["run_outputs", "results", "run_parameters"],
            outputs="report",
            name="write_report_node",
        ),
    ]


def _node(function: Callable[..., Any], inputs: list[str], outputs: str | list[str]) -> Node:
    """Return a node that takes the parameters last and is named after its function."""
    name = f"{function.__name__}_node"
    return Node(function, inputs=[*inputs, OPTIONS], outputs=outputs, name=name)
