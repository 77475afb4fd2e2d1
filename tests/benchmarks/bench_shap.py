"""SHAP's ranking of inputs in the deletion test of a finished run, beside the run's own rankings.

Run: python -m tests.benchmarks.bench_shap PROJECT [ENCODER [DATASET]] (pip install shap).

SHAP's expected gradients (`shap.GradientExplainer`) explain the same validation rows as the other
rankings from 200 training rows; the score of an input is its mean absolute value, summed over the
reconstructed inputs, or over the latents weighted by how the decoder reacts to them, as integrated
gradients are. Every ranking is then tested as in the run, on the same test rows.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import shap
import torch
from kedro.io import Version
from rich.console import Console
from rich.table import Table
from torch import nn

from latent_laws.datasets.autoencoders import AutoencodersDataset
from latent_laws.findings.attribution import AttributionOptions
from latent_laws.findings.deletion import DeletionOptions, delete_features
from latent_laws.findings.effects import sample_rows
from latent_laws.findings.response import Response
from latent_laws.pipelines.meta_analysis.nodes import RANKINGS
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import one_thread

SHAP = ("SHAP, reconstruction", "SHAP, latents")


def shap_scores(network: nn.Module, table: FeatureTable) -> np.ndarray:
    """Return the mean absolute SHAP values, inputs x outputs."""
    options = AttributionOptions()
    rows = sample_rows(table.validation, options.rows, options.seed)
    background = torch.from_numpy(sample_rows(table.train, 200, options.seed))
    explainer = shap.GradientExplainer(network, background)
    values = explainer.shap_values(torch.from_numpy(rows), rseed=options.seed)
    return np.abs(values).mean(axis=0)


def main(project: Path, name: str, dataset: str) -> None:
    """Print the areas between the deletion curves of an encoder, with intervals, by ranking."""
    data = project / "data"
    features = pd.read_parquet(data / "04_feature" / dataset / "features.parquet")
    scores = pd.read_parquet(data / "08_reporting" / dataset / "feature_importance.parquet")
    saved = str(data / "06_models" / dataset / "autoencoders")
    one = AutoencodersDataset(filepath=saved, version=Version(None, None)).load()[f"{name}-0"]
    table = FeatureTable.from_frame(features)
    gain = Response.of(one.encoder, table.train).gain(table.validation[:150])
    started = time.process_time()
    decoded = shap_scores(one.model, table).sum(axis=1)
    latents = shap_scores(one.model.encoder, table) @ gain
    seconds = time.process_time() - started
    scores = scores[scores["encoder"] == name].set_index("feature").reindex(table.names)
    scores = scores.assign(**dict(zip(SHAP, (decoded, latents), strict=True))).reset_index()
    rankings, models = [*RANKINGS, *SHAP], {name: one.encoder}
    _, areas = delete_features(scores, rankings, models, table, DeletionOptions())
    report = Table("ranking", "area, untouched inputs", "95 % interval", "with credit")
    by_credit = areas.set_index(["credit", "ranking"])
    for ranking in (*rankings, "random"):
        own, credit = (by_credit.loc[kind, ranking] for kind in ("without", "with"))
        interval = f"{own['low']:.3f} to {own['high']:.3f}"
        report.add_row(ranking, f"{own['area']:.3f}", interval, f"{credit['area']:.3f}")
    Console(width=100).print(report, f"{name}: SHAP took {seconds:.0f} CPU seconds")


if __name__ == "__main__":
    with one_thread():
        project, *names = sys.argv[1:]
        main(Path(project), *names, *("standard-8", "covertype")[len(names) :])
