"""The search for the law of one column: fewest columns first, then fewest nodes."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import HistGradientBoostingRegressor

from latent_laws.findings.law_terms import Term, TermSum, sums_of_terms
from latent_laws.findings.saturation import Saturation
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.scores import r2_score
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import find_candidates
from latent_laws.search.problem import Knowledge, Problem
from latent_laws.strict import StrictModel

Array = NDArray[np.float64]

MAX_COLUMNS = 3  # of a sum of products
RELEVANT = 1e-3  # share of the variance that shuffling a relevant column adds to the error
IMPORTANCE_ROWS = 300
# More columns have to leave less than a third unexplained; more nodes a tenth less, by more than
# so many standard errors of the difference on the validation rows.
FEWER_COLUMNS, FEWER_NODES, STANDARD_ERRORS = 3.0, 1.1, 2.0
UNLIKE = 3  # nodes that a sum costs more for each further unit among its terms
ROUNDING = 1e-6  # of the variance: what is left below it counts as nothing


class RedundancyLawOptions(StrictModel):
    """How laws between inputs are sought.

    Attributes:
        min_r2: On the validation rows, below which nothing is called a law.
        margin: A law leaves at most so many times what the ensemble leaves.
        max_complexity: Nodes, in the units of the table.
        max_targets: Columns for which laws are sought. Of more, those that others predict best by
            a linear form, with an R² of at least `screen`.
        screen: That R².
        max_inputs: Columns that are offered, those that matter most to the ensemble.
        rows: Training rows, at most.
        seeds: Of the bootstrap samples on which the search is repeated.
        search: Engines that run beside sums of products, on all columns that are offered.
    """

    min_r2: float = Field(default=0.95, gt=0, lt=1)
    margin: float = Field(default=1.25, ge=1)
    max_complexity: int = Field(default=35, ge=1)
    max_targets: int = Field(default=20, ge=0)
    screen: float = Field(default=0.8, ge=0, le=1)
    max_inputs: int = Field(default=5, ge=1)
    rows: int = Field(default=5000, ge=10)
    seeds: tuple[int, ...] = (0, 1, 2)
    search: SearchOptions = SearchOptions(engines=("tied_linear",))


@dataclass(frozen=True)
class LawRows:
    """Raw columns that may explain a target, and the target, on one split."""

    X: Array
    y: Array

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "LawRows":
        return LawRows(self.X[rows], self.y[rows])

    def columns(self, chosen: Sequence[int]) -> "LawRows":
        return replace(self, X=np.ascontiguousarray(self.X[:, chosen]))


Form = TermSum | Formula


@dataclass(frozen=True)
class LawTask:
    """What the search for one law knows."""

    names: tuple[str, ...]
    scaling: Scaling
    knowledge: Knowledge
    saturation: Saturation
    options: RedundancyLawOptions

    @property
    def angles(self) -> dict[str, float]:
        """Column -> radians in one of its units."""
        known = {n: pair for n, pair in self.knowledge.angles.items() if n in self.names}
        return {name: factor / self.scaling.column(name)[1] for name, (_, factor) in known.items()}

    def cost(self, form: Form) -> int:
        """Return the nodes of a form, and what it costs to add unlike units."""
        units = {n: u for n, u in zip(self.scaling.names, self.scaling.units, strict=True) if u}
        if isinstance(form, TermSum):
            kinds = {unit_of(term, units) for term in form.terms}
        else:
            kinds = {frozenset([units.get(name)]) for name in form.features}
        return form.complexity + UNLIKE * max(0, len(kinds) - 1)


def unit_of(term: Term, units: Mapping[str, str]) -> frozenset[object]:
    """Return the unit of a product: cosine and sine have none."""
    powers: Counter[str] = Counter()
    for factor in term:
        if isinstance(factor.function, int) and factor.column in units:
            powers[units[factor.column]] += factor.function
    return frozenset((unit, power) for unit, power in powers.items() if power)


def relevant_columns(
    ensemble: HistGradientBoostingRegressor, rows: LawRows, most: int
) -> list[int]:
    """Return the columns whose shuffling hurts the ensemble, those that hurt most first."""
    generator = np.random.default_rng(0)
    X, y = rows.X[:IMPORTANCE_ROWS], rows.y[:IMPORTANCE_ROWS]
    # one call for all columns: a call costs more than its rows
    shuffled = np.tile(X, (X.shape[1] + 1, 1, 1))
    for i in range(X.shape[1]):
        shuffled[i, :, i] = generator.permutation(X[:, i])
    predicted = ensemble.predict(shuffled.reshape(-1, X.shape[1])).reshape(-1, len(X))
    errors = ((predicted - y) ** 2).mean(axis=1)
    added = errors[:-1] - errors[-1]
    order = np.argsort(-added, kind="stable")[:most]
    return [int(i) for i in order if added[i] > RELEVANT * y.var()]


def search_law(task: LawTask, train: LawRows, validation: LawRows) -> Form | None:
    """Return the form of fewest columns, then nodes, near the best on the validation rows."""
    free = train.take(task.saturation.is_free(train.y))
    judged = [(form, _errors(task, form, validation)) for form in _candidates(task, free)]
    floor = ROUNDING * validation.y.var()
    known = [(form, e, max(e.mean(), floor)) for form, e in judged if np.isfinite(e).all()]
    near: list[tuple[Form, Array, float]] = []
    for one in sorted(known, key=lambda one: one[2]):
        if near and one[2] > FEWER_COLUMNS * near[0][2]:
            break
        if one[0].features and one[0].complexity <= task.options.max_complexity:
            near.append(one)
    if not near:
        return None
    fewest = min(len(form.features) for form, _, _ in near)
    few = [one for one in near if len(one[0].features) == fewest]
    level = [one for one in few if _as_good(one, few[0])]
    return min(level, key=lambda one: (task.cost(one[0]), one[2]))[0]


def _as_good(one: tuple[Form, Array, float], best: tuple[Form, Array, float]) -> bool:
    """Tell whether a form leaves no more than the best, as far as the rows can tell."""
    more = one[1] - best[1]
    spread = float(more.std()) / math.sqrt(len(more))
    return one[2] <= FEWER_NODES * best[2] or more.mean() <= STANDARD_ERRORS * spread


def _errors(task: LawTask, form: Form, rows: LawRows) -> Array:
    """Return squared errors of a form, clipped as the target is; rows."""
    predicted = task.saturation.clip(form.evaluate(rows.X, task.names))
    return np.asarray((rows.y - predicted) ** 2)


def _candidates(task: LawTask, rows: LawRows) -> Iterator[Form]:
    """Yield sums of products of every few columns, and what the engines find on all."""
    for n_columns in range(1, min(MAX_COLUMNS, len(task.names)) + 1):
        for chosen in combinations(range(len(task.names)), n_columns):
            names = [task.names[i] for i in chosen]
            yield from sums_of_terms(rows.columns(chosen).X, rows.y, names, task.angles)
    mean, scale = (np.array(own) for own in zip(*map(task.scaling.column, task.names), strict=True))
    problem = Problem((rows.X - mean) / scale, rows.y, task.names, task.knowledge)
    for candidate in find_candidates(problem, task.options.search, seed=0):
        yield raw_formula(candidate.formula, task.scaling)


def law_r2(task: LawTask, form: Form, rows: LawRows) -> float:
    """Return R² of a form, clipped as the target is."""
    return r2_score(rows.y, task.saturation.clip(form.evaluate(rows.X, task.names)))


def null_r2(task: LawTask, train: LawRows, validation: LawRows) -> float:
    """Return R² on the validation rows of what the search makes of the shuffled target."""
    shuffled = replace(train, y=np.random.default_rng(0).permutation(train.y))
    held_out = replace(validation, y=np.random.default_rng(1).permutation(validation.y))
    found = search_law(task, shuffled, held_out)
    return 0.0 if found is None else law_r2(task, found, held_out)


def law_stability(task: LawTask, law: Form, train: LawRows, validation: LawRows) -> float:
    """Return the share of bootstrap samples whose law reads the same columns."""
    same = []
    for seed in task.options.seeds:
        rows = np.random.default_rng(seed).integers(0, len(train.y), len(train.y))
        found = search_law(task, train.take(rows), validation)
        same.append(found is not None and set(found.features) == set(law.features))
    return float(np.mean(same)) if same else math.nan
