"""Laws between inputs: how a column follows from others, in the units of the table.

A boosted ensemble says how well a column can be recovered at all, and from which columns. A law is
the formula that reads the fewest columns, then the shortest, among those that leave hardly more
unexplained than the best. It is claimed only where it leaves no more than the ensemble does.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import HistGradientBoostingRegressor

from latent_laws.checks.fidelity import FidelityOptions, bootstrap_weights, r2_interval
from latent_laws.findings.law_terms import sums_of_terms
from latent_laws.findings.saturation import Saturation
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.search.options import SearchOptions
from latent_laws.search.portfolio import find_candidates
from latent_laws.search.problem import Knowledge, Problem
from latent_laws.search.scores import r2_score
from latent_laws.tables.covariance import covariance
from latent_laws.tables.groups import one_hot_groups
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Array = NDArray[np.float64]

MAX_COLUMNS = 3  # of a sum of products
BOOSTING_ROUNDS = 200
RELEVANT = 1e-3  # share of the variance that shuffling a relevant column adds to the error
IMPORTANCE_ROWS = 1000
# More columns have to leave less than a third unexplained; more nodes a tenth less.
FEWER_COLUMNS, FEWER_NODES = 3.0, 1.1
ROUNDING = 1e-6  # of the variance: what is left below it counts as nothing
COPY = 0.97  # correlation from which on a 0/1 column may be a copy of another
RIDGE = 1e-6
DIGITS = 5  # of a scaled value that float32 keeps


class RedundancyLawOptions(BaseModel):
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

    model_config = ConfigDict(extra="forbid", frozen=True)

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
class Law:
    """A row of the catalog's `redundancy_laws`.

    Attributes:
        feature: The column that follows from others.
        kind: `law`, or `sum_rule` of a one-hot group.
        expression: In raw columns and the unit of the feature.
        inputs: Names joined by |.
        complexity: Nodes.
        r2_validation, r2_test: Predictions are clipped as the feature is.
        r2_low, r2_high: 95 % interval of r2_test over rows.
        ceiling_r2: Of the boosted ensemble on the test rows.
        null_r2: The best on the validation rows after the same search for the shuffled feature.
        stability: Share of bootstrap samples whose law reads the same inputs.
        clipped_low, clipped_high: Where the feature is saturated, NaN where it is not.
        n_clipped: Rows there, in all splits.
    """

    feature: str
    kind: str
    expression: str
    inputs: str
    complexity: int
    r2_validation: float
    r2_test: float
    r2_low: float
    r2_high: float
    ceiling_r2: float
    null_r2: float
    stability: float
    clipped_low: float
    clipped_high: float
    n_clipped: int


COLUMNS = list(Law.__annotations__)


@dataclass(frozen=True)
class _Rows:
    """Raw columns that may explain a target, and the target, on one split."""

    X: Array
    y: Array

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "_Rows":
        return _Rows(self.X[rows], self.y[rows])

    def columns(self, chosen: Sequence[int]) -> "_Rows":
        return replace(self, X=np.ascontiguousarray(self.X[:, chosen]))


@dataclass(frozen=True)
class _Task:
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


def redundancy_laws(
    table: FeatureTable,
    feature_info: pd.DataFrame,
    options: RedundancyLawOptions,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Find the laws by which columns follow from columns outside their group.

    Args:
        table: The features.
        feature_info: The catalog's frame: `feature, kind, group, unit, mean, scale`.
        options: Of search and claim.
        tasks: Workers and cache.

    Returns:
        A row a law, the fields of `Law`; laws by falling test R², then the sum rules.
    """
    jobs = {
        target: {"target": target, "table": table, "info": feature_info, "options": options}
        for target in law_targets(table, feature_info, options)
    }
    found = run_tasks(find_law, jobs, tasks, "laws between inputs")
    laws = [law for law in found.values() if law is not None]
    laws.sort(key=lambda law: -law.r2_test)
    rules = list(sum_rules(table, feature_info))
    return pd.DataFrame([asdict(law) for law in [*laws, *rules]], columns=COLUMNS)


