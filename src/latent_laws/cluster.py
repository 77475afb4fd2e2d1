"""Tasks on a Dask cluster: large arguments travel once, lost workers are made up for."""

import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from latent_laws.errors import TaskError

# below this an argument travels with its task; above, it is sent to every worker once
_LARGE_BYTES = 65_536
_SECONDS_TO_CONNECT = 10
# how long a cluster may be without any worker, at the start and later
_SECONDS_WITHOUT_WORKERS = 30.0
_SECONDS_BETWEEN_LOOKS = 1.0
# how often tasks are sent whose arguments or results went with a worker before they were copied
_ROUNDS = 3


@contextmanager
def dask_client(scheduler: str) -> Iterator[Any]:
    """Connect to a Dask scheduler for as long as the tasks run.

    Raises:
        TaskError: If Dask is not installed, the scheduler does not answer or has no worker.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - only the extra `dask` has it
    except ImportError as error:
        raise TaskError(
            'a Dask scheduler needs the extra: pip install "latent-laws[dask]"'
        ) from error
    try:
        client = Client(scheduler, set_as_default=False, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise TaskError(
            f"scheduler '{scheduler}' does not answer; start one with `dask scheduler` and give "
            "its address, such as tcp://10.0.0.5:8786"
        ) from error
    with client, client.as_current():
        try:
            client.wait_for_workers(1, timeout=_SECONDS_WITHOUT_WORKERS)
        except TimeoutError as error:
            raise TaskError(
                f"scheduler '{scheduler}' has no worker after {_SECONDS_WITHOUT_WORKERS:.0f} s; "
                f"start some with `dask worker {scheduler} --nthreads 1`"
            ) from error
        yield client


def dask_outcomes(
    client: Any,
    attempt: Callable[..., tuple[str, Any]],
    tasks: Mapping[str, Mapping[str, object]],
    description: str,
) -> Iterator[tuple[str, Any]]:
    """Yield label and outcome of each task as it finishes; Dask repeats those of a lost worker.

    Args:
        client: Connected to the scheduler.
        attempt: Takes a label and the arguments of a task.
        tasks: Arguments by label.
        description: What the tasks do, for errors.

    Raises:
        TaskError: If all workers are lost, or a task takes several workers down with it.
    """
    left = dict(tasks)
    for _ in range(_ROUNDS):
        try:
            for label, outcome in _outcomes_once(client, attempt, dict(left), description):
                del left[label]
                yield label, outcome
            return
        except CancelledError:  # the only copy of something is gone: all that is left is sent again
            continue
    raise TaskError(_lost(description, next(iter(left))))


def _outcomes_once(
    client: Any,
    attempt: Callable[..., tuple[str, Any]],
    tasks: Mapping[str, Mapping[str, object]],
    description: str,
) -> Iterator[tuple[str, Any]]:
    """Send all tasks and yield what comes back.

    Raises:
        CancelledError: If Dask gives a task up, for the only copy of what it needs is lost.
        TaskError: As `dask_outcomes`.
    """
    from distributed import wait  # noqa: PLC0415 - only the extra `dask` has it

    large = _Large(client, Counter(id(value) for task in tasks.values() for value in task.values()))
    futures = {
        client.submit(
            attempt, label, pure=False, **{name: large.sent(value) for name, value in task.items()}
        ): label
        for label, task in tasks.items()
    }
    pending, seen = set(futures), time.monotonic()
    while pending:
        try:
            done, pending = wait(pending, _SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED")
        except TimeoutError:
            seen = _check_workers(client, seen, description)
            continue
        seen = time.monotonic()
        for future in done:
            if future.cancelled():
                raise CancelledError
            if future.status != "finished":
                raise TaskError(_lost(description, futures[future]))
            yield future.result()


def _lost(description: str, label: str) -> str:
    return (
        f"{description}: {label} was lost with its workers, often for lack of memory; finished "
        "tasks are kept, run again with fewer or larger workers"
    )


def _check_workers(client: Any, seen: float, description: str) -> float:
    """Return when a worker was last seen; without any for too long, say so."""
    now = time.monotonic()
    if client.scheduler_info(n_workers=-1)["workers"]:
        return now
    if now - seen > _SECONDS_WITHOUT_WORKERS:
        raise TaskError(
            f"{description}: all workers are lost; finished tasks are kept, start workers and run "
            "again"
        )
    return seen


class _Large:
    """Sends each large argument that tasks share to every worker once, however many they are."""

    def __init__(self, client: Any, uses: Mapping[int, int]) -> None:
        self._client = client
        self._uses = uses
        self._sent: dict[int, Any] = {}

    def sent(self, value: object) -> Any:
        """Return the argument, or what stands for it on the workers."""
        key = id(value)
        if self._uses[key] == 1:  # travels with its task, to one worker
            return value
        if key not in self._sent:
            is_large = len(pickle.dumps(value)) > _LARGE_BYTES
            self._sent[key] = (
                # every worker has a copy, so that losing one loses nothing
                self._client.scatter(value, broadcast=True, hash=False) if is_large else value
            )
        return self._sent[key]
