"""Bases of the same latents: how short linear forms become, and what they cost in reconstruction.

Run: python -m tests.benchmarks.bench_bases [latent_dim] [inputs a form]

Compared on one training seed: as trained; varimax; and our oblique rotation (L1 norm, log-volume)
on least squares coefficients, on Jacobians, and on the weights of sparse forms.
"""

import sys
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from latent_laws.encoders.model import Autoencoder, TrainedAutoencoder, latents
from latent_laws.encoders.rotation import (
    RotationOptions,
    change_basis,
    linear_dependence,
    sparse_basis,
    whiten,
)
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.findings.frontier import measure_model
from latent_laws.search.moments import Moments
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]
OPTIONS = RotationOptions()
JACOBIAN_ROWS = 60


def varimax(dependence: Array, steps: int = 500) -> Array:
    """Rotate orthogonally for loadings of high variance (Kaiser, 1958), by repeated SVD."""
    loadings, rotation = dependence.T, np.eye(len(dependence))
    for _ in range(steps):
        rotated = loadings @ rotation
        target = rotated**3 - rotated * (rotated**2).mean(axis=0)
        left, _, right = np.linalg.svd(loadings.T @ target)
        rotation = left @ right
    return np.asarray(rotation.T)


def jacobians(model: Autoencoder, table: FeatureTable, whitening: Array) -> Array:
    """Stack Jacobians of the white latents on standardised inputs, latents x (inputs · rows)."""
    rows = torch.tensor(table.train[:JACOBIAN_ROWS])
    found = torch.vmap(torch.func.jacrev(lambda x: model.encode(x[None])[0]))(rows)
    scaled = found.detach().double().numpy() * table.train.std(axis=0, dtype=np.float64)
    stacked = np.concatenate(list(scaled), axis=1) / np.sqrt(len(rows))
    return np.asarray(whitening @ stacked)


def sparse_weights(white: Array, table: FeatureTable, n_inputs: int) -> Array:
    """Return weights of each white latent's sparse form on standardised inputs."""
    X = table.train.astype(np.float64)
    weights = np.zeros((white.shape[1], X.shape[1]))
    for latent, z in enumerate(white.T):
        moments = Moments.of(X, z)
        (chosen,) = moments.best_choices([n_inputs])
        weights[latent, chosen] = moments.least_squares(chosen) * X[:, chosen].std(axis=0)
    return weights


def main(latent_dim: int, n_inputs: int) -> None:
    """Train once, change the basis, and print."""
    table = covertype()
    standard = train_standard(table, latent_dim, 0, NetworkOptions(), FitOptions()).autoencoder
    Z = latents(standard.model, table.train)
    mean = Z.mean(axis=0)
    whitening = whiten(Z - mean)
    white = (Z - mean) @ whitening.T
    linear = linear_dependence(white, table.train)
    bases: dict[str, Callable[[], Array]] = {
        "as trained": lambda: np.linalg.inv(whitening),
        "white (ZCA)": lambda: np.eye(latent_dim),
        "varimax on coefficients": lambda: varimax(linear),
        "oblique on coefficients": lambda: sparse_basis(linear, OPTIONS),
        "oblique on Jacobians": lambda: sparse_basis(
            jacobians(standard.model, table, whitening), OPTIONS
        ),
        "oblique on sparse forms": lambda: sparse_basis(
            sparse_weights(white, table, n_inputs), OPTIONS
        ),
    }
    title = f"Covertype, {latent_dim} latents, linear forms of {n_inputs} inputs"
    report = Table("basis", "condition", "R² median", "FVU % formulas", "FVU %", title=title)
    for name, find in bases.items():
        basis = find()
        model = change_basis(standard.model, basis @ whitening, mean)
        row = measure_model(TrainedAutoencoder(name, latent_dim, 0, model), table, [n_inputs])
        (r2,), (lost,), (own,) = (row[c] for c in ("r2_test", "substitution_fvu", "fvu_test"))
        figures = (f"{np.linalg.cond(basis):.1f}", f"{r2:.4f}", f"{100 * lost:.3f}")
        report.add_row(name, *figures, f"{100 * own:.4f}")
    Console(width=110).print(report)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:3]]
    with one_thread():
        main(*(given + [32, 10][len(given) :]))
