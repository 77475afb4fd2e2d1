"""Rank and predictability, against closed forms and scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from latent_laws.findings.law_traits import data_rank, predictability
from latent_laws.tables.table import FeatureTable
from tests.builders import as_table


def test_rank_counts_what_is_free() -> None:
    generator = np.random.default_rng(0)
    free = generator.normal(size=(300, 3))
    one_hot = np.eye(4)[generator.integers(0, 4, 300)]
    X = np.column_stack([free, free @ [1.0, 2.0, 0.0], one_hot, np.full(300, 7.0)])
    assert data_rank(X.astype(np.float32).astype(np.float64)) == 3 + 3


def test_rank_of_real_records(covertype_table: FeatureTable) -> None:
    train = covertype_table.train.astype(np.float64)
    never = int((train.std(axis=0) == 0).sum())
    assert data_rank(train) == 54 - never - 2


def test_predictability_of_a_noisy_copy() -> None:
    X = np.random.default_rng(0).normal(size=(20_000, 3))
    X[:, 2] = X[:, 0] + 0.5 * X[:, 2]
    found = predictability(as_table(X, ("a", "b", "c")))
    assert found["c"] == pytest.approx(1 / 1.25, abs=0.02)
    assert found["b"] == pytest.approx(0.0, abs=0.02)


def test_predictability_is_a_regression_on_the_features_outside_the_group() -> None:
    generator = np.random.default_rng(1)
    X = generator.normal(size=(4000, 6)) @ generator.normal(size=(6, 6))
    table = as_table(X)
    found = predictability(table, {"x1": "pair", "x4": "pair", "x0": None})
    others = [0, 2, 3, 5]
    for own in (1, 4):
        model = LinearRegression().fit(table.train[:, others], table.train[:, own])
        expected = r2_score(table.validation[:, own], model.predict(table.validation[:, others]))
        assert found[f"x{own}"] == pytest.approx(max(expected, 0.0), abs=0.01)


def test_one_hot_columns_predict_each_other_only_without_groups() -> None:
    X = np.eye(3)[np.random.default_rng(0).integers(0, 3, 900)]
    X = np.column_stack([X, np.random.default_rng(1).normal(size=900)])
    names = ("p", "q", "r", "free")
    assert (predictability(as_table(X, names))[["p", "q", "r"]] > 0.99).all()
    group = dict.fromkeys("pqr", "kind")
    assert (predictability(as_table(X, names), group)[["p", "q", "r"]] < 0.05).all()


def test_a_constant_is_not_predictable() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    X[:, 1] = 3.0
    assert predictability(as_table(X))["x1"] == 0.0
