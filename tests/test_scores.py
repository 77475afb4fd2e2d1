import numpy as np
import pytest

from latent_laws.scores import (
    IntervalOptions,
    bootstrap_weights,
    gain_in_errors,
    r2_interval,
    r2_score,
    variances,
)

OPTIONS = IntervalOptions(bootstrap_samples=200, confidence=0.9)


def test_r2_by_hand() -> None:
    y = np.array([0.0, 2.0])
    assert r2_score(y, np.array([1.0, 1.0])) == 0.0
    assert r2_score(y, y) == 1.0
    assert r2_score(np.ones(3), np.zeros(3)) == 0.0
    assert np.isnan(r2_score(y, np.array([np.nan, 1.0])))


def test_gain_counts_standard_errors() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=1000)
    assert gain_in_errors(y, y, 0.0) > 15
    assert abs(gain_in_errors(y, 0.01 * rng.normal(size=1000), 0.0)) < 4
    assert gain_in_errors(y, np.zeros(1000), 0.0) == 0


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    truth = 1 - 1 / 2  # y = signal + noise of the same variance
    hits = 0
    for _ in range(200):
        signal = rng.normal(size=200)
        low, high = r2_interval(signal + rng.normal(size=200), signal, OPTIONS)
        hits += low <= truth <= high
    assert 0.83 <= hits / 200 <= 0.97


def test_interval_of_an_undefined_prediction_is_undefined() -> None:
    prediction = np.array([0.0, np.nan, 2.0])
    assert np.isnan(r2_interval(np.arange(3.0), prediction, OPTIONS)).all()


def test_rare_ones_have_an_interval_of_their_own() -> None:
    """Two rows of a hundred differ: some samples hold neither, and say nothing."""
    y = np.zeros(100)
    y[:2] = 1.0
    weights = bootstrap_weights(100, IntervalOptions())
    assert ((weights[:, :2].sum(axis=1)) == 0).any()
    prediction = y + 0.1 * (np.arange(100) == 50)
    low, high = r2_interval(y, prediction, IntervalOptions())
    score = 1 - 0.01 / (100 * y.var())
    assert low < score <= high


@pytest.mark.parametrize("value", [0.0, 0.1, 2811.3, -1e-9, 1e12 / 3])
def test_a_constant_that_is_not_met_scores_nothing(value: float) -> None:
    y = np.full(997, value)
    off = y + 0.1 + 0.1 * abs(value)
    assert r2_score(y, off) == 0
    assert r2_interval(y, off, IntervalOptions()) == (0, 0)
    assert r2_score(y, y) == 1


def test_a_small_deviation_of_large_values_is_no_constant() -> None:
    y = 1e9 + np.arange(100.0)
    assert r2_score(y, y + 1) == pytest.approx(1 - 1 / y.var())


def test_only_constant_columns_have_no_variance() -> None:
    Y = np.column_stack([np.full(997, 0.1), 0.1 + 1e-12 * np.arange(997)])
    constant, moves = variances(Y)
    assert constant == 0 < moves
