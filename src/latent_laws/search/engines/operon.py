"""Operon: genetic programming in C++ (Burlacu, Kronberger and Kommenda, 2020), by pyoperon."""

import importlib.metadata
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.formulas.elimination import elimination_path
from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.search.engines.base import Engine
from latent_laws.search.problem import Problem
from latent_laws.search.refit import refit

Symbol = Literal[
    "add", "sub", "mul", "div", "exp", "log", "sin", "cos", "tanh", "sqrt", "square", "abs"
]


# Where forms found before leave over more than this, there is nothing but noise to find.
_HOPELESS = 0.98


class OperonOptions(BaseModel):
    """Budget and grammar of one search.

    Lengths are Operon's own, in which a weighted variable is one node; the budget counts
    evaluations, not seconds, so that a seed gives the same formulas on every machine.

    Attributes:
        screen: Inputs it may use, the most relevant ones.
        residual_complexities: Sizes of the forms found before whose residual is searched too.
        elimination_loss: R² that smaller versions of what it finds may lose.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    symbols: tuple[Symbol, ...] = (
        "add", "sub", "mul", "div", "exp", "sin", "tanh", "square",
    )  # fmt: skip
    max_lengths: tuple[int, ...] = Field(default=(16,), min_length=1)
    population_size: int = Field(default=150, ge=10)
    generations: int = Field(default=10, ge=1)
    optimizer_iterations: int = Field(default=4, ge=0)
    rows: int = Field(default=1000, ge=10)
    screen: int = Field(default=16, ge=1)
    residual_complexities: tuple[int, ...] = (19,)
    elimination_loss: float = Field(default=0.03, ge=0)


class OperonEngine(Engine[OperonOptions]):
    """One Operon run a maximum length, each by R² alone, and one on what a short form leaves."""

    name = "operon"
    options = OperonOptions

    def version(self) -> str:
        """Return the version of pyoperon."""
        return importlib.metadata.version("pyoperon")

    def search(self, problem: Problem, options: OperonOptions, seed: int) -> list[Formula]:
        """Return the best formula of each run and smaller versions of it.

        R² alone finds better formulas per second than R² and length together, whose front
        several lengths replace.
        """
        if problem.left > _HOPELESS and any(form.features for form in problem.found):
            return []
        few = problem.screened(options.screen)
        forms = _with_smaller(few, options, options.max_lengths, seed)
        for base in _bases(problem, options.residual_complexities):
            rest = few.target(problem.y - base.evaluate(problem.X, problem.names))
            found = _with_smaller(rest, options, (min(options.max_lengths),), seed)
            forms += [Formula.sum(base, form) for form in found]
        return forms


def _bases(problem: Problem, complexities: Sequence[int]) -> list[Formula]:
    """Return the best form found before of at most each size."""
    error = {
        form: float(((problem.y - form.evaluate(problem.X, problem.names)) ** 2).sum())
        for form in problem.found
        if form.features
    }
    small = [[form for form in error if form.complexity <= size] for size in complexities]
    return list(dict.fromkeys(min(forms, key=error.__getitem__) for forms in small if forms))


def _with_smaller(
    problem: Problem, options: OperonOptions, lengths: Sequence[int], seed: int
) -> list[Formula]:
    """Run each length; add ever smaller versions of what is found, constants fitted."""
    forms = [form for length in lengths for form in _run(problem, options, length, seed)]
    X, y, names = problem.X[: options.rows], problem.y[: options.rows], list(problem.names)
    paths = [elimination_path(form, X, y, names, options.elimination_loss) for form in forms]
    return forms + [refit(smaller, X, y, names) for path in paths for smaller in path]


def _run(problem: Problem, options: OperonOptions, max_length: int, seed: int) -> list[Formula]:
    from pyoperon.sklearn import SymbolicRegressor  # noqa: PLC0415 - a second to import

    sample, names = problem.sample(options.rows, seed), problem.names
    regressor = SymbolicRegressor(
        allowed_symbols=",".join((*options.symbols, "constant", "variable")),
        objectives=["r2"],
        max_length=max_length,
        population_size=options.population_size,
        pool_size=options.population_size,
        generations=math.ceil(options.generations * problem.effort),
        max_evaluations=10**9,
        optimizer_iterations=options.optimizer_iterations,
        n_threads=1,
        # Operon takes 0 as «draw a seed».
        random_state=seed + 1,
    )
    # float64 in C order: with float32 Operon keeps a view on an array that is gone.
    regressor.fit(np.ascontiguousarray(sample.X, dtype=np.float64), sample.y)
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
