"""One way to run many independent computations: parallel, single-threaded each, cached.

Results are kept by content: the function's name, the code and libraries behind it, and its
arguments. A killed run therefore resumes where it stopped, and an unchanged one costs seconds.
"""

import gc
import logging
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from types import FrameType
from typing import Generic, TypeVar

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError
from pydantic import Field
from threadpoolctl import threadpool_limits

from latent_laws.cluster import dask_client, dask_outcomes
from latent_laws.errors import LatentLawsError, TaskError
from latent_laws.fingerprint import code_version, fingerprint
from latent_laws.progress import Progress
from latent_laws.strict import StrictModel

logger = logging.getLogger(__name__)

R = TypeVar("R")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_MESSAGES_SHOWN = 3


class TaskOptions(StrictModel):
    """Where and how tasks run.

    Attributes:
        workers: Processes on this machine; 1 runs the tasks in the calling process.
        scheduler: Address of a Dask scheduler (extra `dask`) that runs the tasks instead, for
            instance `tcp://10.0.0.5:8786`.
        cache: Folder of finished results, or null to compute everything again.
        progress: Whether to show how far the tasks are.
    """

    workers: int = Field(default=2, ge=1)
    scheduler: str | None = None
    cache: str | None = "data/cache"
    progress: bool = True


def run_tasks(
    function: Callable[..., R],
    tasks: Mapping[str, Mapping[str, object]],
    options: TaskOptions,
    description: str,
) -> dict[str, R]:
    """Call a function once for every task and return the results by label.

    Args:
        function: A function of a module (workers import it), deterministic for its arguments.
            Large arrays arrive read-only, shared between the workers.
        tasks: Keyword arguments of each call, by a label that names the task to the user.
        options: Workers, backend and cache.
        description: What the tasks do, for the progress display and for errors.

    Returns:
        The result of every task, in the order of `tasks`; the same for any number of workers.

    Raises:
        TaskError: If tasks fail. The others finish first and stay in the cache.
    """
    cache = _Cache(function, options.cache)
    keys = {label: cache.key(arguments) for label, arguments in tasks.items()}
    results = {label: kept.result for label, key in keys.items() if (kept := cache.load(key))}
    waiting = {label: tasks[label] for label in tasks if label not in results}
    failures: dict[str, _Failure] = {}
    with Progress(description, len(tasks), len(results), shown=options.progress) as progress:
        for label, outcome in _outcomes(function, waiting, options, description):
            if isinstance(outcome, _Failure):
                failures[label] = outcome
            else:
                results[label] = cache.save(keys[label], outcome)
            progress.advance()
    if failures:
        in_order = {label: failures[label] for label in tasks if label in failures}
        _log_first_unexpected(in_order)
        raise TaskError(_failure_message(in_order, len(tasks), description))
    return {label: results[label] for label in tasks}


def run_task(
    function: Callable[..., R],
    arguments: Mapping[str, object],
    options: TaskOptions,
    description: str,
) -> R:
    """Call a function once, in this process, unless its result is in the cache.

    Args:
        function: As for `run_tasks`.
        arguments: Keyword arguments.
        options: Cache.
        description: What the task does, for errors.
    """
    return run_tasks(function, {description: arguments}, options, description)[description]


class _Cache(Generic[R]):
    """Results of one function on disk; `joblib.Memory` writes each under a new name and renames."""

    def __init__(self, function: Callable[..., R], location: str | None) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._version = code_version(function) if location else ""
        # the parent keeps the results, so that workers elsewhere need no common folder
        self._keep = joblib.Memory(location, verbose=0).cache(_keep, ignore=["pickled"])
        self._digests: dict[int, str] = {}
        self._enabled = location is not None

    def key(self, arguments: Mapping[str, object]) -> str:
        """Return the content hash of one call; needs the arguments alive between calls."""
        digests = {name: self._digest(value) for name, value in arguments.items()}
        return str(joblib.hash((self._name, self._version, digests))) if self._enabled else ""

    def load(self, key: str) -> "_Kept[R] | None":
        """Return a kept result, or None if there is none or its file does not load."""
        if not (self._enabled and self._keep.check_call_in_cache(key, None)):
            return None
        try:
            return _Kept(pickle.loads(self._keep(key, None)))  # noqa: S301 - this cache wrote it
        except _NotKept:
            return None

    def save(self, key: str, result: R) -> R:
        """Keep a result and return it."""
        if self._enabled:
            # as bytes: joblib reads pickles in Python, many times slower than `pickle`
            self._keep(key, pickle.dumps(result, pickle.HIGHEST_PROTOCOL))
        return result

    def _digest(self, value: object) -> str:
        """Hash a value once, though many tasks share it."""
        if id(value) not in self._digests:
            self._digests[id(value)] = fingerprint(value) if self._enabled else ""
        return self._digests[id(value)]


