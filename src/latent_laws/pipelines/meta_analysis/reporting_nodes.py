"""Nodes of meta_analysis that put the outputs before people."""

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from latent_laws.pipelines.data_processing.parameters import DataProcessingOptions
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.reporting import plots
from latent_laws.reporting.outputs import COLUMNS, OBJECTS, RunOutputs
from latent_laws.reporting.report import RunDetails, render_report
from latent_laws.reporting.results import summarise

OUTPUTS = (*COLUMNS, *OBJECTS)
PACKAGES = ("latent-laws", "kedro", "numpy", "pyoperon", "pysr", "scikit-learn", "torch")

Timings = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Parameters:
    """The parameters of a run, by pipeline."""

    data_processing: DataProcessingOptions
    training: TrainingOptions
    symbolic_distillation: DistillationOptions
    meta_analysis: MetaAnalysisOptions

    def as_json(self) -> dict[str, Any]:
        """Return them nested as in the configuration."""
        return {f.name: getattr(self, f.name).model_dump(mode="json") for f in fields(self)}


def gather_outputs(**datasets: object) -> RunOutputs:
    """Gather what the headline, the plots and the report read."""
    return RunOutputs(**datasets)


def gather_parameters(
    processing: DataProcessingOptions,
    training: TrainingOptions,
    distillation: DistillationOptions,
    options: MetaAnalysisOptions,
) -> Parameters:
    """Gather the parameters of all pipelines."""
    return Parameters(processing, training, distillation, options)


def summarise_results(
    outputs: RunOutputs, timings: Timings, parameters: Parameters
) -> dict[str, Any]:
    """Draw the headline numbers."""
    results = summarise(
        outputs,
        dataset=parameters.meta_analysis.dataset,
        max_fvu_cost=parameters.training.max_fvu_cost,
        timings=timings,
        versions=_versions(),
        seeds={
            "split": parameters.data_processing.split.seed,
            "training": parameters.meta_analysis.training_seed,
            "search": parameters.symbolic_distillation.plan.seeds[0],
        },
    )
    return dict(results)


def write_report(outputs: RunOutputs, results: dict[str, Any], parameters: Parameters) -> str:
    """Render the report."""
    options = parameters.meta_analysis
    details = RunDetails(options.dataset, parameters.as_json(), options.credit)
    return render_report(outputs, results, details)


def draw_plots(
    outputs: RunOutputs, training_metrics: list[dict[str, Any]]
) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """Draw the plots that Kedro-Viz previews."""
    return (
        plots.plot_frontier(outputs.frame("frontier")),
        plots.plot_fvu_by_latent_dim(pd.DataFrame(training_metrics), _law_curve(outputs)),
        plots.plot_fidelity_ladder(outputs.frame("fidelity")),
        plots.plot_importance(outputs.frame("feature_importance")),
        plots.plot_deletion_curves(outputs.frame("deletion_curves")),
        plots.plot_interactions(outputs.frame("interactions")),
        plots.plot_pareto_fronts(outputs.frame("pareto_fronts")),
    )


def _law_curve(outputs: RunOutputs) -> dict[float, float]:
    """Return FVU by latent dim as the law of the standard variant has it."""
    standard: Any = outputs.object("reconstruction_law").get("standard", {})
    points = (standard.get("law") or {}).get("points", [])
    return {point["latent_dim"]: point["fvu_law"] for point in points}


def _versions() -> Mapping[str, str]:
    """Return the versions that a result rests on."""
    packages = {name.replace("-", "_"): importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **packages}
