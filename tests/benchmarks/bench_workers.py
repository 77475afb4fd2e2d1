"""Throughput of two workers against one: the search of all latents of one encoder, in turns.

Run: python -m tests.benchmarks.bench_workers [latent_dim] [turns]
"""

import statistics
import sys
import time

from rich.console import Console

from latent_laws.checks.distillation import DistillationPlan, Target, search_all
from latent_laws.encoders.model import latents
from latent_laws.encoders.sensitivity import sensitivity
from latent_laws.encoders.training import train_standard
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, one_thread
from tests.benchmarks.bench_fidelity import default_options
from tests.benchmarks.covertype import covertype


def seconds(target: Target, table: FeatureTable, workers: int) -> float:
    """Search all latents without a cache."""
    tasks = TaskOptions(workers=workers, cache=None)
    plan = DistillationPlan(seeds=(0,), checked_latents=1)
    search = default_options()[1].search
    started = time.perf_counter()
    search_all([target], table, search, plan, tasks)
    return time.perf_counter() - started


def main(latent_dim: int, turns: int) -> None:
    """Train, search in turns and print."""
    table, (training, _) = covertype(), default_options()
    with one_thread():
        trained = train_standard(table, latent_dim, 0, training.network, training.fit).autoencoder
        Z = {split: latents(trained.model, getattr(table, split)) for split in SPLITS}
        target = Target("standard", 0, Z, sensitivity(trained.model, table.train))
    seconds(target, table, workers=2)  # starts the workers
    pairs = [(seconds(target, table, 1), seconds(target, table, 2)) for _ in range(turns)]
    ratio = statistics.median(one / two for one, two in pairs)
    shown = ", ".join(f"{one:.1f} s / {two:.1f} s" for one, two in pairs)
    Console().print(f"{latent_dim} latents, one worker / two workers: {shown}; ratio {ratio:.2f}")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:3]]
    main(*(given + [32, 3][len(given) :]))
