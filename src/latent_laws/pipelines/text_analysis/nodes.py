"""Nodes of text_analysis."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from latent_laws.findings.task_probe import task_probe
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.pipelines.meta_analysis.nodes import gather
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.text_analysis.parameters import TextAnalysisOptions as Options
from latent_laws.text.dimension_labels import dimension_labels
from latent_laws.text.word_laws import word_laws


def label_dimensions(run: RunOptions, options: Options, **saved: Any) -> pd.DataFrame:
    """Name the embedding dimensions that formulas read, and latents, by words."""
    used = {name for record in saved["formulas"] for name in record["variables"]}
    return dimension_labels(
        *_texts_and_splits(saved),
        saved["features"][sorted(used)],
        _latents(run, saved),
        options.labels,
    )


def explain_by_words(run: RunOptions, options: Options, **saved: Any) -> pd.DataFrame:
    """Write every latent as a form over words."""
    return word_laws(*_texts_and_splits(saved), _latents(run, saved), options.words)


def probe_task(run: RunOptions, options: Options, **saved: Any) -> dict[str, Any]:
    """Predict the texts' label from features, latents and formulas."""
    X = saved["features"].drop(columns="split").to_numpy(dtype=np.float64)
    by_formula = {
        encoder: SymbolicEncoder.from_json(document).on_scaled(X)
        for encoder, document in saved["symbolic_encoder"].items()
    }
    splits, labels = _texts_and_splits(saved)[1], saved["texts"]["label"].to_numpy()
    return task_probe(X, _latents(run, saved), by_formula, labels, splits, options.probe)


def _texts_and_splits(saved: Mapping[str, Any]) -> tuple[list[str], Any]:
    return saved["texts"]["text"].tolist(), saved["features"]["split"].to_numpy(dtype=str)


def _latents(run: RunOptions, saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the latents of every encoder, rows in the order of the texts."""
    X = saved["features"].drop(columns="split").to_numpy(dtype=np.float32)
    return {name: encoder.encode(X) for name, encoder in gather(run, saved).models.items()}
