"""PySR as a search engine: a fit in a process of its own, the front read back from its files.

PySR needs Julia, which juliapkg installs on first use. PySR must not share a process with torch
(torch imported before juliacall can crash), so nothing here imports it.
"""

import csv
import hashlib
import importlib.metadata
import importlib.util
import json
import keyword
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import sympy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.search.engines.pysr_worker import DATA_FILE, JOB_FILE, NO_JULIA
from latent_laws.search.problem import Problem

BinaryOperator = Literal["+", "-", "*", "/", "^"]
UnaryOperator = Literal[
    "sin", "cos", "tan", "tanh", "exp", "log", "sqrt", "abs", "square", "cube", "inv", "neg"
]

HALL_OF_FAME = "hall_of_fame.csv"
LOG_FILE = "worker.log"
HOW_TO_GET_JULIA = (
    "with a network connection juliapkg installs Julia on first use; for a Julia of your own set "
    "PYTHON_JULIAPKG_EXE to its executable; engine: operon needs no Julia"
)
# The fit is the same every time: serial, seeded, on all rows. Every name here and in PySROptions
# is known to PySR 1.5.10 and to 2.x.
FIXED_ARGUMENTS: dict[str, object] = {
    "deterministic": True,
    "parallelism": "serial",
    "batching": False,
    "progress": False,
    "verbosity": 0,
    "input_stream": "devnull",
}

# Words of PySR that sympy does not know; it takes no variable of such a name.
PYSR_WORDS = frozenset(
    "abs atanh_clip ceil clamp cond cube fma greater greater_equal inv less less_equal log10 "
    "log10_abs log1p log1p_abs log2 log2_abs log_abs logical_and logical_or max min mod muladd "
    "mult neg plus pow pow_abs acosh_abs relu round sqrt_abs square sub".split()
)


