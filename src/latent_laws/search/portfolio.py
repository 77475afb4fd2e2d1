"""The search for one latent: a portfolio of engines, one front, one choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.formulas.elimination import elimination_path
from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.operon import OperonEngine, OperonOptions
from latent_laws.search.engines.pysr import PySREngine, PySROptions
from latent_laws.search.engines.sparse_linear import SparseLinearEngine, SparseLinearOptions
from latent_laws.search.engines.tied_linear import TiedLinearEngine, TiedLinearOptions
from latent_laws.search.refit import refit
from latent_laws.search.selection import EXACT, SelectionOptions, front, near_best, select

# Squared error that a constant latent is met to.
_ROUNDING = 1e-12
# Digits of a constant that count: beyond them a fit depends on where arrays happen to lie.
_DIGITS = 10
# By which factor a refit of all constants may lower the unexplained variance.
_ROOM_FOR_REFIT = 1.5

Array = NDArray[np.float64]
Engine = Literal["portfolio", "operon", "pysr", "sparse_linear", "tied_linear"]


class SearchOptions(BaseModel):
    """What is searched, with which budget, and what is chosen.

    Attributes:
        engine: `portfolio` merges sparse_linear, tied_linear, operon, and operon on the
            residual of linear forms; the others search alone, beside sparse_linear, which is
            always there as the baseline.
        screen: inputs that operon and pysr may use, by the encoder's sensitivity.
        residual_complexities: sizes of the linear forms whose residual operon searches.
        elimination_loss: R² that smaller versions of operon's formulas may lose.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Engine = "portfolio"
    screen: int = Field(default=16, ge=1)
    residual_complexities: tuple[int, ...] = (19,)
    elimination_loss: float = Field(default=0.03, ge=0)
    sparse_linear: SparseLinearOptions = SparseLinearOptions()
    tied_linear: TiedLinearOptions = TiedLinearOptions()
    operon: OperonOptions = OperonOptions()
    pysr: PySROptions = PySROptions()
    selection: SelectionOptions = SelectionOptions()


@dataclass(frozen=True)
class Split:
    """Inputs and one latent on one split."""

    X: NDArray[np.floating]
    y: Array


@dataclass(frozen=True)
class Candidate:
    """A formula and the engine that found it."""

    formula: Formula
    engine: str
    engine_version: str


def search_latent(
    splits: dict[str, Split],
    names: Sequence[str],
    sensitivity: Array,
    options: SearchOptions,
    seed: int,
) -> pd.DataFrame:
    """Find the front of one latent.

    The first seed searches on all training rows; every other draws a bootstrap sample of them,
    so that seeds differ in the data as well. Constants are refitted on all training rows, the
    front and the choice come from the validation rows, the test rows only report.

    Args:
        splits: `train`, `validation` and `test`.
        names: features.
        sensitivity: of the latent to each feature, features; ranks the inputs.
        options: engines, budget and choice.
        seed: of the search.

    Returns:
        The front, a row a formula: `engine, engine_version, expression, complexity, n_features,
        r2_train, r2_validation, r2_test, gain_in_errors, undefined, selected, near_best`.
    """
    train = splits["train"]
    rows = np.arange(len(train.y))
    if seed:
        rows = np.random.default_rng(seed).integers(0, len(train.y), len(train.y))
    order = np.argsort(-sensitivity, kind="stable")
    X = np.asarray(train.X, dtype=np.float64)
    candidates = find_candidates(
        X[np.ix_(rows, order)], train.y[rows], [names[i] for i in order], options, seed
    )
    promising = _promising(candidates, X[rows], train.y[rows], names)
    # Least squares on all rows is what the linear engines did already.
    linear = () if seed else ("sparse_linear", "tied_linear")
    refitted = [c if c.engine in linear else _refit(c, X, train.y, names) for c in promising]
    rounded = [replace(c, formula=c.formula.round(_DIGITS)) for c in refitted]
    table = score(rounded, splits, names)
    on_front = front(table["complexity"].to_numpy(), table["r2_validation"].to_numpy())
    table = table[on_front].reset_index(drop=True)
    chosen = select(table, options.selection)
    table["selected"] = table.index == chosen
    table["near_best"] = near_best(table, chosen, options.selection.tolerance)
    return table


def _promising(
    candidates: list[Candidate], X: Array, y: Array, names: Sequence[str]
) -> list[Candidate]:
    """Keep what could stand on the front, and the baseline, before constants are refitted."""
    r2 = np.array([r2_score(y, c.formula.evaluate(X, names)) for c in candidates])
    complexity = np.array([c.formula.complexity for c in candidates])
    # A refit can lift a formula over one of its size: leave some room.
    best = np.array([np.nanmax(r2[complexity <= c]) for c in complexity])
    keep = (1 - r2 <= _ROOM_FOR_REFIT * (1 - best) + 1e-9) | (complexity == 1)
    return [c for c, kept in zip(candidates, keep, strict=True) if kept]