@dataclass(frozen=True)
class _Kept(Generic[R]):
    result: R


class _NotKept(Exception):
    """There was a file of this result, but it does not load."""


def _keep(key: str, pickled: bytes | None) -> bytes:
    """Return what is given; memoised by its key alone, so that this stores it or brings it back."""
    if pickled is None:
        raise _NotKept(key)
    return pickled


@dataclass(frozen=True)
class _Failure:
    message: str
    traceback: str
    expected: bool


def _attempt(function: Callable[..., R], label: str, /, **arguments: object) -> tuple[str, object]:
    """Run one task on one thread and turn an exception into a `_Failure`."""
    try:
        with one_thread():
            return label, function(**arguments)
    except Exception as error:  # any failure of one task must let the others finish
        expected = isinstance(error, LatentLawsError)
        return label, _Failure(_one_line(error), traceback.format_exc(), expected)


def _attempt_in_worker(
    function: Callable[..., R], label: str, /, **arguments: object
) -> tuple[str, object]:
    """Run one task in a process that runs nothing else."""
    _settle(function.__module__)
    return _attempt(function, label, **arguments)


def spare_libraries() -> None:
    """Spare the garbage collector what is loaded by now: a search takes a fifth less."""
    gc.collect()
    gc.freeze()


@cache
def _settle(_module: str) -> None:
    """Spare the libraries once for each module whose tasks a worker runs: it may load its own."""
    spare_libraries()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS, OpenMP and torch to one thread; two threads on shared cores run far slower."""
    # torch only where it is loaded: ahead of Julia it can crash PySR; what the task itself loads
    # is told by the environment
    torch = sys.modules.get("torch")
    threads_before = torch.get_num_threads() if torch else 0
    environment_before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    if torch:
        torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        if torch:
            torch.set_num_threads(threads_before)
        _restore_environment(environment_before)


def _restore_environment(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _outcomes(
    function: Callable[..., R],
    tasks: Mapping[str, Mapping[str, object]],
    options: TaskOptions,
    description: str,
) -> Iterator[tuple[str, R | _Failure]]:
    """Yield label and outcome of each task as it finishes."""
    if not tasks:
        return
    if options.scheduler:
        with dask_client(options.scheduler) as client:
            task = partial(_attempt_in_worker, function)
            yield from dask_outcomes(client, task, tasks, description)
        return
    workers = min(options.workers, len(tasks))
    attempt = joblib.delayed(_attempt_in_worker if workers > 1 else _attempt)
    calls = (attempt(function, label, **tasks[label]) for label in tasks)
    loky = joblib.parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1)
    try:
        with _ended_like_ctrl_c(), loky:
            yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(calls)
    except TerminatedWorkerError as error:
        raise TaskError(
            f"{description}: a worker process died, often for lack of memory; finished tasks are "
            f"kept, run again with fewer than {options.workers} workers"
        ) from error


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, which batch systems send, end the workers too, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _one_line(error: Exception) -> str:
    """Say in one line what went wrong; our own errors need no class name."""
    text = " ".join(str(error).split())
    return text if isinstance(error, LatentLawsError) else f"{type(error).__name__}: {text}"


def _log_first_unexpected(failures: Mapping[str, _Failure]) -> None:
    """Show where a failure came from that is no error of the user's."""
    for label, failure in failures.items():
        if not failure.expected:
            # square brackets in code are no markup
            logger.error("%s failed\n%s", label, failure.traceback, extra={"markup": False})
            return


def _failure_message(failures: Mapping[str, _Failure], n_tasks: int, description: str) -> str:
    first = list(failures.items())[:_MESSAGES_SHOWN]
    shown = [f"{label} ({failure.message})" for label, failure in first]
    more = len(failures) - len(shown)
    ending = f" and {more} more" if more else ""
    return f"{description}: {len(failures)} of {n_tasks} tasks failed: {'; '.join(shown)}{ending}"
