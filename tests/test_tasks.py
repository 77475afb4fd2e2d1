"""Parallel, cached, resumable tasks."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from threadpoolctl import threadpool_info

from latent_laws import cluster, fingerprint, tasks
from latent_laws.errors import LatentLawsError, TaskError
from latent_laws.fingerprint import code_version
from latent_laws.tasks import TaskOptions, run_tasks


class Scale(BaseModel):
    factor: float = 2.0


def weighted_sum(x: NDArray[np.float32], weight: float, log: str) -> float:
    """Sum the rows with a weight and note in a file that this was computed."""
    with Path(log).open("a") as file:
        file.write(f"{weight}\n")
    return float(weight * x.sum())


def slow_sum(x: NDArray[np.float32], weight: float, log: str) -> float:
    time.sleep(0.4)
    return weighted_sum(x, weight, log)


def scaled(scale: Scale, log: str) -> float:
    Path(log).write_text("computed")
    return scale.factor


def thread_counts(x: NDArray[np.float32]) -> tuple[int, int]:
    """Return the largest BLAS or OpenMP pool and torch's own count while a task runs."""
    np.linalg.svd(x)
    return max(pool["num_threads"] for pool in threadpool_info()), torch.get_num_threads()


def fails_for_odd(number: int, log: str) -> int:
    if number % 2:
        raise LatentLawsError(f"{number} is odd")
    Path(log).with_name(f"done-{number}").touch()
    return number


def breaks(number: int) -> int:
    raise KeyError(f"no\nentry {number}")


def nothing(number: int) -> None:
    return None


def dies(number: int) -> int:
    os._exit(number)


def make_tasks(log: Path, count: int = 6) -> dict[str, dict[str, object]]:
    x = np.arange(400_000, dtype=np.float32).reshape(-1, 4) % 7
    return {f"task-{i}": {"x": x, "weight": float(i), "log": str(log)} for i in range(count)}


def computed(log: Path) -> list[str]:
    return sorted(log.read_text().split()) if log.exists() else []


def options(folder: Path, **changes: object) -> TaskOptions:
    return TaskOptions.model_validate({"cache": str(folder / "cache"), **changes})


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks(tmp_path: Path, workers: int) -> None:
    work = make_tasks(tmp_path / "log")
    results = run_tasks(weighted_sum, work, options(tmp_path, workers=workers), "sums")
    expected = {label: weighted_sum(**arguments) for label, arguments in work.items()}  # type: ignore[arg-type]  # built above
    assert list(results) == list(work)
    assert results == expected


def test_a_second_run_computes_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = run_tasks(weighted_sum, make_tasks(log), options(tmp_path, workers=2), "sums")
    again = run_tasks(weighted_sum, make_tasks(log), options(tmp_path, workers=1), "sums")
    assert first == again
    assert len(computed(log)) == 6


def test_changed_content_is_computed_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_tasks(weighted_sum, make_tasks(log, 2), options(tmp_path, workers=1), "sums")
    work = make_tasks(log, 2)
    changed = np.array(work["task-1"]["x"], copy=True)
    changed[0, 0] += 1
    work["task-1"]["x"] = changed
    results = run_tasks(weighted_sum, work, options(tmp_path, workers=1), "sums")
    assert computed(log) == ["0.0", "1.0", "1.0"]
    assert results["task-1"] == pytest.approx(float(changed.sum()))


