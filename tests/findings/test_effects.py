import numpy as np
import pytest
from numpy.typing import NDArray

from latent_laws.findings.blocks import disjoint_blocks, feature_blocks, too_rare
from latent_laws.findings.effects import (
    effects,
    levels_of,
    sample_rows,
    single_features,
)
from latent_laws.findings.response import Rows
from tests.findings.planted import info_of


def normal(rows: int, columns: int, seed: int = 0) -> Rows:
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


def test_effect_in_a_linear_function_is_weight_squared_times_variance() -> None:
    X, weights = normal(500, 3), np.array([[2.0, 0.0, -0.5], [1.0, 0.0, 0.0]])
    found = effects(lambda rows: rows @ weights.T, X, X, single_features(X), levels=4)
    expected = (weights**2).T * X.var(axis=0, dtype=np.float64)[:, None]
    assert found == pytest.approx(expected, rel=1e-5)


def test_effect_in_a_product_is_variance_times_mean_square() -> None:
    X = normal(4000, 2)
    found = effects(lambda rows: rows[:, [0]] * rows[:, [1]], X, X, [(0,)], levels=5)
    expected = X[:, 0].var() * np.mean(X[:, 1] ** 2)
    assert found[0, 0] == pytest.approx(expected, rel=1e-4)


def test_effect_is_half_the_mean_squared_change_under_permutation() -> None:
    rng = np.random.default_rng(3)
    X = np.stack([rng.uniform(-1, 1, 20_000), rng.integers(0, 2, 20_000)], axis=1)
    X = X.astype(np.float32)

    def function(rows: Rows) -> NDArray[np.float32]:
        product: Rows = rows[:, [0]] * (1 + rows[:, [1]])
        return np.asarray(np.tanh(product) + rows[:, [1]])

    found = effects(function, X, X, single_features(X), levels=12)[:, 0]
    for column in range(2):
        permuted = X.copy()
        permuted[:, column] = rng.permutation(X[:, column])
        change = function(permuted) - function(X)
        assert found[column] == pytest.approx(np.mean(change**2) / 2, rel=0.03)


def test_rare_categories_count_with_their_exact_frequency() -> None:
    rare = np.zeros((1000, 1), dtype=np.float32)
    rare[:3] = 1
    found = effects(lambda rows: 5 * rows, rare[500:600], rare, [(0,)], levels=4)
    assert found[0, 0] == pytest.approx(25 * 0.003 * 0.997, rel=1e-5)


def test_undefined_rows_are_left_out() -> None:
    X = normal(400, 2)

    def function(rows: Rows) -> NDArray[np.float32]:
        return np.where(rows[:, [1]] > 0, rows[:, [0]], np.float32(np.nan))

    found = effects(function, X, X, [(0,)], levels=4)
    assert found[0, 0] == pytest.approx(X[:, 0].var(), rel=1e-4)
    nowhere = effects(lambda rows: rows * np.float32(np.nan), X, X, [(0,)], levels=4)
    assert nowhere.tolist() == [[0, 0]]


def test_constant_features_have_no_effect() -> None:
    X = np.full((50, 1), 3.0, dtype=np.float32)
    levels = levels_of(X, 4)
    assert (levels.values.tolist(), levels.variance) == ([[3.0]], 0)
    assert effects(lambda rows: rows**2, X, X, [(0,)], levels=4).tolist() == [[0]]


def test_groups_with_many_distinct_rows_are_sampled() -> None:
    block = (normal(500, 8) > 0).astype(np.float32)
    levels = levels_of(block, 4)
    assert len(levels.weights) == 64
    assert levels.weights.sum() == pytest.approx(1)
    assert levels.variance == pytest.approx(2, rel=0.05)


def test_blocks_are_features_then_groups() -> None:
    info = info_of(["a", "x", "b"], {"a": "g", "b": "g"})
    blocks = feature_blocks(["a", "x", "b"], info)
    assert [(one.name, one.is_group, one.columns) for one in blocks] == [
        ("a", False, (0,)),
        ("x", False, (1,)),
        ("b", False, (2,)),
        ("g", True, (0, 2)),
    ]
    assert [one.name for one in disjoint_blocks(["a", "x", "b"], info)] == ["x", "g"]


def test_sampled_rows_are_distinct_and_repeatable() -> None:
    X = np.arange(40, dtype=np.float32).reshape(20, 2)
    sampled = sample_rows(X, 7, seed=1)
    assert len(np.unique(sampled, axis=0)) == 7
    assert np.array_equal(sampled, sample_rows(X, 7, seed=1))
    assert sample_rows(X, 20, seed=1) is X


def test_columns_that_differ_in_too_few_rows_are_rare() -> None:
    X = np.zeros((1000, 4), dtype=np.float32)
    X[:9, 0], X[:10, 1], X[:, 2] = 1, 1, np.arange(1000)
    assert too_rare(X).tolist() == [True, False, False, True]
    # of fifty rows one is enough
    small = np.zeros((50, 2), dtype=np.float32)
    small[0, 0] = 1
    assert too_rare(small).tolist() == [False, True]
