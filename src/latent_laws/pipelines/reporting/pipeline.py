"""Saved findings to results, plots and the page."""

import pkgutil
from collections.abc import Set
from importlib import import_module

from kedro.pipeline import Node, Pipeline

from latent_laws import pipelines
from latent_laws.pipelines.reporting import nodes
from latent_laws.reporting.saved import FRAMES, OBJECTS


def create_pipeline(made: Set[str] | None = None) -> Pipeline:
    """Create the reporting pipeline.

    Args:
        made: Datasets that it may read; all that the other pipelines make, where left out.
    """
    made = _made_by_others() if made is None else made
    saved = {name: name for name in (*FRAMES, *OBJECTS) if name in made}
    results = {"results": "results"}
    return Pipeline(
        [
            Node(
                nodes.summarise_results,
                saved | {"run": "params:run", "timings": "timings"},
                "results",
                name="summarise_results_node",
            ),
            Node(nodes.draw_plots, saved | results, list(nodes.PLOTS), name="draw_plots_node"),
            Node(
                nodes.gather_parameters,
                "parameters",
                "parameters_used",
                name="gather_parameters_node",
            ),
            Node(
                nodes.write_report,
                saved
                | {name: name for name in ("results", "parameters_used", *nodes.PLOTS)}
                | {"run": "params:run"},
                "report",
                name="write_report_node",
            ),
        ]
    )


def _made_by_others() -> set[str]:
    """Return the datasets that the other pipelines of this package make."""
    packages = [one for one in pkgutil.iter_modules(pipelines.__path__) if one.ispkg]
    modules = (
        import_module(f"{pipelines.__name__}.{one.name}")
        for one in packages
        if one.name != "reporting"
    )
    return {name for module in modules for name in module.create_pipeline().all_outputs()}
