"""Ways to choose a readable basis: what the decoder loses on the formulas found in each.

Run: python -m tests.benchmarks.bench_rotation [LATENT_DIM] [SEED]

One network of the Covertype records, one search a latent with the default options (at most 40
nodes), the decoder run on the formulas; all on validation rows. Beside the basis as trained and
the one of the variant `rotated` (L1 norm of the Jacobian, its spread chosen by the decoder):

- folded concave: the norm is the sum of log(1 + |x|/s), which does not shrink large slopes; from
  the L1 basis, s half of its mean slope
- interaction basis: white latents along the principal axes of the decoder's mean squared Jacobian
  (Bushnaq et al., arXiv 2405.10928, for the decoder alone)
- by formulas: encoders of 24 nodes are trained through the decoder and a matrix before it; the
  basis is what they compute, regressed on the latents
"""

import sys
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import nn

from latent_laws.encoders.model import TrainedAutoencoder, as_float
from latent_laws.encoders.pca import linear_forms
from latent_laws.encoders.pruning import prune
from latent_laws.encoders.reconstruction import fvu
from latent_laws.encoders.ridge import Halves, RidgeEncoder, nodes_left
from latent_laws.encoders.rotation import (
    Judge,
    RotationOptions,
    bases,
    effective_number,
    jacobians,
    whiten,
)
from latent_laws.encoders.training import FitOptions, NetworkOptions, fit, train_standard
from latent_laws.formulas.formula import Formula
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype, covertype_knowledge

Array = NDArray[np.float64]

STEPS, PRUNED_UNTIL, NODES, SPREAD = 600, 0.5, 24, 3.0
TABLE = covertype()


def found(trained: TrainedAutoencoder, matrix: Array, mean: Array) -> Iterator[tuple[Formula, int]]:
    """Yield the formula of each latent of a basis, and its nodes; test rows are not looked at."""
    rows = {split: getattr(TABLE, split) for split in ("train", "validation")}
    latents = {split: (trained.encoder.encode(X) - mean) @ matrix.T for split, X in rows.items()}
    slopes = np.abs((matrix @ jacobians(trained, TABLE)).reshape(len(matrix), -1, len(TABLE.names)))
    for latent, ranking in enumerate(slopes.sum(axis=1)):
        splits = {split: Split(X, latents[split][:, latent]) for split, X in rows.items()}
        splits["test"] = splits["validation"]
        knowledge = covertype_knowledge()
        front = search_latent(splits, TABLE.names, ranking, SearchOptions(), 0, knowledge=knowledge)
        chosen = front[front["selected"]].iloc[0]
        yield Formula.parse(chosen["expression"], TABLE.names), int(chosen["complexity"])


def concave(slopes: Array, start: Array) -> Array:
    """Return unit rows of A for which A·slopes is sparse by a folded-concave norm."""
    S, raw = torch.from_numpy(slopes), torch.from_numpy(start.copy()).requires_grad_()
    scale = 0.5 * float(np.abs(start @ slopes).mean())
    optimiser = torch.optim.Adam([raw], 0.02)
    for _ in range(RotationOptions().steps):
        basis = raw / raw.norm(dim=1, keepdim=True)
        size = scale * torch.log1p((basis @ S).abs() / scale).sum()
        optimiser.zero_grad()
        (size - SPREAD * torch.linalg.slogdet(basis)[1]).backward()
        optimiser.step()
    return np.asarray((raw / raw.norm(dim=1, keepdim=True)).detach())


def interaction(trained: TrainedAutoencoder, Z: Array, whitening: Array) -> Array:
    """Return the principal axes of the decoder's mean squared Jacobian in white latents."""
    rows = torch.from_numpy(Z[:400].astype(np.float32))
    slopes = torch.func.vmap(torch.func.jacrev(trained.model.decoder))(rows).detach().numpy()
    white = slopes @ np.linalg.inv(whitening)
    gram = np.einsum("rij,rik->jk", white, white) / len(rows)
    return np.asarray(np.linalg.eigh(gram)[1].T @ whitening)


def by_formulas(trained: TrainedAutoencoder, start: Array, Z: Array, mean: Array) -> Array:
    """Return the basis that formulas choose which are trained through the frozen decoder."""
    X = TABLE.train.astype(np.float64)
    weight = linear_forms((Z - mean) @ start.T, TABLE.train)
    shift, spread = as_float(-weight @ X.mean(axis=0)), as_float(X.std(axis=0))
    torch.manual_seed(0)
    formulas = RidgeEncoder(as_float(weight), shift, spread, ())
    back = nn.Linear(*start.shape)
    with torch.no_grad():
        back.weight.copy_(as_float(np.linalg.inv(start)))
        back.bias.copy_(as_float(mean))
    decoder = trained.model.decoder.requires_grad_(False)
    model = Halves(formulas, nn.Sequential(back, decoder))
    rows, first = torch.tensor(TABLE.train[:512]), float(formulas.nodes().max())

    def shrink(progress: float) -> None:
        if progress <= PRUNED_UNTIL:
            prune(formulas, rows, nodes_left(first, NODES, progress / PRUNED_UNTIL))

    options = FitOptions(steps=STEPS, optimiser="adamw", learning_rate=0.02)
    fit(model, TABLE.train, TABLE.validation, options, 0, shrink, PRUNED_UNTIL)
    with torch.no_grad():
        F = formulas(torch.tensor(TABLE.train)).double().numpy()
    return np.asarray(np.linalg.lstsq(Z - mean, F - F.mean(axis=0), rcond=None)[0].T)


def main(latent_dim: int = 8, seed: int = 0) -> None:
    """Search every basis and print what the decoder loses."""
    network = NetworkOptions(linear_path=latent_dim > 2)
    trained = train_standard(TABLE, latent_dim, seed, network, FitOptions()).autoencoder
    Z = trained.encoder.encode(TABLE.train)
    mean, whitening = Z.mean(axis=0), whiten(Z - Z.mean(axis=0))
    slopes, judge = whitening @ jacobians(trained, TABLE), Judge(trained, TABLE, 10)
    sparse = min(bases(slopes, RotationOptions()), key=lambda one: judge.loss(one @ whitening))
    ways = {
        "as trained": np.diag(1 / Z.std(axis=0)),
        "rotated": sparse @ whitening,
        "folded concave": concave(slopes, sparse) @ whitening,
        "interaction basis": interaction(trained, Z, whitening),
        "by formulas": by_formulas(trained, sparse @ whitening, Z, mean),
    }
    report = Table("basis", "decoder on formulas (FVU)", "nodes, median", "effective latents")
    for name, matrix in ways.items():
        formulas, nodes = zip(*found(trained, matrix, mean), strict=True)
        forms = [formula.evaluate(TABLE.validation, TABLE.names) for formula in formulas]
        read = np.column_stack(forms) @ np.linalg.inv(matrix).T + mean
        lost = fvu(TABLE.validation, trained.encoder.decode(read))
        effective = effective_number((Z - mean) @ matrix.T)
        report.add_row(name, f"{lost:.3f}", f"{np.median(nodes):g}", f"{effective:.1f}")
    Console().print(report)


if __name__ == "__main__":
    with one_thread():
        main(*map(int, sys.argv[1:]))
