"""Ways to an encoder of few inputs a latent: test FVU by number of inputs, median of seeds.

Run: python -m tests.benchmarks.bench_pruning [latent_dim] [seeds]

Compared: magnitude pruning while training, from the rotated encoder (the default), from the
principal components, and with small networks a latent; inputs chosen on second moments before
training; a proximal group lasso; hard-concrete gates. All train as long, with the same decoder.
"""

import math
import sys
from collections.abc import Callable

import numpy as np
import torch
from joblib import Parallel, delayed
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from latent_laws.encoders import pruning
from latent_laws.encoders.model import (
    Autoencoder,
    AutoencoderConfig,
    SparseEncoder,
    TrainedAutoencoder,
    reconstructions,
)
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.pruning import linear_part, start_linear
from latent_laws.encoders.reconstruction import fvu
from latent_laws.encoders.rotation import rotate
from latent_laws.encoders.support import keep_largest
from latent_laws.encoders.training import (
    fit,
    start_at_pca,
    train_standard,
)
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import one_thread
from tests.benchmarks.bench_fidelity import default_options
from tests.benchmarks.covertype import covertype

INPUTS = (2, 4, 8)
OPTIONS = default_options()[0]
SPARSE = OPTIONS.sparse
# hard-concrete distribution of Louizos, Welling and Kingma (2018)
BETA, GAMMA, ZETA = 2 / 3, -0.1, 1.1


def trained(rotated: TrainedAutoencoder, table: FeatureTable, k: int, **changes: object) -> float:
    """Train by the project's own function."""
    options = SPARSE.model_copy(update=changes)
    result = pruning.train_distillable(rotated, table, k, options)
    return float(str(result.metrics["fvu_test"]))


def from_pca(rotated: TrainedAutoencoder, table: FeatureTable, k: int) -> float:
    """Prune from the principal components in place of the rotated encoder."""
    model = Autoencoder(rotated.model.config)
    start_at_pca(model, LinearBaseline.fit(table.train))
    return trained(TrainedAutoencoder("pca", rotated.latent_dim, rotated.seed, model), table, k)


class GroupLasso:
    """Shrinks the weights of inputs after each step, ever more; at half time the largest stay."""

    def __init__(self, encoder: SparseEncoder, spread: Tensor, k: int, strength: float) -> None:
        self.encoder, self.spread, self.k, self.strength = encoder, spread, k, strength
        self.final = False

    @torch.no_grad()
    def step(self, progress: float) -> None:
        """Take the proximal step, a soft threshold on |weight| · std (one weight is a group)."""
        weight, spread = self.encoder.linear.weight, self.spread.clamp_min(1e-12)
        if progress < SPARSE.prune_until:
            size = (weight * spread).abs()
            weight.mul_((1 - self.strength * progress / size.clamp_min(1e-12)).clamp_min(0))
        elif not self.final:
            self.final = True
            self.encoder.mask.copy_(keep_largest((weight * spread).abs(), self.k))


def group_lasso(rotated: TrainedAutoencoder, table: FeatureTable, k: int) -> float:
    """Train with the best of three strengths, by the validation rows."""
    runs = []
    for strength in (1e-4, 1e-3, 1e-2):
        model = sparse_model(rotated, table)
        spread = torch.from_numpy(table.train.std(axis=0))
        assert isinstance(model.encoder, SparseEncoder)
        lasso = GroupLasso(model.encoder, spread, k, strength)
        fit(
            model, table.train, table.validation, SPARSE.fit, rotated.seed,
            after_step=lasso.step, best_from=SPARSE.prune_until,
        )  # fmt: skip
        runs.append(_lost(model, table))
    return min(runs)[1]


