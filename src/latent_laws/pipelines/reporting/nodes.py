"""Nodes of reporting."""

import importlib.metadata
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from latent_laws.pipelines.data_processing.parameters import DataProcessingOptions
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.reporting import plots
from latent_laws.reporting.outputs import COLUMNS, OBJECTS, RunOutputs
from latent_laws.reporting.report import RunDetails, render_report
from latent_laws.reporting.results import summarise

if TYPE_CHECKING:
    from pydantic import BaseModel

OUTPUTS = (*COLUMNS, *OBJECTS)
PACKAGES = ("latent-laws", "kedro", "numpy", "pyoperon", "pysr", "scikit-learn", "torch")


def gather_parameters(
    run: RunOptions,
    processing: DataProcessingOptions,
    training: TrainingOptions,
    distillation: DistillationOptions,
    options: MetaAnalysisOptions,
) -> dict[str, Any]:
    """Gather the parameters of all pipelines, nested as in the configuration."""
    models: dict[str, BaseModel] = {
        "run": run,
        "data_processing": processing,
        "training": training,
        "symbolic_distillation": distillation,
        "meta_analysis": options,
    }
    return {name: model.model_dump(mode="json") for name, model in models.items()}


def summarise_results(run: RunOptions, **saved: object) -> dict[str, Any]:
    """Draw the headline numbers."""
    results = summarise(_outputs(saved), dataset=run.title, versions=_versions())
    return dict(results)


def write_report(results: dict[str, Any], parameters_used: dict[str, Any], **saved: object) -> str:
    """Render the report."""
    run = parameters_used["run"]
    details = RunDetails(run["title"], parameters_used, run["credit"])
    return render_report(_outputs(saved), results, details)


def draw_plots(**saved: object) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """Draw the plots that Kedro-Viz previews."""
    outputs = _outputs(saved)
    metrics = outputs.frame("training_metrics")
    return (
        plots.plot_frontier(outputs.frame("frontier")),
        plots.plot_fvu_by_latent_dim(metrics, _law_curve(outputs)),
        plots.plot_fidelity_ladder(outputs.frame("fidelity")),
        plots.plot_importance(outputs.frame("feature_importance")),
        plots.plot_deletion_curves(outputs.frame("deletion_curves")),
        plots.plot_interactions(outputs.frame("interactions")),
        plots.plot_pareto_fronts(outputs.frame("pareto_fronts")),
    )


def _outputs(saved: Mapping[str, object]) -> RunOutputs:
    """Gather the outputs of one latent dim by variant."""
    return RunOutputs(**{name: _by_variant(data) for name, data in saved.items()})


def _by_variant(data: object) -> object:
    if isinstance(data, pd.DataFrame) and "encoder" in data and "variant" not in data:
        return data.assign(variant=data["encoder"].map(_variant))
    if isinstance(data, dict) and "encoder" in data:
        return {**data, "variant": _variant(str(data["encoder"]))}
    if isinstance(data, dict):
        return {_variant(name): _by_variant(entry) for name, entry in data.items()}
    if isinstance(data, list):
        return [_by_variant(entry) for entry in data]
    return data


def _variant(name: str) -> str:
    beginning, _, end = name.rpartition("-")
    return beginning if beginning and end.isdigit() else name


def _law_curve(outputs: RunOutputs) -> dict[float, float]:
    """Return FVU by latent dim as the law of the standard variant has it."""
    standard: Any = outputs.object("reconstruction_law").get("standard", {})
    points = (standard.get("law") or {}).get("points", [])
    return {point["latent_dim"]: point["fvu_law"] for point in points}


def _versions() -> Mapping[str, str]:
    """Return the versions that a result rests on."""
    packages = {name.replace("-", "_"): importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **packages}