def law_targets(
    table: FeatureTable, feature_info: pd.DataFrame, options: RedundancyLawOptions
) -> list[str]:
    """Return the columns for which a law is sought: 0/1 columns only where they seem copied."""
    info = feature_info.set_index("feature")
    groups = info["group"].where(info["group"].notna(), info.index.to_series())
    X = table.train.astype(np.float64)
    deviation = X.std(axis=0)
    deviation[deviation == 0] = 1.0
    correlation = covariance(X) / np.outer(deviation, deviation)
    left = 1.0 / np.diag(np.linalg.inv(correlation + RIDGE * np.eye(len(correlation))))
    numeric, copies = [], []
    for i, name in enumerate(table.names):
        if X[:, i].std() == 0:
            continue
        if info["kind"][name] != "binary":
            numeric.append((left[i], name))
            continue
        outside = (groups[list(table.names)] != groups[name]).to_numpy()
        if np.abs(correlation[i, outside]).max(initial=0.0) > COPY:
            copies.append(name)
    if len(numeric) > options.max_targets:
        numeric = [(own, name) for own, name in numeric if own < 1.0 - options.screen]
    return [name for _, name in sorted(numeric)[: options.max_targets]] + copies


def sum_rules(table: FeatureTable, feature_info: pd.DataFrame) -> Iterator[Law]:
    """Yield, for each one-hot group that sums to one, its last member as 1 minus the others."""
    scaling = Scaling.from_feature_info(feature_info)
    for members in one_hot_groups(feature_info).values():
        places = [table.names.index(name) for name in members]
        parts = [scaling.to_raw(getattr(table, split))[:, places] for split in SPLITS]
        if any(np.abs(p.sum(axis=1) - 1).max() > ROUNDING for p in parts):
            continue
        rule = Formula.linear(1.0, dict.fromkeys(members[:-1], -1.0), members)
        yield Law(
            feature=members[-1],
            kind="sum_rule",
            expression=rule.expression,
            inputs="|".join(members[:-1]),
            complexity=rule.complexity,
            **dict.fromkeys(("r2_validation", "r2_test", "r2_low", "r2_high", "ceiling_r2"), 1.0),
            null_r2=math.nan,
            stability=1.0,
            clipped_low=math.nan,
            clipped_high=math.nan,
            n_clipped=0,
        )


def find_law(
    target: str, table: FeatureTable, info: pd.DataFrame, options: RedundancyLawOptions
) -> Law | None:
    """Search the law of one column and test it; one task.

    Args:
        target: The column.
        table: The features.
        info: The catalog's `feature_info`.
        options: Of search and claim.

    Returns:
        The law, chosen on the validation rows, or None.
    """
    scaling = Scaling.from_feature_info(info)
    outside = _outside(target, table, info)
    own = table.names.index(target)
    raw = {split: scaling.to_raw(getattr(table, split)) for split in SPLITS}
    splits = {s: _Rows(X[:, outside], X[:, own]) for s, X in raw.items()}
    saturation = Saturation.of(splits["train"].y)
    names = tuple(table.names[i] for i in outside)
    rows = np.random.default_rng(0).permutation(len(splits["train"].y))[: options.rows]
    train, validation, test = splits["train"].take(rows), splits["validation"], splits["test"]
    ensemble = HistGradientBoostingRegressor(
        max_iter=BOOSTING_ROUNDS, early_stopping=False, random_state=0
    ).fit(train.X, train.y)
    relevant = _relevant(ensemble, validation, options.max_inputs)
    if not relevant:
        return None
    task = _Task(
        tuple(names[i] for i in relevant), scaling, Knowledge.of(info), saturation, options
    )
    train, validation = train.columns(relevant), validation.columns(relevant)
    law = _search(task, train, validation)
    ceiling = r2_score(splits["validation"].y, ensemble.predict(splits["validation"].X))
    if law is None or not _is_law(_score(task, law, validation), ceiling, options):
        return None
    predicted = saturation.clip(law.evaluate(test.columns(relevant).X, task.names))
    weights = bootstrap_weights(len(test.y), FidelityOptions())
    low, high = r2_interval(test.y, predicted, weights, 0.95)
    every = np.concatenate([rows.y for rows in splits.values()])
    return Law(
        feature=target,
        kind="law",
        expression=law.expression,
        inputs="|".join(law.features),
        complexity=law.complexity,
        r2_validation=_score(task, law, validation),
        r2_test=r2_score(test.y, predicted),
        r2_low=low,
        r2_high=high,
        ceiling_r2=r2_score(test.y, ensemble.predict(test.X)),
        null_r2=_null(task, train, validation),
        stability=_stability(task, law, train, validation),
        clipped_low=_bound(saturation.low, scaling.column(target)[1]),
        clipped_high=_bound(saturation.high, scaling.column(target)[1]),
        n_clipped=int((~saturation.is_free(every)).sum()),
    )


