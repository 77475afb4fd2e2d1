"""A stand-in for juliacall, so that PySR's Python side runs without Julia.

Its "search" writes the hall of fame of a recorded run, the file named by RECORDED_HALL_OF_FAME; it
never ends if SEARCH_WITHOUT_END names a file, into which it writes its process.
"""

import os
import shutil
import time
from pathlib import Path
from unittest.mock import MagicMock


class AnyValue:
    """The type of Julia values."""


class VectorValue(AnyValue):
    """The type of Julia vectors."""


class JuliaError(Exception):
    """An error in Julia code."""


def convert(_type: object, value: object) -> object:
    """Return the value as it is."""
    return value


def _search(*_: object, **keywords: object) -> object:
    """Write the recorded front where Julia would write its own."""
    options = Main.SymbolicRegression.Options.call_args.kwargs
    folder = Path(str(options["output_directory"])) / str(keywords["run_id"])
    folder.mkdir(parents=True, exist_ok=True)
    recorded = os.environ["RECORDED_HALL_OF_FAME"]
    if not Path(recorded).is_file():
        raise JuliaError(f"no recorded run at {recorded}\nStacktrace: none")
    shutil.copy(recorded, folder / "hall_of_fame.csv")
    if os.environ.get("SEARCH_WITHOUT_END"):
        Path(os.environ["SEARCH_WITHOUT_END"]).write_text(str(os.getpid()))
        time.sleep(600)
    return MagicMock()


Main = MagicMock()
Main.VERSION.major, Main.VERSION.minor, Main.VERSION.patch = 1, 10, 8
Main.SymbolicRegression.equation_search = _search
_search._jl_call_nogil = _search  # type: ignore[attr-defined]  # how PySR 2.x calls it
