"""How well a formula stands in for its latent, beside what else could: the fidelity ladder."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from latent_laws.checks.distillation import selected
from latent_laws.checks.target import NAME_COLUMNS, Target
from latent_laws.formulas.formula import Formula
from latent_laws.scores import IntervalOptions, r2_interval, r2_score
from latent_laws.search.engines.sparse_linear import linear_form
from latent_laws.search.moments import Moments
from latent_laws.search.problem import Split
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Array = NDArray[np.float64]

COLUMNS = [
    *(*NAME_COLUMNS, "latent", "surrogate", "r2_test", "ci_low", "ci_high", "complexity"),
    "n_features",
]
_RIDGE_PENALTIES = (1e-3, 1e-1, 1e1, 1e3)


def fidelity_ladder(
    formula: Formula,
    null: Formula | None,
    splits: dict[str, Split],
    permuted: Array | None,
    names: Sequence[str],
    options: IntervalOptions,
) -> pd.DataFrame:
    """Compare a formula with surrogates of its own size, and with what a null search finds.

    Args:
        formula: The selected one.
        null: What the same search selected for the permuted latent, if it was run.
        splits: Of the latent.
        permuted: The permuted latent on the test rows, that `null` is measured on.
        names: Features.
        options: Of the intervals.

    Returns:
        A row a surrogate: `surrogate, r2_test, ci_low, ci_high, complexity, n_features`.
    """
    train, test = splits["train"], splits["test"]
    X, X_test = train.X.astype(np.float64), test.X.astype(np.float64)
    mean = Formula.linear(float(train.y.mean()), {}, names)
    sparse = matched_linear(Moments.of(X, train.y), formula, names)
    rows = [
        _form("symbolic", formula, X_test, names),
        _form("mean", mean, X_test, names),
        _row("ridge", *_ridge(X, train.y, splits["validation"], X_test)),
        _form("sparse_linear", sparse, X_test, names),
        _row("tree", *_tree(X, train.y, X_test, formula.complexity)),
    ]
    ladder = [_scored(row, test.y, options) for row in rows]
    if null is not None and permuted is not None:
        row = _form("null", null, X_test, names)
        ladder.append(_scored(row, permuted, options))
    return pd.DataFrame(ladder)


def measure_fidelity(
    targets: Sequence[Target],
    table: FeatureTable,
    fronts: pd.DataFrame,
    nulls: pd.DataFrame,
    seed: int,
    options: IntervalOptions,
    tasks: TaskOptions,
) -> pd.DataFrame:
    """Build the fidelity ladder of every selected formula.

    Args:
        targets: The encoders.
        table: The features.
        fronts: The catalog's `pareto_fronts`.
        nulls: The catalog's `null_fronts`.
        seed: The search seed that gives the formulas.
        options: Of the intervals.
        tasks: Workers and cache.

    Returns:
        The catalog's `fidelity`: a row an encoder, latent and surrogate.
    """
    jobs: dict[str, dict[str, object]] = {}
    owners: dict[str, tuple[Target, int]] = {}
    for target in targets:
        null_of = selected(nulls, target.encoder, 0)["expression"].to_dict()
        chosen = selected(fronts, target.encoder, seed)["expression"]
        for latent, expression in enumerate(chosen):
            label = f"{target.encoder} latent {latent}"
            owners[label] = (target, latent)
            jobs[label] = {
                "table": table,
                "latent": target.values(latent),
                "permuted": target.values(latent, null=0)["test"],
                "expression": expression,
                "null": null_of.get(latent),
                "options": options,
            }
    ladders = run_tasks(ladder_of_latent, jobs, tasks, "measuring fidelity")
    named = [
        target.named(ladders[label].assign(latent=latent))[COLUMNS]
        for label, (target, latent) in owners.items()
    ]
    return pd.concat(named, ignore_index=True)


def ladder_of_latent(
    table: FeatureTable,
    latent: dict[str, Array],
    permuted: Array,
    expression: str,
    null: str | None,
    options: IntervalOptions,
) -> pd.DataFrame:
    """Build the ladder of one latent; one task."""
    return fidelity_ladder(
        Formula.parse(expression, table.names),
        Formula.parse(null, table.names) if null is not None else None,
        {split: Split(getattr(table, split), y) for split, y in latent.items()},
        permuted,
        table.names,
        options,
    )


def matched_linear(moments: Moments, formula: Formula, names: Sequence[str]) -> Formula:
    """Return the linear form of as many nodes as a formula, or of as many inputs if that is more.

    A sum whose weights are shared or left out reads more inputs with its nodes than one with a
    weight for each, and is no less linear.
    """
    size = max(len(formula.features), (formula.complexity - 1) // 4)
    (chosen,) = moments.best_choices([size])
    return linear_form(moments, chosen, names)


def _form(surrogate: str, formula: Formula, X: Array, names: Sequence[str]) -> dict[str, object]:
    prediction = formula.evaluate(X, names)
    return _row(surrogate, prediction, formula.complexity, len(formula.features))


def _row(surrogate: str, prediction: Array, complexity: int, n_features: int) -> dict[str, object]:
    return {
        "surrogate": surrogate,
        "prediction": prediction,
        "complexity": complexity,
        "n_features": n_features,
    }


def _scored(row: dict[str, object], y: Array, options: IntervalOptions) -> dict[str, object]:
    prediction = np.asarray(row.pop("prediction"), dtype=np.float64)
    low, high = r2_interval(y, prediction, options)
    return {**row, "r2_test": r2_score(y, prediction), "ci_low": low, "ci_high": high}


def _ridge(X: Array, y: Array, validation: Split, X_test: Array) -> tuple[Array, int, int]:
    """Linear regression on all inputs: the ceiling of linear forms."""
    models = [Ridge(alpha=penalty).fit(X, y) for penalty in _RIDGE_PENALTIES]
    best = max(models, key=lambda model: model.score(validation.X, validation.y))
    used = int((X.std(axis=0) > 0).sum())
    return best.predict(X_test), 4 * used + 1, used


def _tree(X: Array, y: Array, X_test: Array, complexity: int) -> tuple[Array, int, int]:
    """A decision tree of as many nodes: a leaf counts one, a split `if x < c` four."""
    leaves = max(2, (complexity + 4) // 5)
    model = DecisionTreeRegressor(max_leaf_nodes=leaves, random_state=0).fit(X, y)
    n_leaves = model.get_n_leaves()
    used = int((model.feature_importances_ > 0).sum())
    return model.predict(X_test), 5 * n_leaves - 4, used