class PySROptions(BaseModel):
    """Options of a PySR search, named as PySR names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    binary_operators: tuple[BinaryOperator, ...] = Field(("+", "-", "*", "/"), min_length=1)
    unary_operators: tuple[UnaryOperator, ...] = ("sin", "exp", "tanh", "square")
    niterations: int = Field(40, ge=1)
    populations: int = Field(15, ge=1)
    population_size: int = Field(27, ge=2)
    ncycles_per_iteration: int = Field(380, ge=1)
    maxsize: int = Field(40, ge=7)  # PySR refuses less
    maxdepth: int | None = Field(None, ge=1)
    parsimony: float = Field(0.0, ge=0)
    max_evals: int | None = Field(None, ge=1)
    # A search cut by time is not reproducible: budget with niterations or max_evals instead.
    timeout_in_seconds: float | None = Field(None, gt=0)
    precision: Literal[32, 64] = 32
    rows: int = Field(2000, ge=10)  # training rows a search uses, drawn by the seed
    screen: int = Field(16, ge=1)  # inputs, the most relevant ones
    output_directory: Path = Path("data/07_model_output/pysr")

    def arguments(self, seed: int) -> dict[str, object]:
        """Return the keyword arguments of PySRRegressor, without the run folder.

        Args:
            seed: Random state of the search.

        Returns:
            JSON-able arguments.
        """
        own = self.model_dump(mode="json", exclude={"output_directory", "rows", "screen"})
        return own | FIXED_ARGUMENTS | {"random_state": seed}


class PySREngine:
    """PySR behind the engine protocol."""

    name = "pysr"
    options = PySROptions

    def version(self) -> str:
        """Return the version of the installed PySR."""
        _require_pysr()
        return importlib.metadata.version("pysr")

    def search(self, problem: Problem, options: PySROptions, seed: int) -> list[Formula]:
        """Run one PySR search and return its hall of fame, least complex equation first.

        Raises:
            LatentLawsError: Without PySR or Julia, or if the fit died.
        """
        _require_pysr()
        few = problem.screened(options.screen).sample(options.rows, seed)
        safe = safe_names(few.names)
        arguments = options.arguments(seed)
        folder = options.output_directory.resolve() / _run_id(few.X, few.y, safe, arguments)
        _write_job(folder, few.X, few.y, safe, arguments)
        _run_worker(folder)
        (folder / DATA_FILE).unlink()
        return read_hall_of_fame(folder / HALL_OF_FAME, dict(zip(safe, few.names, strict=True)))


def safe_names(names: Sequence[str]) -> list[str]:
    """Return names that PySR accepts, the given one wherever it does.

    Args:
        names: Feature names.

    Returns:
        Distinct names, one a feature, in the same order.
    """
    taken = set(names)
    safe = []
    for position, name in enumerate(names):
        candidate = name
        if not _is_safe(name):
            candidate = f"feature_{position}"
            while candidate in taken:
                candidate += "_"
        taken.add(candidate)
        safe.append(candidate)
    return safe


def read_hall_of_fame(path: Path, names: dict[str, str]) -> list[Formula]:
    """Read the equations that PySR wrote.

    Args:
        path: PySR's hall_of_fame.csv (columns Complexity, Loss, Equation).
        names: The feature's name for each variable of the equations.

    Returns:
        The formulas in the file's order, without equations whose constants are NaN or infinite.

    Raises:
        LatentLawsError: If the file is missing or has no such equation.
    """
    if not path.is_file():
        raise LatentLawsError(f"PySR ended before its first iteration: it wrote no {path}")
    with path.open(encoding="utf-8", newline="") as file:
        equations = [row["Equation"] for row in csv.DictReader(file)]
    formulas = [formula for text in equations if (formula := _to_formula(text, names))]
    if not formulas:
        raise LatentLawsError(f"PySR found no equation with a finite value: {path} has none")
    return formulas


def _is_safe(name: str) -> bool:
    """Tell whether PySR and sympy read a name as a variable."""
    is_plain = name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
    return is_plain and name not in PYSR_WORDS and not hasattr(sympy, name)


def _to_formula(equation: str, names: dict[str, str]) -> Formula | None:
    """Parse an equation as Julia prints it, its variables put back to the features' names.

    Returns:
        The formula, or None where a constant part is NaN or infinite. That is all that can be
        wrong here, since `PySROptions` admits no operator that `Formula` does not know.
    """
    try:
        return Formula.parse(equation.replace("^", "**"), list(names)).renamed(names)
    except FormulaError:
        return None


def _require_pysr() -> None:
    if importlib.util.find_spec("pysr") is None:
        raise LatentLawsError(
            "engine pysr needs the package pysr: pip install pysr; engine: operon needs neither"
        )


def _run_id(
    X: NDArray[np.float64], y: NDArray[np.float64], names: list[str], arguments: dict[str, object]
) -> str:
    """Return a name for the run folder that depends on the content of the task alone."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(json.dumps([X.shape, names, arguments]).encode())
    digest.update(np.ascontiguousarray(X, dtype=np.float64).tobytes())
    digest.update(np.ascontiguousarray(y, dtype=np.float64).tobytes())
    return digest.hexdigest()


def _write_job(
    folder: Path,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    names: list[str],
    arguments: dict[str, object],
) -> None:
    """Start a fresh run folder with what the worker needs."""
    # A killed run may have left half a front here, which must not be taken for this one's.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    place = {"output_directory": str(folder.parent), "run_id": folder.name}
    job = {"arguments": arguments | place, "variable_names": names}
    (folder / JOB_FILE).write_text(json.dumps(job, indent=1), encoding="utf-8")
    np.savez(folder / DATA_FILE, X=np.asarray(X, np.float64), y=np.asarray(y, np.float64))


def _run_worker(folder: Path) -> None:
    """Run the worker on a folder; its output goes to worker.log there."""
    # By path and with -P, not with -m: no package of ours is imported, and this folder's pysr.py
    # does not hide PySR.
    worker = Path(__file__).with_name("pysr_worker.py")
    with (folder / LOG_FILE).open("wb") as log:
        finished = subprocess.run(  # noqa: S603 - this project's own program
            [sys.executable, "-P", str(worker), str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if finished.returncode == NO_JULIA:
        raise LatentLawsError(
            f"PySR could not start Julia ({_last_line(folder)}): {HOW_TO_GET_JULIA}"
        )
    if finished.returncode != 0:
        raise LatentLawsError(
            f"PySR failed in {folder} ({_ending(finished.returncode)}): {_last_line(folder)}"
        )


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_line(folder: Path) -> str:
    """Return the last line of the worker's log, which names the error."""
    lines = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
