import numpy as np

from latent_laws.scores import gain_in_errors, r2_score


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
