"""Saved findings to results, plots and the page."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines import (
    data_processing,
    meta_analysis,
    symbolic_distillation,
    text_analysis,
    training,
    training_analysis,
)
from latent_laws.pipelines.reporting import nodes
from latent_laws.reporting.saved import FRAMES, OBJECTS

PARAMETERS = [
    "params:run",
    *("params:data_processing", "params:training"),
    *("params:symbolic_distillation", "params:meta_analysis"),
]


def create_pipeline() -> Pipeline:
    """Create the reporting pipeline; it reads whatever findings the others make."""
    others = (
        *(data_processing, training, symbolic_distillation),
        *(meta_analysis, training_analysis, text_analysis),
    )
    made = {name for other in others for name in other.create_pipeline().all_outputs()}
    saved = {name: name for name in (*FRAMES, *OBJECTS) if name in made}
    results = {"results": "results"}
    return Pipeline(
        [
            Node(
                nodes.summarise_results,
                saved | {"run": "params:run"},
                "results",
                name="summarise_results_node",
            ),
            Node(nodes.draw_plots, saved | results, list(nodes.PLOTS), name="draw_plots_node"),
            Node(
                nodes.gather_parameters,
                PARAMETERS,
                "parameters_used",
                name="gather_parameters_node",
            ),
            Node(
                nodes.write_report,
                saved | results | {"parameters_used": "parameters_used"},
                "report",
                name="write_report_node",
            ),
        ]
    )
