"""Saved findings to headline numbers, plots and the report."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.reporting import nodes

PARAMETERS = [
    "params:run",
    *("params:data_processing", "params:training"),
    *("params:symbolic_distillation", "params:meta_analysis"),
]
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
    """Create the reporting pipeline."""
    saved = {name: name for name in nodes.OUTPUTS}
    run = {"run": "params:run"}
    return Pipeline(
        [
            Node(nodes.draw_plots, saved, PLOTS, name="draw_plots_node"),
            Node(nodes.summarise_results, saved | run, "results", name="summarise_results_node"),
            Node(
                nodes.gather_parameters,
                PARAMETERS,
                "parameters_used",
                name="gather_parameters_node",
            ),
            Node(
                nodes.write_report,
                saved | {"results": "results", "parameters_used": "parameters_used"},
                "report",
                name="write_report_node",
            ),
        ]
    )
