"""The interpretability frontier: what reading an encoder costs in reconstruction."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from latent_laws.encoders.model import (
    SparseEncoder,
    TrainedAutoencoder,
    inputs_per_latent,
    latents,
    reconstructions,
)
from latent_laws.encoders.pruning import UNPRUNED
from latent_laws.encoders.reconstruction import fvu
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.search.engines.sparse_linear import linear_form
from latent_laws.search.moments import Moments
from latent_laws.search.scores import r2_score
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

COLUMNS = [
    "variant",
    "n_inputs",
    "seed",
    "fvu_validation",
    "fvu_test",
    "r2_test",
    "complexity",
    "substitution_fvu",
]


def measure_frontier(
    dense: Sequence[TrainedAutoencoder],
    sparse: Sequence[TrainedAutoencoder],
    table: FeatureTable,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Measure reconstruction and linear forms of dense and of sparse encoders.

    Args:
        dense: `standard` and `rotated` autoencoders; read by linear forms of as many inputs as
            the pruned ones have.
        sparse: Autoencoders of few inputs a latent, and the `unpruned` one.
        table: The features.
        tasks: Workers and cache.

    Returns:
        A row for each model and k, `COLUMNS`: FVU of the autoencoder, median test R² and nodes
        of the forms, and FVU of the decoder on the forms.
    """
    sizes = {trained.key: inputs_per_latent(trained.model) for trained in sparse}
    every_size = sorted({sizes[t.key] for t in sparse if t.variant != UNPRUNED})
    jobs: dict[str, dict[str, object]] = {
        trained.key: {
            "trained": trained,
            "table": table,
            "n_inputs": [sizes[trained.key]] if trained.key in sizes else every_size,
        }
        for trained in [*dense, *sparse]
    }
    frames = run_tasks(measure_model, jobs, tasks, "measuring the frontier")
    return pd.concat(frames.values(), ignore_index=True)


def measure_model(
    trained: TrainedAutoencoder, table: FeatureTable, n_inputs: Sequence[int]
) -> pd.DataFrame:
    """Read one encoder by linear forms of each number of inputs; one task."""
    Z, Z_test = latents(trained.model, table.train), latents(trained.model, table.test)
    lost = {
        f"fvu_{split}": fvu(
            getattr(table, split), reconstructions(trained.model, getattr(table, split))
        )
        for split in ("validation", "test")
    }
    rows = []
    for k, forms in linear_encoders(trained, table, Z, n_inputs).items():
        read = forms(table.test)
        with torch.no_grad():
            decoded = trained.model.decode(torch.from_numpy(read.astype(np.float32))).numpy()
        scores = [r2_score(Z_test[:, i], read[:, i]) for i in range(Z.shape[1])]
        rows.append(
            {
                "variant": trained.variant.partition("_k")[0],
                "n_inputs": k,
                "seed": trained.seed,
                **lost,
                "r2_test": float(np.median(scores)),
                "complexity": float(np.median([f.complexity for f in forms.formulas])),
                "substitution_fvu": fvu(table.test, decoded),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def linear_encoders(
    trained: TrainedAutoencoder,
    table: FeatureTable,
    Z: NDArray[np.float64],
    n_inputs: Sequence[int],
) -> dict[int, SymbolicEncoder]:
    """Return linear forms of each latent: exact for a linear sparse encoder, else fitted."""
    encoder = trained.model.encoder
    if isinstance(encoder, SparseEncoder) and not encoder.units:
        return {n_inputs[0]: SymbolicEncoder(exact_forms(encoder, table.names), table.names)}
    X = table.train.astype(np.float64)
    forms: dict[int, list[Formula]] = {k: [] for k in n_inputs}
    for z in Z.T:
        moments = Moments.of(X, z)
        for k, chosen in zip(n_inputs, moments.best_choices(n_inputs), strict=True):
            forms[k].append(linear_form(moments, chosen, table.names))
    return {k: SymbolicEncoder(own, table.names) for k, own in forms.items()}


def exact_forms(encoder: SparseEncoder, names: Sequence[str]) -> list[Formula]:
    """Read the formulas of a linear sparse encoder off its weights."""
    weights = (encoder.linear.weight * encoder.mask).detach().double().numpy()
    biases = encoder.linear.bias.detach().double().numpy()
    return [
        Formula.linear(
            float(bias),
            {name: float(weight) for name, weight in zip(names, row, strict=True) if weight},
            names,
        )
        for row, bias in zip(weights, biases, strict=True)
    ]
