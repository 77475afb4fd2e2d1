"""How many planted formulas are recovered, and at what cost.

Run: python -m tests.benchmarks.bench_planted [engine ...]
"""

import sys
import time

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from latent_laws.formulas.formula import Formula
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Knowledge, Split
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype, covertype_knowledge
from tests.benchmarks.planted import planted
from tests.benchmarks.planted_new import planted_new

RECOVERED = 0.9999


def recover(title: str, truths: list[Formula], table: FeatureTable, options: SearchOptions) -> None:
    """Search every planted formula and print what came back."""
    report = Table("truth", "nodes", "R² test", "variables", "recovered", "CPU s", title=title)
    knowledge, count = covertype_knowledge(), 0
    for truth in truths:
        found, r2, seconds = _search(truth, table, options, knowledge)
        same = set(found.features) == set(truth.features)
        count += same and r2 >= RECOVERED
        report.add_row(
            truth.round(3).expression,
            f"{found.complexity}/{truth.complexity}",
            f"{r2:.6f}",
            "same" if same else ", ".join(sorted(set(found.features) ^ set(truth.features))),
            "yes" if same and r2 >= RECOVERED else "no",
            f"{seconds:.1f}",
        )
    Console(width=150).print(report, f"{count} of {len(truths)} recovered")


def _search(
    truth: Formula, table: FeatureTable, options: SearchOptions, knowledge: Knowledge
) -> tuple[Formula, float, float]:
    """Return the selected formula, its R² on test rows and the CPU seconds."""
    splits = {
        split: Split(X := getattr(table, split), truth.evaluate(X, table.names)) for split in SPLITS
    }
    slopes = _slopes(truth, table.train, table.names)
    started = time.process_time()
    with one_thread():
        front = search_latent(splits, table.names, slopes, options, 0, knowledge=knowledge)
    seconds = time.process_time() - started
    row = front[front["selected"]].iloc[0]
    return Formula.parse(row["expression"], table.names), float(row["r2_test"]), seconds


def _slopes(truth: Formula, X: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return the truth's mean absolute derivative by each input, times the input's spread."""
    x = torch.from_numpy(X[:1000].astype(np.float64)).requires_grad_()
    (gradient,) = torch.autograd.grad(truth.torch(x, names).sum(), x)
    return gradient.abs().mean(dim=0).numpy() * X.std(axis=0)


def main(engines: list[str]) -> None:
    """Run both sets."""
    table = covertype()
    options = SearchOptions(engines=tuple(engines)) if engines else SearchOptions()
    recover("the first 24", planted(table.names), table, options)
    recover("30 more", planted_new(table.names), table, options)


if __name__ == "__main__":
    main(sys.argv[1:])
