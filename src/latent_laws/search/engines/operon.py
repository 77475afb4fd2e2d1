"""Operon: genetic programming in C++ (Burlacu, Kronberger and Kommenda, 2020), by pyoperon."""

import importlib.metadata
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.formulas.formula import Formula, FormulaError

Symbol = Literal[
    "add", "sub", "mul", "div", "exp", "log", "sin", "cos", "tanh", "sqrt", "square", "abs"
]


class OperonOptions(BaseModel):
    """Budget and grammar of one search.

    Lengths are Operon's own, in which a weighted variable is one node; the budget counts
    evaluations, not seconds, so that a seed gives the same formulas on every machine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    symbols: tuple[Symbol, ...] = (
        "add", "sub", "mul", "div", "exp", "sin", "tanh", "square",
    )  # fmt: skip
    max_lengths: tuple[int, ...] = (8, 16)
    population_size: int = Field(default=150, ge=10)
    generations: int = Field(default=10, ge=1)
    optimizer_iterations: int = Field(default=4, ge=0)
    rows: int = Field(default=1000, ge=10)


class OperonEngine:
    """One Operon run a maximum length, each by R² alone, their populations merged."""

    name = "operon"

    def version(self) -> str:
        """Return the version of pyoperon."""
        return importlib.metadata.version("pyoperon")

    def search(
        self,
        X: NDArray[np.float64],
        y: NDArray[np.float64],
        names: Sequence[str],
        options: OperonOptions,
        seed: int,
    ) -> list[Formula]:
        """Return the best formula of each run.

        R² alone finds better formulas per second than R² and length together, whose front
        several lengths replace.
        """
        return [
            formula
            for length in options.max_lengths
            for formula in _run(X, y, names, options, length, seed)
        ]


def _run(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    names: Sequence[str],
    options: OperonOptions,
    max_length: int,
    seed: int,
) -> list[Formula]:
    from pyoperon.sklearn import SymbolicRegressor  # noqa: PLC0415 - a second to import

    rows = np.random.default_rng(seed).permutation(len(y))[: options.rows]
    regressor = SymbolicRegressor(
        allowed_symbols=",".join((*options.symbols, "constant", "variable")),
        objectives=["r2"],
        max_length=max_length,
        population_size=options.population_size,
        pool_size=options.population_size,
        generations=options.generations,
        max_evaluations=10**9,
        optimizer_iterations=options.optimizer_iterations,
        n_threads=1,
        # Operon takes 0 as «draw a seed».
        random_state=seed + 1,
    )
    # float64 in C order: with float32 Operon keeps a view on an array that is gone.
    regressor.fit(np.ascontiguousarray(X[rows], dtype=np.float64), y[rows])
    found: list[Formula] = []
    for individual in regressor.pareto_front_:
        # Operon prints any names; feature names need not be identifiers, so numbers stand in.
        text = regressor.get_model_string(
            individual["tree"], precision=17, names=[f"x{i}" for i in range(len(names))]
        )
        found += _parse(text, names)
    return found


def _parse(text: str, names: Sequence[str]) -> list[Formula]:
    """Read Operon's print; a formula whose constants are not finite is dropped."""
    try:
        formula = Formula.parse(text, [f"x{i}" for i in range(len(names))])
        return [formula.renamed({f"x{i}": name for i, name in enumerate(names)})]
    except FormulaError:
        return []
