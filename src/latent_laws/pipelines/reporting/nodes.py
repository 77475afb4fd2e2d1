"""Nodes of reporting."""

import importlib.metadata
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions
from latent_laws.pipelines.own_encoder.parameters import OwnEncoderOptions
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.pipelines.text_analysis.parameters import TextAnalysisOptions
from latent_laws.pipelines.text_processing.parameters import TextProcessingOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.reporting import figures
from latent_laws.reporting.page import RunDetails, render
from latent_laws.reporting.results import Results, summarise
from latent_laws.reporting.saved import Saved
from latent_laws.reporting.sentences import main_encoder
from latent_laws.tables.features import TableOptions

if TYPE_CHECKING:
    from pydantic import BaseModel

MODELS: dict[str, type["BaseModel"]] = {
    "run": RunOptions,
    "text_processing": TextProcessingOptions,
    "data_processing": TableOptions,
    "training": TrainingOptions,
    "own_encoder": OwnEncoderOptions,
    "symbolic_distillation": DistillationOptions,
    "meta_analysis": MetaAnalysisOptions,
    "text_analysis": TextAnalysisOptions,
}
PACKAGES = ("latent-laws", "kedro", "numpy", "pyoperon", "pysr", "scikit-learn", "torch")
# by catalog name
PLOTS = tuple(f"plot_{name}" for name in (*figures.OF_THE_RUN, *figures.OF_AN_ENCODER))


def gather_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Gather the parameters of all pipelines that have some, nested as in the configuration."""
    return {
        name: model.model_validate(parameters[name]).model_dump(mode="json")
        for name, model in MODELS.items()
        if name in parameters
    }


def summarise_results(
    run: RunOptions, timings: Mapping[str, Mapping[str, float]], **saved: object
) -> dict[str, Any]:
    """Draw the results, and judge the claims."""
    seeds = {"training": run.training_seed}
    # the page itself is made anew in every run
    seconds = {n: sum(nodes.values()) for n, nodes in timings.items() if n != "reporting"}
    results = summarise(
        Saved(**saved), title=run.title, versions=_versions(), seeds=seeds, seconds=seconds
    )
    return results.model_dump(mode="json")


def write_report(
    run: RunOptions, results: dict[str, Any], parameters_used: dict[str, Any], **saved: Any
) -> str:
    """Render the page, with the plots that are drawn."""
    drawn = {name.removeprefix("plot_"): saved.pop(name) for name in PLOTS}
    details = RunDetails(parameters_used["run"]["credit"], parameters_used)
    # starting workers would take longer
    tasks = run.tasks.model_copy(update={"workers": 1, "scheduler": None, "progress": False})
    return render(Saved(**saved), Results.model_validate(results), details, drawn, tasks)


def draw_plots(results: dict[str, Any], **saved: object) -> tuple[Any, ...]:
    """Draw the plots that Kedro-Viz previews: of the run, and of the encoder to look at first."""
    findings = Saved(**saved)
    encoder = main_encoder(Results.model_validate(results)).encoder
    return (
        *(draw(findings) for draw in figures.OF_THE_RUN.values()),
        *(draw(findings, encoder) for draw in figures.OF_AN_ENCODER.values()),
    )


def _versions() -> Mapping[str, str]:
    """Return the versions that a result rests on."""
    packages = {name.replace("-", "_"): importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **packages}
