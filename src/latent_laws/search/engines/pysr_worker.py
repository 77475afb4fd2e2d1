"""The program that runs one PySR fit, in a process of its own.

It imports neither this package nor torch: torch imported before juliacall can crash.
"""

import ctypes
import inspect
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysr import PySRRegressor

JOB_FILE = "job.json"
DATA_FILE = "data.npz"
FRONT = "hall_of_fame.csv"
CHECK = "check"  # in the place of a folder: import PySR and no more
NOT_LOADED = 3  # exit code: pysr could not be imported, as without Julia or without its packages
_SIGNAL_ON_PARENTS_DEATH = 1  # Linux: PR_SET_PDEATHSIG
# Long enough for a slow server, short enough that a machine without network gets its answer.
CONNECTION_SECONDS = 20.0


def import_pysr() -> "type[PySRRegressor]":
    """Import PySR, which starts Julia and, on first use, lets juliapkg install it.

    Returns:
        The class PySRRegressor.
    """
    # One thread a task. PySR warns about it; its serial search uses one anyway.
    os.environ.setdefault("PYTHON_JULIACALL_THREADS", "1")
    os.environ.setdefault("PYTHON_JULIACALL_HANDLE_SIGNALS", "yes")
    os.environ.setdefault("JULIA_NUM_GC_THREADS", "1")
    socket.setdefaulttimeout(CONNECTION_SECONDS)
    import pysr  # noqa: PLC0415 - starts Julia

    socket.setdefaulttimeout(None)
    regressor: type[PySRRegressor] = pysr.PySRRegressor
    return regressor


def fit(folder: Path, regressor: "type[PySRRegressor]") -> None:
    """Fit PySR on the job in a run folder; PySR writes its front there.

    Args:
        folder: Holds job.json (`arguments` of PySRRegressor, `variable_names`, `guesses`) and
            data.npz (`X`, rows x features, and `y`, rows).
        regressor: The class PySRRegressor.
    """
    import numpy as np  # noqa: PLC0415 - PySR asks to be imported before numpy

    job = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    with np.load(folder / DATA_FILE, allow_pickle=False) as data:
        X, y = data["X"], data["y"]
    arguments = job["arguments"] | {"output_directory": str(folder.parent), "run_id": folder.name}
    if job["guesses"] and "guesses" in inspect.signature(regressor).parameters:
        arguments["guesses"] = job["guesses"]
    model = regressor(**arguments)
    # At its end PySR turns every equation into sympy, which can take minutes and is not needed.
    model.get_hof = lambda *_, **__: None
    model.fit(X, y, variable_names=job["variable_names"])


def end_with_parent() -> None:
    """Let the system end this process when the one that started it is gone (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SIGNAL_ON_PARENTS_DEATH, signal.SIGKILL)


def main(task: str) -> int:
    """Run one job and end with a one-line message on stderr if it fails.

    Args:
        task: The run folder, or `CHECK`.

    Returns:
        The exit code: 0, 1 for a fit that failed, `NOT_LOADED` where PySR does not start.
    """
    end_with_parent()
    code = NOT_LOADED
    try:
        regressor = import_pysr()
        code = 1
        if task != CHECK:
            fit(Path(task), regressor)
    except Exception as error:
        traceback.print_exc()
        lines = [line for line in str(error).splitlines() if line.strip()]
        sys.stderr.write(f"\n{type(error).__name__}: {lines[0] if lines else 'no message'}\n")
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