def test_options_that_equal_the_defaults_share_a_result(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for scale in (Scale(), Scale(factor=2.0)):
        log.unlink(missing_ok=True)
        run_tasks(scaled, {"a": {"scale": scale, "log": str(log)}}, options(tmp_path), "scales")
    assert not log.exists()


def test_changed_code_is_not_served_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    work = make_tasks(log, 1)
    run_tasks(weighted_sum, work, options(tmp_path, workers=1), "sums")
    monkeypatch.setattr(tasks, "code_version", lambda function: "after an edit")
    run_tasks(weighted_sum, work, options(tmp_path, workers=1), "sums")
    assert len(computed(log)) == 2


def test_code_version_covers_what_a_part_imports() -> None:
    def names(module: str) -> set[str]:
        return {path.name for path in fingerprint._sources(module)}

    below = {"cluster.py", "fingerprint.py", "progress.py", "errors.py", "strict.py"}
    assert names("latent_laws.tasks") == {"tasks.py", *below}
    assert {"table.py", "errors.py"} <= names("latent_laws.tables.table")
    assert names(__name__) == {"test_tasks.py"}
    assert code_version(weighted_sum) == code_version(slow_sum)
    assert code_version(weighted_sum) != code_version(run_tasks)


def test_nothing_is_kept_without_a_cache(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        run_tasks(weighted_sum, make_tasks(log, 2), TaskOptions(workers=1, cache=None), "sums")
    assert len(computed(log)) == 4


def test_none_is_a_result_like_any_other(tmp_path: Path) -> None:
    for _ in range(2):
        results = run_tasks(nothing, {"a": {"number": 1}}, options(tmp_path, workers=1), "nothing")
        assert results == {"a": None}


def test_no_tasks_give_no_results(tmp_path: Path) -> None:
    assert run_tasks(weighted_sum, {}, options(tmp_path), "sums") == {}


def test_a_damaged_cache_file_is_computed_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = run_tasks(weighted_sum, make_tasks(log, 2), options(tmp_path, workers=1), "sums")
    for kept in (tmp_path / "cache").rglob("output.pkl"):
        kept.write_bytes(b"not a pickle")
    assert run_tasks(weighted_sum, make_tasks(log, 2), options(tmp_path, workers=1), "s") == first
    assert len(computed(log)) == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_has_one_thread(tmp_path: Path, workers: int) -> None:
    x = np.random.default_rng(0).normal(size=(50, 50)).astype(np.float32)
    work = {"a": {"x": x}, "b": {"x": x + 1}}
    torch.set_num_threads(2)
    try:
        results = run_tasks(thread_counts, work, options(tmp_path, workers=workers), "threads")
        assert torch.get_num_threads() == 2, "the process has its threads back"
    finally:
        torch.set_num_threads(1)
    assert set(results.values()) == {(1, 1)}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_task_lets_the_others_finish(tmp_path: Path, workers: int) -> None:
    work = {f"n{i}": {"number": i, "log": str(tmp_path / "log")} for i in range(6)}
    with pytest.raises(TaskError) as caught:
        run_tasks(fails_for_odd, work, options(tmp_path, workers=workers), "parity")
    assert str(caught.value) == (
        "parity: 3 of 6 tasks failed: n1 (1 is odd); n3 (3 is odd); n5 (5 is odd)"
    )
    assert sorted(path.name for path in tmp_path.glob("done-*")) == ["done-0", "done-2", "done-4"]


def test_an_unexpected_error_is_named_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work = {f"n{i}": {"number": i} for i in range(5)}
    with pytest.raises(TaskError) as caught:
        run_tasks(breaks, work, options(tmp_path, workers=1), "lookup")
    assert "\n" not in str(caught.value)
    assert "n0 (KeyError: 'no\\nentry 0')" in str(caught.value)
    assert str(caught.value).endswith("and 2 more")
    assert "in breaks" in caplog.text, "the traceback is in the log"


def test_a_dead_worker_is_named(tmp_path: Path) -> None:
    work = {f"n{i}": {"number": i + 1} for i in range(3)}
    with pytest.raises(TaskError, match=r"crash: a worker process died.*fewer than 2 workers"):
        run_tasks(dies, work, options(tmp_path, workers=2), "crash")


KILLED_RUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from pathlib import Path
from tests.test_tasks import make_tasks, options, slow_sum
from latent_laws.tasks import run_tasks
folder, workers, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
run_tasks(slow_sum, make_tasks(folder / "log", count), options(folder, workers=workers), "sums")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_resumes(tmp_path: Path, workers: int) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", KILLED_RUN, str(tmp_path), str(workers), "8"]
    process = subprocess.Popen(command, cwd=root, start_new_session=True)
    while len(list((tmp_path / "cache").rglob("output.pkl"))) < 3:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept, before = len(list((tmp_path / "cache").rglob("output.pkl"))), computed(tmp_path / "log")
    assert 3 <= kept < 8
    work = make_tasks(tmp_path / "log", 8)
    results = run_tasks(slow_sum, work, options(tmp_path, workers=2), "sums")
    assert list(results) == list(work)
    assert len(computed(tmp_path / "log")) - len(before) == 8 - kept


def end(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send a signal to the run alone, not to its group as a terminal does, until it ends.

    Python drops an interrupt that comes while an object is finalised; people press the keys again.
    """
    for _ in range(4):
        process.send_signal(number)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            continue
        return
    pytest.fail(f"the run does not end by {number.name}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_ended_run_leaves_no_workers(tmp_path: Path, number: signal.Signals) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", KILLED_RUN, str(tmp_path), "2", "400"]
    process = subprocess.Popen(command, cwd=root, start_new_session=True)
    while len(list((tmp_path / "cache").rglob("output.pkl"))) < 2:
        assert process.poll() is None, "the run was over before it could be ended"
        time.sleep(0.01)
    end(process, number)
    assert process.returncode != 0
    deadline = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):  # no process is left in the group
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.05)


def test_dask_gives_the_same_results(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    work = make_tasks(tmp_path / "log")
    expected = run_tasks(weighted_sum, work, TaskOptions(workers=1, cache=None), "sums")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        chosen = options(tmp_path, scheduler=cluster.scheduler_address)
        assert run_tasks(weighted_sum, work, chosen, "sums") == expected
        again = run_tasks(weighted_sum, work, options(tmp_path, workers=1), "sums")
    assert again == expected
    assert len(computed(tmp_path / "log")) == 12


def test_a_silent_scheduler_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra dask")
    monkeypatch.setattr(cluster, "_SECONDS_TO_CONNECT", 1)
    chosen = options(tmp_path, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(TaskError, match=r"scheduler 'tcp://127\.0\.0\.1:9' does not answer"):
        run_tasks(weighted_sum, make_tasks(tmp_path / "log", 1), chosen, "sums")


def test_without_dask_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    chosen = options(tmp_path, scheduler="tcp://127.0.0.1:8786")
    with pytest.raises(TaskError, match=r"latent-laws\[dask\]"):
        run_tasks(weighted_sum, make_tasks(tmp_path / "log", 1), chosen, "sums")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"workers": 0}, "workers"),
        ({"worker": 2}, "worker"),
    ],
)
def test_bad_options_are_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        TaskOptions.model_validate(given)
