"""How many latents a loss takes and whether returns diminish, on curves whose shape is known."""

import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.latents_needed import (
    ErrorCurve,
    latents_at,
    latents_for,
    returns,
    variables_by_lateness,
)

DIMS = np.array([2.0, 4.0, 8.0, 16.0, 32.0])


def planted(fvu: np.ndarray, noise: float = 0.0, n_variables: int = 12) -> ErrorCurve:
    """Return a curve of variables of unequal variance and 3 trainings, the FVU known."""
    generator = np.random.default_rng(0)
    variance = pd.Series(np.linspace(0.2, 2.0, n_variables), [f"v{i}" for i in range(n_variables)])
    mse = tuple(
        pd.DataFrame(
            value * variance.to_numpy() * np.exp(noise * generator.normal(size=(3, n_variables))),
            columns=variance.index,
        )
        for value in fvu
    )
    return ErrorCurve(DIMS, mse, variance)


def test_the_frame_is_read_by_group_without_features_that_do_not_vary() -> None:
    rows = [
        (dim, seed, feature, mse, fvu)
        for dim, scale in ((4, 0.5), (2, 1.0))
        for seed in (0, 1)
        for feature, mse, fvu in (
            ("b", 0.3 * scale, 0.1 * scale),
            ("a_0", 0.8 * scale, 0.4 * scale),
            ("a_1", 0.2 * scale, 0.1 * scale),
            ("constant", 0.0, np.nan),
        )
    ]
    frame = pd.DataFrame(rows, columns=["latent_dim", "seed", "feature", "mse", "fvu"])
    curve = ErrorCurve.from_frame(frame, {"a_0": "a", "a_1": "a"})
    np.testing.assert_array_equal(curve.dims, [2, 4])
    assert curve.variance.to_dict() == pytest.approx({"b": 3.0, "a": 4.0})
    np.testing.assert_allclose(curve.fvu, [[0.1, 0.25], [0.05, 0.125]])
    np.testing.assert_allclose(curve.overall, [1.3 / 7, 0.65 / 7])


def test_latents_are_interpolated_on_the_log_scale() -> None:
    fvu = np.exp(-0.3 * DIMS)
    for loss in (0.9, 0.1, 0.01, 1e-4):
        assert latents_at(loss, DIMS, fvu) == pytest.approx(-np.log(loss) / 0.3)
    assert latents_at(1e-5, DIMS, fvu) == np.inf


def test_the_interval_covers_the_planted_number_and_narrows_without_noise() -> None:
    curve = planted(np.exp(-0.3 * DIMS), noise=0.2)
    found = latents_for(0.01, curve, curve.resampled(400, 0))
    assert found.low < -np.log(0.01) / 0.3 < found.high  # type: ignore[operator]  # not None
    exact = planted(np.exp(-0.3 * DIMS))
    again = latents_for(0.01, exact, exact.resampled(400, 0))
    assert again.high - again.low < 1e-9  # type: ignore[operator]  # not None


def test_a_loss_that_some_resamples_never_reach_has_no_upper_end() -> None:
    curve = planted(np.array([0.5, 0.3, 0.2, 0.12, 0.1]), noise=0.3)
    found = latents_for(0.1, curve, curve.resampled(300, 0))
    assert found.low is not None
    assert found.high is None
    assert latents_for(0.001, curve, curve.resampled(300, 0)).latents is None


def test_variables_that_come_late_come_first() -> None:
    curve = planted(np.exp(-0.3 * DIMS), n_variables=3)
    late = tuple(rows * [1.0, 100.0, 1e9] for rows in curve.mse)
    found = variables_by_lateness(ErrorCurve(DIMS, late, curve.variance))
    assert [own.variable for own in found] == ["v2", "v1", "v0"]
    assert found[0].at_10_percent is None
    assert found[1].at_1_percent == pytest.approx(np.log(1e4) / 0.3)
    assert found[2].at_10_percent == pytest.approx(np.log(10) / 0.3)
    assert sum(own.variance_share for own in found) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("fvu", "shares"),
    [
        (np.exp(-0.2 * DIMS), (1.0, 1.0)),
        (1 - (DIMS / 33) ** 2, (0.0, 0.0)),
        (1 - DIMS / 64, (0.0, 0.6)),
    ],
    ids=["convex", "concave", "straight"],
)
def test_returns_diminish_only_where_the_curve_is_convex(
    fvu: np.ndarray, shares: tuple[float, float]
) -> None:
    curve = planted(fvu, noise=0.03)
    found = returns(curve, curve.resampled(400, 0))
    assert shares[0] <= found.share <= shares[1]
    assert found.null_share < 0.6


def test_the_straight_line_shows_when_the_test_could_not_fail() -> None:
    two_gains = ErrorCurve(DIMS[:3], planted(np.exp(-DIMS), noise=0.5).mse[:3], pd.Series([1.0]))
    curve = ErrorCurve(
        two_gains.dims, tuple(rows[["v0"]] for rows in two_gains.mse), pd.Series([1.0], ["v0"])
    )
    assert returns(curve, curve.resampled(400, 0)).null_share > 0.1


def test_resamples_are_centred_on_the_curve_and_repeat() -> None:
    curve = planted(np.exp(-0.1 * DIMS), noise=0.1)
    sampled = curve.resampled(2000, seed=1)
    np.testing.assert_allclose(sampled.mean(axis=0), curve.overall, rtol=0.02)
    np.testing.assert_array_equal(sampled, curve.resampled(2000, seed=1))
    assert not np.array_equal(sampled, curve.resampled(2000, seed=2))
