"""Diminishing returns and the knee, on curves whose shape is known."""

import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.law_returns import ErrorCurve, diminishing_returns, knee, knee_of

DIMS = np.array([2.0, 4.0, 8.0, 16.0, 32.0])


def planted(
    fvu: np.ndarray, noise: float = 0.0, n_features: int = 12, seeds: int = 3
) -> ErrorCurve:
    """Return a curve of 12 features of unequal variance and 3 trainings, the FVU known."""
    generator = np.random.default_rng(0)
    variance = np.linspace(0.2, 2.0, 12)
    mse = tuple(
        value * variance * np.exp(noise * generator.normal(size=(3, len(variance))))
        for value in fvu
    )
    return ErrorCurve(DIMS, mse, variance)


def test_the_frame_is_read_without_features_that_do_not_vary() -> None:
    rows = [
        (dim, seed, feature, mse, fvu)
        for dim, scale in ((4, 0.5), (2, 1.0))
        for seed in (0, 1)
        for feature, mse, fvu in (
            ("b", 0.3 * scale, 0.1 * scale),
            ("a", 0.8 * scale, 0.4 * scale),
            ("constant", 0.0, np.nan),
        )
    ]
    frame = pd.DataFrame(rows, columns=["latent_dim", "seed", "feature", "mse", "fvu"])
    curve = ErrorCurve.from_frame(frame)
    np.testing.assert_array_equal(curve.latent_dims, [2, 4])
    np.testing.assert_allclose(curve.variance, [3.0, 2.0])
    np.testing.assert_allclose(curve.mse[0], [[0.3, 0.8], [0.3, 0.8]])
    np.testing.assert_allclose(curve.fvu(), [1.1 / 5, 0.55 / 5])


def test_a_convex_curve_diminishes() -> None:
    result = diminishing_returns(planted(np.exp(-0.2 * DIMS), noise=0.02), resamples=300, seed=0)
    assert result["share_all_shrink"] == 1.0
    assert result["share_falling"] == 1.0
    first = result["steps"][0]
    expected = (np.exp(-0.4) - np.exp(-0.8)) / 2
    assert first["gain_low"] < first["gain_per_latent"] < first["gain_high"]
    assert first["gain_per_latent"] == pytest.approx(expected, rel=0.1)
    assert first["share_smaller_than_before"] is None


def test_a_concave_curve_does_not_diminish() -> None:
    result = diminishing_returns(planted(1 - (DIMS / 33) ** 2), resamples=100, seed=0)
    assert result["share_all_shrink"] == 0.0
    assert result["share_falling"] == 1.0


def test_a_straight_curve_with_noise_is_left_open() -> None:
    curve = planted(1.0 - DIMS / 64, noise=0.2)
    result = diminishing_returns(curve, resamples=300, seed=0)
    assert result["share_all_shrink"] < 0.95


def test_log_differences_tell_an_exponential_from_a_power_law() -> None:
    power = diminishing_returns(planted(DIMS**-0.5), resamples=50, seed=0)
    steeper = diminishing_returns(planted(np.exp(-0.001 * DIMS**2)), resamples=50, seed=0)
    assert power["share_all_shrink_log"] == 1.0
    assert steeper["share_all_shrink_log"] == 0.0


def test_resamples_are_centred_on_the_curve_and_repeat() -> None:
    curve = planted(np.exp(-0.1 * DIMS), noise=0.1)
    sampled = curve.resampled(2000, seed=1)
    np.testing.assert_allclose(sampled.mean(axis=0), curve.fvu(), rtol=0.02)
    np.testing.assert_array_equal(sampled, curve.resampled(2000, seed=1))
    assert not np.array_equal(sampled, curve.resampled(2000, seed=2))


def test_the_knee_is_where_the_curve_bends() -> None:
    bent = np.interp(DIMS, [2, 8, 32], [1.0, 0.1, 0.05])
    assert knee_of(DIMS, bent) == 8
    result = knee(planted(bent, noise=0.01), resamples=100, seed=0)
    assert result["fvu"] == {"latent_dim": 8, "low": 8.0, "high": 8.0, "share_without": 0.0}


@pytest.mark.parametrize(
    "values", [1.0 - DIMS / 64, 1.0 - (DIMS / 33) ** 2, np.ones(5), DIMS], ids=str
)
def test_a_curve_that_does_not_flatten_has_no_knee(values: np.ndarray) -> None:
    assert knee_of(DIMS, values) is None


def test_no_knee_is_null() -> None:
    result = knee(planted(1.0 - (DIMS / 33) ** 2), resamples=20, seed=0)
    assert result["fvu"] == {"latent_dim": None, "low": None, "high": None, "share_without": 1.0}
