"""How many planted formulas are recovered, and at what cost.

Run: python -m tests.benchmarks.bench_planted
"""

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.operon import OperonOptions
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import search_latent
from latent_laws.search.problem import Split
from latent_laws.tasks import one_thread
from tests.benchmarks.covertype import covertype
from tests.benchmarks.planted import planted

RECOVERED = 0.9999
OPTIONS = SearchOptions(
    operon=OperonOptions(population_size=400, generations=25, rows=1000, max_lengths=(10, 20))
)


def main() -> None:
    """Search every planted formula and print what came back."""
    table = covertype()
    report = Table("truth", "nodes", "R² test", "variables", "recovered", "CPU s")
    count = 0
    for truth in planted(table.names):
        splits = {
            split: Split(X := getattr(table, split), truth.evaluate(X, table.names))
            for split in ("train", "validation", "test")
        }
        started = time.process_time()
        with one_thread():
            front = search_latent(
                splits, table.names, _slopes(truth, table.train, table.names), OPTIONS, 0
            )
        seconds = time.process_time() - started
        row = front[front["selected"]].iloc[0]
        found = Formula.parse(row["expression"], table.names)
        same = set(found.features) == set(truth.features)
        recovered = same and row["r2_test"] >= RECOVERED
        count += recovered
        report.add_row(
            truth.expression,
            f"{found.complexity}/{truth.complexity}",
            f"{row['r2_test']:.6f}",
            "same" if same else ", ".join(sorted(set(found.features) ^ set(truth.features))),
            "yes" if recovered else "no",
            f"{seconds:.1f}",
        )
    Console(width=150).print(report, f"{count} of {len(planted(table.names))} recovered")


def _slopes(truth: Formula, X: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return the truth's mean absolute derivative by each input, times the input's spread."""
    import torch

    x = torch.from_numpy(X[:1000].astype(np.float64)).requires_grad_()
    (gradient,) = torch.autograd.grad(truth.torch(x, names).sum(), x)
    return gradient.abs().mean(dim=0).numpy() * X.std(axis=0)


if __name__ == "__main__":
    main()