def find_candidates(
    X: Array, y: Array, names: Sequence[str], options: SearchOptions, seed: int
) -> list[Candidate]:
    """Run the engines on training rows whose columns come most relevant first."""
    linear = SparseLinearEngine()
    found = [Candidate(Formula.linear(float(y.mean()), {}, names), linear.name, linear.version())]
    if np.ptp(y) == 0:
        return found
    sparse = linear.search(X, y, names, options.sparse_linear, seed)
    found += [Candidate(f, linear.name, linear.version()) for f in sparse]
    if _is_exact(sparse[-1], X, y, names):
        return found
    tied: list[Formula] = []
    if options.engine in ("portfolio", "tied_linear"):
        engine = TiedLinearEngine()
        tied = engine.search(X, y, names, options.tied_linear, seed)
        found += [Candidate(f, engine.name, engine.version()) for f in tied]
    few, screened = np.ascontiguousarray(X[:, : options.screen]), names[: options.screen]
    if options.engine == "pysr":
        pysr = PySREngine()
        forms = pysr.search(few, y, screened, options.pysr, seed)
        found += [Candidate(f, pysr.name, pysr.version()) for f in forms]
    if options.engine in ("portfolio", "operon"):
        operon = OperonEngine()
        forms = operon.search(few, y, screened, options.operon, seed)
        forms += _smaller(forms, few, y, screened, options)
        found += [Candidate(f, operon.name, operon.version()) for f in forms]
    if options.engine == "portfolio":
        forms = _residual_forms(X, y, names, sparse + tied, options, seed)
        found += [Candidate(f, "linear+operon", operon.version()) for f in forms]
    return found


def _smaller(
    forms: list[Formula], X: Array, y: Array, names: Sequence[str], options: SearchOptions
) -> list[Formula]:
    """Return ever smaller versions of what genetic programming found, constants fitted."""
    X, y = X[: options.operon.rows], y[: options.operon.rows]
    paths = [elimination_path(f, X, y, list(names), options.elimination_loss) for f in forms]
    return [refit(version, X, y, names) for path in paths for version in path]


def _is_exact(formula: Formula, X: Array, y: Array, names: Sequence[str]) -> bool:
    """Whether nothing is left to search for."""
    return r2_score(y, formula.evaluate(X, names)) >= EXACT


def _residual_forms(
    X: Array,
    y: Array,
    names: Sequence[str],
    linear: list[Formula],
    options: SearchOptions,
    seed: int,
) -> list[Formula]:
    """Search what linear forms leave over, and add it to them."""
    operon, shortest = OperonEngine(), min(options.operon.max_lengths)
    own = options.operon.model_copy(update={"max_lengths": (shortest,)})
    few, screened = np.ascontiguousarray(X[:, : options.screen]), names[: options.screen]
    forms: list[Formula] = []
    for complexity in options.residual_complexities:
        # The best linear form of a size is the last one: more nodes explain more.
        small = [f for f in linear if f.complexity <= complexity]
        if not small:
            continue
        values = {f: f.evaluate(X, names) for f in small}
        base = min(small, key=lambda f: float(((y - values[f]) ** 2).sum()))
        rest = y - values[base]
        found = operon.search(few, rest, screened, own, seed)
        found += _smaller(found, few, rest, screened, options)
        forms += [Formula.sum(base, formula) for formula in found]
    return forms


def _refit(candidate: Candidate, X: Array, y: Array, names: Sequence[str]) -> Candidate:
    return replace(candidate, formula=refit(candidate.formula, X, y, names))


def score(
    candidates: list[Candidate], splits: dict[str, Split], names: Sequence[str]
) -> pd.DataFrame:
    """Measure candidates on all splits, a row each."""
    arrays = {name: np.asarray(split.X, dtype=np.float64) for name, split in splits.items()}
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


def r2_score(y: Array, prediction: Array) -> float:
    """Return 1 - squared error / squared deviation; NaN where a prediction is undefined.

    A constant latent gives 1 where it is met to rounding, else 0.
    """
    with np.errstate(over="ignore"):  # of a candidate with a pole near a row
        error = float(((y - prediction) ** 2).mean())
    variance = float(y.var())
    if variance == 0:
        return 1.0 if error < _ROUNDING else 0.0
    return 1.0 - error / variance


def gain_in_errors(y: Array, prediction: Array, mean: float) -> float:
    """Return how many standard errors a prediction's squared error lies below the constant's."""
    gain = (y - mean) ** 2 - (y - prediction) ** 2
    spread = float(gain.std()) / np.sqrt(len(gain))
    if not np.isfinite(spread):
        return float("nan")
    return float(gain.mean()) / spread if spread > 0 else 0.0
