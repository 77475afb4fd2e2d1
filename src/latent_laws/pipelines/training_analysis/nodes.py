"""Nodes of training_analysis."""

from typing import Any

from latent_laws.findings.law_use import law_cost
from latent_laws.findings.reconstruction_law import FVUS, reconstruction_law
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions as Options
from latent_laws.pipelines.run import RunOptions
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import run_task

Json = dict[str, Any]


def find_law(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Find the law of the reconstruction error in the latent dim."""
    grouped = saved["feature_info"].dropna(subset=["group"])
    errors = saved["reconstruction_errors"]
    laws = run_task(
        reconstruction_law,
        {
            "errors": errors[errors["variant"] == "standard"],
            "metrics": [
                {name: record[name] for name in ("variant", "latent_dim", *FVUS)}
                for record in saved["training_metrics"]
                if record["variant"] == "standard"
            ],
            "table": FeatureTable.from_frame(saved["features"]),
            "options": options.law,
            "groups": dict(zip(grouped["feature"], grouped["group"], strict=True)),
        },
        run.tasks,
        "searching the law",
    )
    return {variant: law.model_dump() for variant, law in laws.items()}


def find_law_cost(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Train networks without the columns that follow from others, at a tight latent dim."""
    laws = saved["redundancy_laws"]
    dependents = laws["feature"][laws["kind"] == "law"].tolist()
    dims = [dim for dim in run.distilled_dims if dim > len(dependents) > 0]
    if not dims:
        return {}
    table = FeatureTable.from_frame(saved["features"])
    cost = law_cost(table, dependents, min(dims), options.law_cost, run.tasks)
    return cost.model_dump(mode="json")
