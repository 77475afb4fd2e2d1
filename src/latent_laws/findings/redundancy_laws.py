"""Laws between inputs: how a column follows from others, in the units of the table.

A boosted ensemble says how well a column can be recovered at all, and from which columns. A law is
the formula that reads the fewest columns, then the shortest, among those that leave hardly more
unexplained than the best. It is claimed only where it leaves no more than the ensemble does.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from latent_laws.findings.law_search import (
    ROUNDING,
    Form,
    LawRows,
    LawTask,
    RedundancyLawOptions,
    law_r2,
    law_stability,
    null_r2,
    relevant_columns,
    search_law,
)
from latent_laws.findings.law_terms import TermSum
from latent_laws.findings.saturation import Saturation
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import Units, unit_behind
from latent_laws.formulas.simplify import simplified
from latent_laws.formulas.units import Scaling
from latent_laws.scores import IntervalOptions, r2_interval, r2_score
from latent_laws.search.problem import Knowledge
from latent_laws.tables.covariance import covariance
from latent_laws.tables.groups import one_hot_groups
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Array = NDArray[np.float64]

BOOSTING_ROUNDS, LEARNING_RATE = 100, 0.2
HOPELESS = 0.5  # R² of the ensemble below which no law is sought
COPY = 0.97  # correlation from which on a 0/1 column may be a copy of another
RIDGE = 1e-6
DIGITS = 5  # of a scaled value that float32 keeps


COLUMNS = [
    *("feature", "kind", "expression", "printed", "reading", "inputs", "complexity"),
    *("r2_validation", "r2_test", "r2_low", "r2_high", "ceiling_r2", "null_r2", "stability"),
    *("clipped_low", "clipped_high", "n_clipped", "n_tried"),
]
Law = dict[str, Any]


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
        A row a law, by falling validation R², then the sum rules: `feature` follows from the others
        by a `kind` (law, or sum_rule of a one-hot group); `expression` in raw columns and the unit
        of the feature, `printed` as people write it, `reading` in words where the law has a name,
        `inputs` joined by |, `complexity` in nodes; `r2_validation, r2_test` of predictions clipped
        as the feature is, `r2_low, r2_high` the 95 % interval over rows; `ceiling_r2` of the
        boosted ensemble on the test rows; `null_r2` the best on the validation rows after the same
        search for the shuffled feature; `stability`, the share of bootstrap samples whose law reads
        the same inputs; `clipped_low, clipped_high` where the feature is saturated (else NaN), with
        `n_clipped` rows there; `n_tried`, for how many columns a law was sought.
    """
    jobs = {
        target: {"target": target, "table": table, "info": feature_info, "options": options}
        for target in law_targets(table, feature_info, options)
    }
    found = run_tasks(find_law, jobs, tasks, "laws between inputs")
    laws = [law for law in found.values() if law]
    laws.sort(key=lambda law: -law["r2_validation"])
    rules = list(sum_rules(table, feature_info))
    rows = [{**law, "n_tried": len(jobs)} for law in [*laws, *rules]]
    return pd.DataFrame(rows, columns=COLUMNS)


