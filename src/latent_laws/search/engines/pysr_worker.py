"""The program that runs one PySR fit, in a process of its own.

It imports neither this package nor torch: torch imported before juliacall can crash.
"""

import json
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysr import PySRRegressor

JOB_FILE = "job.json"
DATA_FILE = "data.npz"
NO_JULIA = 3  # exit code: pysr could not be imported, which means Julia could not be started
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
    """Fit PySR on the job in a run folder; PySR writes its hall_of_fame.csv there.

    Args:
        folder: Holds job.json (`arguments` of PySRRegressor, `variable_names`) and data.npz
            (`X`, rows x features, and `y`, rows).
        regressor: The class PySRRegressor.
    """
    import numpy as np  # noqa: PLC0415 - PySR asks to be imported before numpy

    job = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    with np.load(folder / DATA_FILE, allow_pickle=False) as data:
        X, y = data["X"], data["y"]
    regressor(**job["arguments"]).fit(X, y, variable_names=job["variable_names"])


def main(folder: Path) -> int:
    """Run one job and end with a one-line message on stderr if it fails.

    Args:
        folder: The run folder.

    Returns:
        The exit code: 0, 1 for a fit that failed, `NO_JULIA` without Julia.
    """
    code = NO_JULIA
    try:
        regressor = import_pysr()
        code = 1
        fit(folder, regressor)
    except Exception as error:
        traceback.print_exc()
        message = (str(error) or "no message").splitlines()[0]
        sys.stderr.write(f"\n{type(error).__name__}: {message}\n")
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