def _bound(value: float, scale: float) -> float:
    """Return a bound without the rounding that float32 left, NaN where there is none."""
    digits = DIGITS - math.ceil(math.log10(scale))
    return round(value, digits) + 0.0 if math.isfinite(value) else math.nan


def _outside(target: str, table: FeatureTable, info: pd.DataFrame) -> list[int]:
    """Return the columns that vary and do not belong to the target's group."""
    group = dict(zip(info["feature"], info["group"], strict=True))
    own = group[target] if isinstance(group[target], str) else None
    return [
        i
        for i, name in enumerate(table.names)
        if name != target and (own is None or group[name] != own) and np.ptp(table.train[:, i]) > 0
    ]


def _relevant(ensemble: HistGradientBoostingRegressor, rows: _Rows, most: int) -> list[int]:
    """Return the columns whose shuffling hurts the ensemble, those that hurt most first."""
    generator = np.random.default_rng(0)
    X, y = rows.X[:IMPORTANCE_ROWS], rows.y[:IMPORTANCE_ROWS]
    error = float(((ensemble.predict(X) - y) ** 2).mean())
    added = np.empty(X.shape[1])
    for i in range(X.shape[1]):
        shuffled = X.copy()
        shuffled[:, i] = generator.permutation(X[:, i])
        added[i] = float(((ensemble.predict(shuffled) - y) ** 2).mean()) - error
    order = np.argsort(-added, kind="stable")[:most]
    return [int(i) for i in order if added[i] > RELEVANT * y.var()]


def _is_law(r2: float, ceiling: float, options: RedundancyLawOptions) -> bool:
    left = 1.0 - r2
    return r2 >= options.min_r2 and left <= max(options.margin * (1.0 - ceiling), ROUNDING)


def _search(task: _Task, train: _Rows, validation: _Rows) -> Formula | None:
    """Return the formula of fewest columns, then nodes, near the best on the validation rows."""
    free = train.take(task.saturation.is_free(train.y))
    found = [
        (formula, 1.0 - _score(task, formula, validation))
        for formula in _candidates(task, free)
        if formula.complexity <= task.options.max_complexity
    ]
    defined = [(f, max(left, ROUNDING)) for f, left in found if np.isfinite(left) and f.features]
    best = min((left for _, left in defined), default=math.inf)
    near = [(f, left) for f, left in defined if left <= FEWER_COLUMNS * best]
    fewest = min((len(f.features) for f, _ in near), default=0)
    few = [(f, left) for f, left in near if len(f.features) == fewest]
    best = min((left for _, left in few), default=math.inf)
    near = [(f, left) for f, left in few if left <= FEWER_NODES * best]
    return min(near, key=lambda pair: (pair[0].complexity, pair[1]))[0] if near else None


def _candidates(task: _Task, rows: _Rows) -> Iterator[Formula]:
    """Yield sums of products of every few columns, and what the engines find on all."""
    for n_columns in range(1, min(MAX_COLUMNS, len(task.names)) + 1):
        for chosen in combinations(range(len(task.names)), n_columns):
            names = [task.names[i] for i in chosen]
            yield from sums_of_terms(rows.columns(chosen).X, rows.y, names, task.angles)
    mean, scale = (np.array(own) for own in zip(*map(task.scaling.column, task.names), strict=True))
    problem = Problem((rows.X - mean) / scale, rows.y, task.names, task.knowledge)
    for candidate in find_candidates(problem, task.options.search, seed=0):
        yield raw_formula(candidate.formula, task.scaling)


def _score(task: _Task, formula: Formula, rows: _Rows) -> float:
    """Return R² of a formula, clipped as the target is."""
    return r2_score(rows.y, task.saturation.clip(formula.evaluate(rows.X, task.names)))


def _null(task: _Task, train: _Rows, validation: _Rows) -> float:
    """Return R² on the validation rows of what the search makes of the shuffled target."""
    shuffled = replace(train, y=np.random.default_rng(0).permutation(train.y))
    held_out = replace(validation, y=np.random.default_rng(1).permutation(validation.y))
    found = _search(task, shuffled, held_out)
    return 0.0 if found is None else _score(task, found, held_out)


def _stability(task: _Task, law: Formula, train: _Rows, validation: _Rows) -> float:
    """Return the share of bootstrap samples whose law reads the same columns."""
    same = []
    for seed in task.options.seeds:
        rows = np.random.default_rng(seed).integers(0, len(train.y), len(train.y))
        found = _search(task, train.take(rows), validation)
        same.append(found is not None and set(found.features) == set(law.features))
    return float(np.mean(same)) if same else math.nan
