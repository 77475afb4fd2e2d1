"""What rows, inputs and latents cost, step by step, in CPU seconds of one process.

The steps of a run are measured alone: reading a file and drawing its sample, training one network,
searching one latent. From them a line of the docs' model follows: what costs in proportion to all
rows (reading), what to those that are drawn at most, and what to latents.

    nice python -m tests.benchmarks.bench_scaling               # files to 1,000,000 rows
    nice python -m tests.benchmarks.bench_scaling 5000000 20    # one file of so many rows, inputs
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from latent_laws.checks.distillation import search_one
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.search.options import SearchOptions
from latent_laws.search.problem import Knowledge
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.files import find_table
from latent_laws.tables.table import FeatureTable

FILES = ((20_000, 20), (200_000, 20), (1_000_000, 20), (200_000, 54))
DRAWN = ((16_000, 20), (50_000, 20), (16_000, 54), (50_000, 54), (16_000, 200))
LATENTS = 8
_PART = 100_000


def mixed(n_rows: int, n_inputs: int, seed: int = 0) -> np.ndarray:
    """Make rows of ten factors, mixed and bent."""
    rng, factors = np.random.default_rng(0), np.random.default_rng(seed).normal(size=(n_rows, 10))
    weights = rng.normal(size=(10, n_inputs)) * (rng.random((10, n_inputs)) < 0.4)
    return np.tanh(factors @ weights) + 0.1 * np.random.default_rng(seed + 1).normal(
        size=(n_rows, n_inputs)
    )


def write(path: Path, n_rows: int, n_inputs: int) -> None:
    """Write a parquet file part by part."""
    writer = None
    for start in range(0, n_rows, _PART):
        values = mixed(min(_PART, n_rows - start), n_inputs, start).astype(np.float32)
        frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(n_inputs)])
        part = pa.Table.from_pandas(frame, preserve_index=False)
        writer = writer or ParquetWriter(path, part.schema)
        writer.write_table(part)
    if writer:
        writer.close()


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def row(*cells: object) -> None:
    """Write a row of a table."""
    sys.stdout.write("| " + " | ".join(map(str, cells)) + " |\n")
    sys.stdout.flush()


def files(sizes: tuple[tuple[int, int], ...]) -> None:
    """Measure reading and drawing."""
    row("rows", "inputs", "parquet: CPU s", "CSV: CPU s", "memory so far, GiB")
    row(*["---"] * 5)
    with tempfile.TemporaryDirectory(prefix="bench_scaling_") as folder:
        for n_rows, n_inputs in sizes:
            path, text = Path(folder) / "t.parquet", Path(folder) / "t.csv"
            write(path, n_rows, n_inputs)
            for start, part in enumerate(find_table(path).chunks()):
                part.to_csv(text, mode="a" if start else "w", header=not start, index=False)
            used = [
                cpu(lambda f=f: table_features(find_table(f), TableOptions())) for f in (path, text)
            ]
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            row(f"{n_rows:,}", n_inputs, *(f"{one:.1f}" for one in used), f"{memory:.2f}")


def steps() -> None:
    """Measure one training and one search on tables of the size that is drawn."""
    row("rows drawn", "inputs", "one network: CPU s", "one search: CPU s")
    row(*["---"] * 4)
    for n_rows, n_inputs in DRAWN:
        X = mixed(n_rows, n_inputs)
        X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
        tenth = n_rows // 10
        names = tuple(f"x{i}" for i in range(n_inputs))
        table = FeatureTable(names, X[2 * tenth :], X[:tenth], X[tenth : 2 * tenth])
        fit = FitOptions(steps=1200)
        training = cpu(lambda t=table: train_standard(t, LATENTS, 0, NetworkOptions(), fit))
        weights = np.random.default_rng(1).normal(size=n_inputs)
        weights *= np.random.default_rng(2).random(n_inputs) < 6 / n_inputs
        latent = {
            split: np.tanh(getattr(table, split).astype(np.float64) @ weights)
            for split in ("train", "validation", "test")
        }
        options, knowledge = SearchOptions(), Knowledge()
        search = cpu(
            lambda t=table, z=latent, w=weights: search_one(
                t, z, np.abs(w), 0, False, knowledge, options
            )
        )
        row(f"{n_rows:,}", n_inputs, f"{training:.1f}", f"{search:.1f}")


def main() -> None:
    """Measure what is named on the command line, or all."""
    sizes = [int(word) for word in sys.argv[1:]]
    files(((sizes[0], sizes[1]),) if sizes else FILES)
    if not sizes:
        sys.stdout.write("\n")
        steps()


if __name__ == "__main__":
    main()
