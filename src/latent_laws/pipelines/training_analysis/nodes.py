"""Nodes of training_analysis."""

from typing import Any

import pandas as pd

from latent_laws.findings.law_cost import can_cost, law_cost
from latent_laws.findings.reconstruction_law import FVUS, reconstruction_law
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions as Options
from latent_laws.pipelines.run import RunOptions
from latent_laws.tables.groups import group_of_each
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import run_task

Json = dict[str, Any]


def find_law(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Find the law of the reconstruction error in the latent dim."""
    errors, metrics = saved["reconstruction_errors"], pd.DataFrame(saved["training_metrics"])
    # seconds, which differ from run to run, are no part of the task
    of_law = metrics.loc[metrics["variant"] == "standard", ["latent_dim", *FVUS]]
    law = run_task(
        reconstruction_law,
        {
            "errors": errors[errors["variant"] == "standard"],
            "metrics": of_law,
            "table": FeatureTable.from_frame(saved["features"]),
            "options": options.law,
            "groups": group_of_each(saved["feature_info"]),
        },
        run.tasks,
        "searching the law",
    )
    return {"standard": law.model_dump()}


def find_law_cost(run: RunOptions, options: Options, **saved: Any) -> Json:
    """Train networks without the columns that follow from others, at a tight latent dim."""
    table = FeatureTable.from_frame(saved["features"])
    laws = saved["redundancy_laws"]
    dims = [dim for dim in run.distilled_dims if can_cost(table, laws, dim)]
    if not dims:
        return {}
    cost = law_cost(table, laws, min(dims), options.law_cost, run.tasks)
    return cost.model_dump(mode="json")