def hard_concrete(rotated: TrainedAutoencoder, table: FeatureTable, k: int) -> float:
    """Train gates for half the time, with the best of three penalties; then the largest stay."""
    runs = []
    for penalty in (1e-5, 1e-4, 1e-3):
        model = sparse_model(rotated, table)
        spread = torch.from_numpy(table.train.std(axis=0))
        gates = train_gates(model, torch.tensor(table.train), penalty, rotated.seed)
        encoder = model.encoder
        assert isinstance(encoder, SparseEncoder)
        with torch.no_grad():
            encoder.linear.weight.mul_(gates)
            encoder.mask.copy_(keep_largest((encoder.linear.weight * spread).abs(), k))
        half = SPARSE.fit.model_copy(update={"steps": SPARSE.fit.epochs // 2})
        fit(model, table.train, table.validation, half, rotated.seed)
        runs.append(_lost(model, table))
    return min(runs)[1]


def train_gates(model: Autoencoder, rows: Tensor, penalty: float, seed: int) -> Tensor:
    """Train weights with a stochastic gate each, and return the gates as used at test time."""
    encoder, options = model.encoder, SPARSE.fit
    assert isinstance(encoder, SparseEncoder)
    gate = nn.Parameter(torch.full_like(encoder.mask, 2.0))
    optimiser = torch.optim.AdamW(
        [{"params": model.parameters()}, {"params": [gate], "lr": 0.05}], options.learning_rate / 3
    )
    generator = torch.Generator().manual_seed(seed)
    for _ in range(options.epochs // 2):
        for batch in rows[torch.randperm(len(rows), generator=generator)].split(options.batch_size):
            noise = torch.rand(gate.shape, generator=generator).clamp(1e-6, 1 - 1e-6)
            soft = torch.sigmoid((noise.logit() + gate) / BETA) * (ZETA - GAMMA) + GAMMA
            weight = encoder.linear.weight * soft.clamp(0, 1)
            latent = nn.functional.linear(batch, weight, encoder.linear.bias)
            open_ = torch.sigmoid(gate - BETA * math.log(-GAMMA / ZETA)).sum()
            loss = nn.functional.mse_loss(model.decode(latent), batch) + penalty * open_
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return (torch.sigmoid(gate) * (ZETA - GAMMA) + GAMMA).clamp(0, 1).detach()


def sparse_model(rotated: TrainedAutoencoder, table: FeatureTable) -> Autoencoder:
    """Return a linear encoder of all inputs that starts at the rotated one."""
    torch.manual_seed(rotated.seed)
    model = Autoencoder(
        AutoencoderConfig(
            n_features=len(table.names), latent_dim=rotated.latent_dim,
            hidden=SPARSE.decoder_hidden, encoder="sparse",
        )
    )  # fmt: skip
    start_linear(model, linear_part(rotated, table), table)
    return model


def _lost(model: Autoencoder, table: FeatureTable) -> tuple[float, float]:
    validation, test = (fvu(X, reconstructions(model, X)) for X in (table.validation, table.test))
    return validation, test


WAYS: dict[str, Callable[[TrainedAutoencoder, FeatureTable, int], float]] = {
    "magnitude, from rotated": trained,
    "magnitude, from PCA": from_pca,
    "magnitude, 6 units a latent": lambda r, t, k: trained(r, t, k, units_per_latent=6),
    "on second moments": lambda r, t, k: trained(r, t, k, choose="moments"),
    "group lasso": group_lasso,
    "hard-concrete gates": hard_concrete,
}


def run(name: str, latent_dim: int, seed: int) -> list[float]:
    """Return test FVU for each number of inputs; one task."""
    with one_thread():
        table = covertype()
        standard = train_standard(table, latent_dim, seed, OPTIONS.network, OPTIONS.fit)
        rotated = rotate(standard.autoencoder, table, OPTIONS.rotation)
        found = [WAYS[name](rotated, table, k) for k in INPUTS]
        return [float(str(standard.metrics["fvu_test"])), *found]


def main(latent_dim: int, seeds: int) -> None:
    """Train every way and print."""
    jobs = [(name, latent_dim, seed) for name in WAYS for seed in range(seeds)]
    found = dict(zip(jobs, Parallel(n_jobs=2)(delayed(run)(*job) for job in jobs), strict=True))
    report = Table(
        "way", "dense", *(f"{k} inputs" for k in INPUTS),
        title=f"Covertype, {latent_dim} latents: test FVU %, median of {seeds} seeds",
    )  # fmt: skip
    for name in WAYS:
        rows = [found[name, latent_dim, seed] for seed in range(seeds)]
        report.add_row(name, *(f"{100 * value:.4f}" for value in np.median(rows, axis=0)))
    Console(width=110).print(report)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:3]]
    main(*(given + [32, 3][len(given) :]))
