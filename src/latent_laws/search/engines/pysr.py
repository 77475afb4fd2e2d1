"""PySR as a search engine: a fit in a process of its own, the front read back from its files.

PySR needs Julia, which juliapkg installs on first use. PySR must not share a process with torch
(torch imported before juliacall can crash), so nothing here imports it.
"""

import csv
import importlib.metadata
import importlib.util
import json
import keyword
import logging
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.formulas.tokens import Operation, Tokens, fold
from latent_laws.scores import r2_score
from latent_laws.search.engines.base import Engine
from latent_laws.search.engines.pysr_worker import CHECK, DATA_FILE, FRONT, JOB_FILE, NOT_LOADED
from latent_laws.search.problem import Problem

logger = logging.getLogger(__name__)

BinaryOperator = Literal["+", "-", "*", "/", "^"]
UnaryOperator = Literal[
    "sin", "cos", "tan", "tanh", "exp", "log", "sqrt", "abs", "square", "cube", "inv", "neg"
]

LOG_FILE = "worker.log"
REMEDY = (
    "on first use juliapkg downloads Julia and PySR's packages, which needs a network connection; "
    "PYTHON_JULIAPKG_EXE names a Julia of your own; engines library and operon need none"
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


# Functions of which PySR nests one in the other without end if it may.
_NESTING = frozenset({"sin", "cos", "tan", "tanh", "exp", "log", "sqrt"})


class PySROptions(BaseModel):
    """Options of a PySR search, named as PySR names them, and a few of our own.

    Attributes:
        rows: Training rows a search uses, drawn by the seed.
        screen: Inputs it uses, the most relevant ones.
        nesting: How many functions such as tanh and exp may stand inside one of them.
        guesses: So many of the forms found before start the search, where PySR takes them.
        time_limit: Seconds after which a fit is ended and its front so far is read. A search cut
            by time does not repeat: budget with niterations or max_evals.
    """

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
    precision: Literal[32, 64] = 32
    rows: int = Field(2000, ge=10)
    screen: int = Field(16, ge=1)
    nesting: int = Field(0, ge=0)
    guesses: int = Field(5, ge=0)
    time_limit: float = Field(300.0, gt=0)

    def arguments(self, seed: int) -> dict[str, object]:
        """Return the keyword arguments of PySRRegressor, without the run folder.

        Args:
            seed: Random state of the search.

        Returns:
            JSON-able arguments.
        """
        ours = {"rows", "screen", "nesting", "guesses", "time_limit"}
        own = self.model_dump(mode="json", exclude=ours)
        nesting = [name for name in self.unary_operators if name in _NESTING]
        limits = {outer: dict.fromkeys(nesting, self.nesting) for outer in nesting}
        return own | FIXED_ARGUMENTS | {"random_state": seed, "nested_constraints": limits or None}


class PySREngine(Engine[PySROptions]):
    """PySR behind the engine protocol."""

    name = "pysr"
    options = PySROptions

    def version(self) -> str:
        """Return the version of the installed PySR."""
        _require_pysr()
        return importlib.metadata.version("pysr")

    def prepare(self, options: PySROptions, n_searches: int) -> None:
        """Start PySR once, before many fits fail one by one, and tell how long they may take.

        Raises:
            LatentLawsError: Without PySR or Julia.
        """
        _require_pysr()
        logger.info(
            "starting PySR: on first use Julia and its packages are downloaded and compiled, "
            "which takes minutes"
        )
        with tempfile.TemporaryDirectory(prefix="latent_laws_pysr_") as folder:
            _run_worker(Path(folder), CHECK, None)
        logger.info(
            "PySR: %d fits of at most %.0f s each; finished ones are kept",
            n_searches,
            options.time_limit,
        )

    def search(self, problem: Problem, options: PySROptions, seed: int) -> list[Formula]:
        """Run one PySR search and return its hall of fame, least complex equation first.

        Raises:
            LatentLawsError: Without PySR or Julia, or if the fit died.
        """
        _require_pysr()
        few = problem.screened(options.screen).sample(options.rows, seed)
        safe = safe_names(few.names)
        names = dict(zip(safe, few.names, strict=True))
        with tempfile.TemporaryDirectory(prefix="latent_laws_pysr_") as place:
            folder = Path(place)
            job = {
                "arguments": options.arguments(seed),
                "variable_names": safe,
                "guesses": _guesses(few, dict(zip(few.names, safe, strict=True)), options),
            }
            (folder / JOB_FILE).write_text(json.dumps(job, indent=1), encoding="utf-8")
            np.savez(folder / DATA_FILE, X=few.X, y=few.y)
            _run_worker(folder, str(folder), options.time_limit)
            return read_hall_of_fame(folder / FRONT, names)


def _guesses(problem: Problem, safe: dict[str, str], options: PySROptions) -> list[str]:
    """Return the best forms found before that PySR can write, in its own spelling."""
    known = {*options.unary_operators, *options.binary_operators}
    usable = [
        form
        for form in problem.found
        if form.complexity <= options.maxsize
        and set(form.features) <= set(safe)
        and {t.name for t in form.tokens if isinstance(t, Operation)} <= known
    ]
    X, y = problem.X, problem.y
    usable.sort(key=lambda form: -r2_score(y, form.evaluate(X, problem.names)))
    return [_julia(form.renamed(safe).tokens) for form in usable[: options.guesses]]


def _julia(tokens: Tokens) -> str:
    """Print a formula with a pair of parentheses around every operation."""
    return fold(
        tokens,
        constant=repr,
        variable=lambda name: name,
        apply=lambda name, parts: (
            f"({parts[0]} {name} {parts[1]})" if len(parts) > 1 else f"{name}({parts[0]})"
        ),
    )


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
        path: PySR's file of its front (columns Complexity, Loss, Equation).
        names: The feature's name for each variable of the equations.

    Returns:
        The formulas in the file's order, without equations whose constants are NaN or infinite.

    Raises:
        LatentLawsError: If the file is missing or has no such equation.
    """
    if not path.is_file():
        raise LatentLawsError(f"PySR ended before its first iteration: it wrote no {path.name}")
    with path.open(encoding="utf-8", newline="") as file:
        equations = [row["Equation"] for row in csv.DictReader(file)]
    formulas = [formula for text in equations if (formula := _to_formula(text, names))]
    if not formulas:
        raise LatentLawsError(f"PySR found no equation with a finite value: {path} has none")
    return formulas


def _is_safe(name: str) -> bool:
    """Tell whether PySR and sympy read a name as a variable."""
    import sympy  # noqa: PLC0415 - loads slowly

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
            "engine pysr needs the package pysr: pip install pysr; library and operon do not"
        )


def _run_worker(folder: Path, task: str, time_limit: float | None) -> None:
    """Run the worker; its output goes to a log in the folder. A fit is ended at its time limit."""
    # By path and with -P, not with -m: no package of ours is imported, and this folder's pysr.py
    # does not hide PySR.
    worker = Path(__file__).with_name("pysr_worker.py")
    with (folder / LOG_FILE).open("wb") as log:
        try:
            finished = subprocess.run(  # noqa: S603 - this project's own program
                [sys.executable, "-P", str(worker), task],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=time_limit,
            )
        except subprocess.TimeoutExpired:
            return
    if finished.returncode == NOT_LOADED:
        raise LatentLawsError(f"PySR does not start ({_last_line(folder)}): {REMEDY}")
    if finished.returncode != 0:
        raise LatentLawsError(f"PySR failed ({_ending(finished.returncode)}): {_last_line(folder)}")


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_line(folder: Path) -> str:
    """Return the last line of the worker's log, which names the error."""
    lines = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