def law_targets(
    table: FeatureTable, feature_info: pd.DataFrame, options: RedundancyLawOptions
) -> list[str]:
    """Return the columns for which a law is sought: 0/1 columns only where they seem copied.

    Dimensions of an embedding have no unit and no meaning of their own: none is sought for them.
    """
    info = feature_info.set_index("feature")
    groups = info["group"].where(info["group"].notna(), info.index.to_series())
    X = table.train.astype(np.float64)
    deviation = X.std(axis=0)
    deviation[deviation == 0] = 1.0
    correlation = covariance(X) / np.outer(deviation, deviation)
    left = 1.0 / np.diag(np.linalg.inv(correlation + RIDGE * np.eye(len(correlation))))
    numeric, copies = [], []
    for i, name in enumerate(table.names):
        if X[:, i].std() == 0 or info["kind"][name] == "embedding":
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
    """Yield, for each one-hot group that sums to one, its last member as 1 minus the others.

    That it does is seen on training and validation rows.
    """
    scaling = Scaling.from_feature_info(feature_info)
    raw = {split: scaling.to_raw(getattr(table, split)) for split in SPLITS}
    for members in one_hot_groups(feature_info).values():
        places = [table.names.index(name) for name in members]
        sums = np.concatenate([raw[split][:, places].sum(axis=1) for split in SPLITS[:2]])
        if np.abs(sums - 1).max() > ROUNDING:
            continue
        rule = simplified(Formula.linear(1.0, dict.fromkeys(members[:-1], -1.0), members))
        predicted = rule.evaluate(raw["test"], table.names)
        reported = r2_score(raw["test"][:, places[-1]], predicted)
        yield {
            "feature": members[-1],
            "kind": "sum_rule",
            "expression": rule.expression,
            "printed": f"{members[-1]} = {rule}",
            "reading": "each row belongs to one of them",
            "inputs": "|".join(members[:-1]),
            "complexity": rule.complexity,
            "r2_validation": 1.0,
            **dict.fromkeys(("r2_test", "r2_low", "r2_high", "ceiling_r2"), reported),
            "stability": 1.0,
            "n_clipped": 0,
        }


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
        A row of `redundancy_laws`, chosen on the validation rows, or None.
    """
    scaling, outside = Scaling.from_feature_info(info), _outside(target, table, info)
    own = table.names.index(target)
    raw = {split: scaling.to_raw(getattr(table, split)) for split in SPLITS}
    splits = {s: LawRows(X[:, outside], X[:, own]) for s, X in raw.items()}
    chosen = np.random.default_rng(0).permutation(len(splits["train"].y))[: options.rows]
    train, validation, test = splits["train"].take(chosen), splits["validation"], splits["test"]
    ensemble = HistGradientBoostingRegressor(
        max_iter=BOOSTING_ROUNDS, learning_rate=LEARNING_RATE, early_stopping=False, random_state=0
    ).fit(train.X, train.y)
    relevant = relevant_columns(ensemble, validation, options.max_inputs)
    ceiling = r2_score(validation.y, ensemble.predict(validation.X))
    if not relevant or ceiling < HOPELESS:
        return None
    reported = r2_score(test.y, ensemble.predict(test.X))
    names = tuple(table.names[outside[i]] for i in relevant)
    saturation = Saturation.of(splits["train"].y)
    task = LawTask(names, scaling, Knowledge.of(info), saturation, options)
    train, validation, test = (rows.columns(relevant) for rows in (train, validation, test))
    form = search_law(task, train, validation)
    if form is None or not _is_law(law_r2(task, form, validation), ceiling, options):
        return None
    every = np.concatenate([rows.y for rows in splits.values()])
    return {
        "feature": target,
        "kind": "law",
        **_written(target, form, scaling.unit_of),
        "r2_validation": law_r2(task, form, validation),
        **_reported(task, form, test),
        "ceiling_r2": reported,
        "null_r2": null_r2(task, train, validation),
        "stability": law_stability(task, form, train, validation),
        "clipped_low": _bound(saturation.low, scaling.column(target)[1]),
        "clipped_high": _bound(saturation.high, scaling.column(target)[1]),
        "n_clipped": int((~saturation.is_free(every)).sum()),
    }


def _written(target: str, form: Form, units: Units) -> Law:
    """Return what a law says, for machines and for people."""
    law = form.formula if isinstance(form, TermSum) else form
    return {
        "expression": law.expression,
        "printed": f"{target}{unit_behind(target, units)} = {law.printed(units=units)}",
        "reading": reading(form),
        "inputs": "|".join(law.features),
        "complexity": law.complexity,
    }


def _reported(task: LawTask, form: Form, test: LawRows) -> Law:
    """Return R² on the test rows with its interval."""
    predicted = task.saturation.clip(form.evaluate(test.X, task.names))
    low, high = r2_interval(test.y, predicted, IntervalOptions())
    return {"r2_test": r2_score(test.y, predicted), "r2_low": low, "r2_high": high}


def reading(form: Form) -> str:
    """Return what a law says in words, where it has a name."""
    if not isinstance(form, TermSum) or form.light is None:
        return ""
    size, altitude, azimuth = form.light
    return f"Lambert's law: light of {size:.4g} from {altitude:.1f}° high at azimuth {azimuth:.0f}°"


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


def _is_law(r2: float, ceiling: float, options: RedundancyLawOptions) -> bool:
    left = 1.0 - r2
    return r2 >= options.min_r2 and left <= max(options.margin * (1.0 - ceiling), ROUNDING)
