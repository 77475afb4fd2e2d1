"""Tasks on a Dask cluster."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from latent_laws import cluster
from latent_laws.errors import TaskError
from latent_laws.tasks import TaskOptions, run_tasks

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

LARGE = np.arange(1_000_000, dtype=np.float64)


def first(x: NDArray[np.float64], number: int) -> float:
    return float(x[number])


def dies_once(x: NDArray[np.float64], number: int, log: str) -> float:
    """Take the worker down the first time that this is computed."""
    if number == 2 and not Path(log).exists():
        Path(log).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return float(x[number])


def always_dies(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def workers() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as running:
        yield running


def options(running: Any) -> TaskOptions:
    return TaskOptions(scheduler=running.scheduler_address, cache=None)


def test_a_large_array_travels_once(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    scatter = distributed.Client.scatter

    def counted(self: Any, value: object, **how: object) -> Any:
        sent.append(value)
        return scatter(self, value, **how)

    monkeypatch.setattr(distributed.Client, "scatter", counted)
    tasks = {f"n{i}": {"x": LARGE, "number": i} for i in range(8)}
    results = run_tasks(first, tasks, options(workers), "looking up")
    assert list(results.values()) == [float(i) for i in range(8)]
    assert len(sent) == 1


def test_the_tasks_of_a_lost_worker_are_repeated(workers: Any, tmp_path: Path) -> None:
    log = str(tmp_path / "died")
    tasks = {f"n{i}": {"x": LARGE, "number": i, "log": log} for i in range(6)}
    results = run_tasks(dies_once, tasks, options(workers), "looking up")
    assert list(results.values()) == [float(i) for i in range(6)]
    assert Path(log).exists()


def test_what_is_lost_before_it_is_fetched_is_sent_again(
    workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[object] = []
    fetch = distributed.Future.result

    def fetched(self: Any) -> Any:
        if len(lost) < cluster._ROUNDS - 1:
            lost.append(self)
            raise CancelledError
        return fetch(self)

    monkeypatch.setattr(distributed.Future, "result", fetched)
    tasks = {f"n{i}": {"x": LARGE, "number": i} for i in range(4)}
    results = run_tasks(first, tasks, options(workers), "looking up")
    assert list(results.values()) == [float(i) for i in range(4)]
    monkeypatch.setattr(cluster, "_ROUNDS", 1)
    monkeypatch.setattr(distributed.Future, "result", always_lost)
    with pytest.raises(TaskError, match="was lost with its workers"):
        run_tasks(first, tasks, options(workers), "looking up")


def always_lost(self: Any) -> Any:
    raise CancelledError


def test_a_task_that_takes_workers_down_is_one_line(workers: Any) -> None:
    with pytest.raises(TaskError, match="n0 was lost with its workers") as caught:
        run_tasks(always_dies, {"n0": {"number": 0}}, options(workers), "dying")
    assert "\n" not in str(caught.value)


def test_no_worker_within_a_time_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_WITHOUT_WORKERS", 0.5)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as empty:
        with pytest.raises(TaskError, match="has no worker after"):
            run_tasks(first, {"n": {"x": LARGE, "number": 1}}, options(empty), "looking up")
