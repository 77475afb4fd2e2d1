"""The search for one latent: a portfolio of engines, one front, one choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import latent_laws
from latent_laws.formulas.elimination import elimination_path
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.simplify import tidy
from latent_laws.scores import gain_in_errors, r2_score
from latent_laws.search.engines.registry import BASELINE, ENGINES
from latent_laws.search.options import SearchOptions
from latent_laws.search.problem import Array, Knowledge, Problem, Split
from latent_laws.search.refit import refit
from latent_laws.search.selection import EXACT, near_best, on_front, select

# Digits of a constant that count: beyond them a fit depends on where arrays happen to lie.
_DIGITS = 10
# By which factor a refit of all constants may lower the unexplained variance, and by which other
# rows, or a term that falls away, may.
_ROOM_FOR_REFIT = 1.5
_ROOM_FOR_TIDYING = 1.05
# What found a formula that the encoder itself is.
ENCODER = "encoder"
# R² that shorter versions of such a formula may lose, and rows on which they are judged.
_SHORTER_LOSS = 0.3
_SHORTER_ROWS = 1000
# Rows on which two spellings of a formula have to agree, beside the extreme ones of each input.
_ROWS_TO_AGREE = 500


@dataclass(frozen=True)
class Candidate:
    """A formula and the engine that found it."""

    formula: Formula
    engine: str
    engine_version: str


def prepare(options: SearchOptions, n_searches: int) -> None:
    """Let every engine that runs say beforehand what it lacks; called once, before the searches.

    Raises:
        LatentLawsError: If an engine cannot run here.
    """
    for name in options.running:
        ENGINES[name].prepare(options.of(name), n_searches)


def search_latent(
    splits: dict[str, Split],
    names: Sequence[str],
    sensitivity: Array,
    options: SearchOptions,
    seed: int,
    *,
    resample: bool = False,
    knowledge: Knowledge | None = None,
) -> pd.DataFrame:
    """Find the front of one latent.

    Constants are refitted on all training rows, the front and the choice come from the
    validation rows, the test rows only report.

    Args:
        splits: `train`, `validation` and `test`.
        names: Inputs.
        sensitivity: Of the latent to each input, inputs; ranks the inputs.
        options: Engines, budget and choice.
        seed: Of the search.
        resample: Search a bootstrap sample of the training rows, so that seeds differ in the
            data as well.
        knowledge: What units tell of the inputs, and the formula that the encoder is, if any.

    Returns:
        The front, a row a formula: `engine, engine_version, expression, complexity, n_features,
        r2_train, r2_validation, r2_test, gain_in_errors, undefined, selected, near_best`.
    """
    train = splits["train"]
    rows = np.arange(len(train.y))
    if resample:
        rows = np.random.default_rng(seed).integers(0, len(train.y), len(train.y))
    order = np.argsort(-sensitivity, kind="stable")
    X = np.asfortranarray(train.X, dtype=np.float64)  # formulas read columns
    problem = Problem(
        X[np.ix_(rows, order)], train.y[rows], [names[i] for i in order], knowledge or Knowledge()
    )
    whole = replace(problem, X=X, y=train.y, names=names)
    found = _promising(find_candidates(problem, options, seed), problem, _ROOM_FOR_REFIT)
    refitted = _promising([_refitted(one, whole) for one in found], whole, _ROOM_FOR_TIDYING)
    few = X[_telling_rows(X)]
    table = score([_written(candidate, few, names) for candidate in refitted], splits, names)
    table = table[on_front(table)].sort_values("complexity", kind="stable").reset_index(drop=True)
    chosen = select(table, options.selection)
    table["selected"] = table.index == chosen
    table["near_best"] = near_best(table, chosen, options.selection.tolerance)
    return table


def find_candidates(problem: Problem, options: SearchOptions, seed: int) -> list[Candidate]:
    """Run the engines one after the other, until a form leaves nothing to explain."""
    constant = Formula.linear(float(problem.y.mean()), {}, problem.names)
    found = [Candidate(constant, BASELINE, ENGINES[BASELINE].version())]
    if np.ptp(problem.y) == 0:
        return found
    left = 1.0
    if (own := problem.knowledge.formula) is not None:
        found += [Candidate(form, ENCODER, latent_laws.__version__) for form in _own(own, problem)]
        left = _left(own, problem)
    for name in options.running:
        engine = ENGINES[name]
        known = replace(problem, found=tuple(c.formula for c in found), left=left)
        forms = engine.search(known, options.of(name), seed)
        found += [Candidate(form, name, engine.version()) for form in forms]
        short = [f for f in forms if f.complexity <= options.selection.max_complexity]
        left = min(left, *(_left(form, problem) for form in short)) if short else left
        if left <= 1 - EXACT:
            break
    return found


def _own(formula: Formula, problem: Problem) -> list[Formula]:
    """Return what the encoder is, and shorter versions of it."""
    few = problem.sample(_SHORTER_ROWS, 0)
    names = list(problem.names)
    return [formula, *elimination_path(formula, few.X, few.y, names, _SHORTER_LOSS)]


def _left(formula: Formula, problem: Problem) -> float:
    """Return the share of variance that a formula leaves over; all where it is undefined."""
    r2 = r2_score(problem.y, formula.evaluate(problem.X, problem.names))
    return 1.0 - r2 if np.isfinite(r2) else 1.0


def _promising(candidates: list[Candidate], problem: Problem, room: float) -> list[Candidate]:
    """Keep the baseline and what could stand on the front if it left less over, by a factor."""
    X, y, names = problem.X, problem.y, problem.names
    r2 = np.array([r2_score(y, c.formula.evaluate(X, names)) for c in candidates])
    complexity = np.array([c.formula.complexity for c in candidates])
    best = np.array([np.nanmax(r2[complexity <= c]) for c in complexity])
    keep = (1 - r2 <= room * (1 - best) + 1e-9) | (complexity == 1)
    return [c for c, kept in zip(candidates, keep, strict=True) if kept]


def _refitted(candidate: Candidate, problem: Problem) -> Candidate:
    """Tune all constants on all training rows."""
    tuned = refit(candidate.formula, problem.X, problem.y, problem.names, problem.knowledge)
    return replace(candidate, formula=tuned)


def _written(candidate: Candidate, X: Array, names: Sequence[str]) -> Candidate:
    """Write the formula as a person would, with the same values on rows x inputs."""
    return replace(candidate, formula=tidy(candidate.formula.round(_DIGITS), X, names))


def _telling_rows(X: Array) -> NDArray[np.int64]:
    """Return the first rows, and those in which some input is extreme: no rare class is missing."""
    first = np.arange(min(_ROWS_TO_AGREE, len(X)))
    return np.unique([*first, *X.argmin(axis=0), *X.argmax(axis=0)])


def score(
    candidates: list[Candidate], splits: dict[str, Split], names: Sequence[str]
) -> pd.DataFrame:
    """Measure candidates on all splits, a row each."""
    arrays = {name: np.asfortranarray(split.X, np.float64) for name, split in splits.items()}
    rows = []
    for candidate in candidates:
        values = {name: candidate.formula.evaluate(X, names) for name, X in arrays.items()}
        held_out = splits["validation"].y
        rows.append(
            {
                "engine": candidate.engine,
                "engine_version": candidate.engine_version,
                "expression": candidate.formula.expression,
                "complexity": candidate.formula.complexity,
                "n_features": len(candidate.formula.features),
                **{f"r2_{name}": r2_score(splits[name].y, values[name]) for name in arrays},
                "gain_in_errors": gain_in_errors(
                    held_out, values["validation"], float(splits["train"].y.mean())
                ),
                "undefined": int(sum(np.isnan(v).sum() for v in values.values())),
            }
        )
    return pd.DataFrame(rows)
