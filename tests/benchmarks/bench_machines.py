"""More machines: one set of tasks on 1, 2 and 4 Dask workers, and in one process.

The tasks are searches for formulas on the bundled Covertype sample, as a run has them. Workers are
processes of this machine; with more of them than cores only bytes and results say something. The
speed-up is told twice: by the clock, and by CPU seconds (all of them in one process, over those of
the busiest worker), which what else runs on the machine does not touch.

    nice python -m tests.benchmarks.bench_machines
"""

import os
import pickle
import sys
import time
from collections import Counter
from typing import Any

import numpy as np
from distributed import Client, LocalCluster

from latent_laws.checks.distillation import search_one
from latent_laws.search.options import SearchOptions
from latent_laws.tasks import TaskOptions, run_tasks
from tests.benchmarks.covertype import covertype, covertype_knowledge

TASKS = 24
WORKERS = (1, 2, 4)
Tasks = dict[str, dict[str, object]]


def searches(count: int) -> Tasks:
    """Make tasks that share the table; each has a latent of its own on all rows."""
    rng, table = np.random.default_rng(0), covertype()
    shared = {
        "table": table,
        "seed": 0,
        "resample": False,
        "knowledge": covertype_knowledge(),
        "options": SearchOptions(engines=("library",)),
    }
    tasks: Tasks = {}
    for number in range(count):
        weights = rng.normal(size=len(table.names)) * (rng.random(len(table.names)) < 0.3)
        latent = {
            split: np.tanh(getattr(table, split).astype(np.float64) @ weights)
            for split in ("train", "validation", "test")
        }
        own = {"latent": latent, "sensitivity": np.abs(weights)}
        tasks[f"latent {number}"] = {**shared, **own}
    return tasks


def cpu_seconds() -> float:
    """Return what this process has used."""
    return time.process_time()


def loaded() -> str:
    """Import on a worker what its first task would import."""
    return search_one.__name__


def travelling(tasks: Tasks) -> tuple[float, float]:
    """Return the MB that are sent to every worker once, and those that one task takes with it."""
    uses = Counter(id(value) for task in tasks.values() for value in task.values())
    size = {id(v): len(pickle.dumps(v)) / 1e6 for task in tasks.values() for v in task.values()}
    shared = sum(size[key] for key, count in uses.items() if count > 1)
    own = sum(size[key] for key, count in uses.items() if count == 1)
    return shared, own / len(tasks)


def same(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Tell whether fronts hold the same formulas, and scores that are equal but for rounding."""
    exact, scores = ["expression", "complexity", "selected"], ["r2_train", "r2_test"]
    return all(
        found[label][exact].equals(front[exact])
        and np.allclose(found[label][scores], front[scores], rtol=0, atol=1e-9)
        for label, front in expected.items()
    )


def on_dask(workers: int, tasks: Tasks) -> tuple[dict[str, Any], float, float]:
    """Run on local workers; return results, seconds, and CPU seconds of the busiest."""
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.run(loaded)
        before, started = client.run(cpu_seconds), time.perf_counter()
        options = TaskOptions(scheduler=cluster.scheduler_address, cache=None, progress=False)
        found = run_tasks(search_one, tasks, options, "searching")
        seconds = time.perf_counter() - started
        used = [after - before[worker] for worker, after in client.run(cpu_seconds).items()]
    return found, seconds, max(used)


def main() -> None:
    """Run the tasks in every way, and compare the results."""
    tasks = searches(TASKS)
    shared, own = travelling(tasks)
    alone = TaskOptions(workers=1, cache=None, progress=False)
    cpu, clock = time.process_time(), time.perf_counter()
    expected = run_tasks(search_one, tasks, alone, "searching")
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    sys.stdout.write(
        f"{TASKS} searches, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {shared:.1f} MB "
        f"to every worker once, {own:.2f} MB with each task\n\n"
        "| workers | seconds | CPU seconds of the busiest | speed-up by CPU seconds | by the clock "
        "| same results |\n| --- | --- | --- | --- | --- | --- |\n"
        f"| one process | {clock:.1f} | {cpu:.1f} | 1 | 1 | |\n"
    )
    for workers in WORKERS:
        found, seconds, busiest = on_dask(workers, tasks)
        sys.stdout.write(
            f"| {workers} | {seconds:.1f} | {busiest:.1f} | {cpu / busiest:.2f} | "
            f"{clock / seconds:.2f} | {'yes' if same(found, expected) else 'NO'} |\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
