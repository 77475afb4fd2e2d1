"""Many small least squares problems, against closed forms and SciPy."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from latent_laws.findings.law_fitting import FAR_OFF, least_squares, residuals

Array = NDArray[np.float64]

X = np.linspace(0.1, 3.0, 12)


def line(parameters: Array) -> Array:
    """Return straight lines."""
    return parameters[:, :1] + parameters[:, 1:] * X


def decay(parameters: Array) -> Array:
    """Return a·exp(-b·x) + c."""
    a, b, c = (parameters[:, k : k + 1] for k in range(3))
    return a * np.exp(-b * X) + c


def test_weighted_lines_are_the_normal_equations() -> None:
    generator = np.random.default_rng(0)
    y, weights = generator.normal(size=len(X)), generator.uniform(0, 1, (5, len(X)))
    fitted, error = least_squares(line, y, weights, np.zeros((5, 2)))
    for own, got, squared in zip(weights, fitted, error, strict=True):
        slope, intercept = np.polyfit(X, y, 1, w=np.sqrt(own))
        np.testing.assert_allclose(got, [intercept, slope], atol=1e-6)
        np.testing.assert_allclose(squared, (own * (intercept + slope * X - y) ** 2).sum())


def test_a_nonlinear_fit_is_scipys() -> None:
    y = decay(np.array([[2.0, 1.3, 0.4]]))[0] + np.random.default_rng(0).normal(0, 0.05, len(X))
    (fitted,), _ = least_squares(decay, y, np.ones((1, len(X))), np.ones((1, 3)))
    expected, _ = curve_fit(lambda x, a, b, c: a * np.exp(-b * x) + c, X, y, p0=np.ones(3))
    np.testing.assert_allclose(fitted, expected, rtol=1e-4)


def test_problems_do_not_touch_each_other() -> None:
    y = decay(np.array([[2.0, 1.3, 0.4]]))[0]
    weights = np.ones((3, len(X)))
    weights[1, :4] = 0.0
    start = np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0], [0.5, 0.2, 0.1]])
    together, _ = least_squares(decay, y, weights, start)
    for k in range(3):
        alone, _ = least_squares(decay, y, weights[k : k + 1], start[k : k + 1])
        np.testing.assert_allclose(together[k], alone[0], atol=1e-5)


def test_a_point_of_no_weight_has_no_effect() -> None:
    y, weights = np.sin(X), np.ones((1, len(X)))
    weights[0, 5] = 0.0
    spoilt = y.copy()
    spoilt[5] = 1e6
    start = np.zeros((1, 2))
    expected = least_squares(line, y, weights, start)[0]
    np.testing.assert_array_equal(least_squares(line, spoilt, weights, start)[0], expected)


def test_a_parameter_without_effect_stays() -> None:
    def flat(parameters: Array) -> Array:
        return parameters[:, :1] + 0.0 * parameters[:, 1:] * X

    (fitted,), _ = least_squares(flat, X, np.ones((1, len(X))), np.array([[0.0, 0.7]]))
    np.testing.assert_allclose(fitted, [X.mean(), 0.7], atol=1e-8)


def test_undefined_values_count_as_far_off() -> None:
    found = residuals(lambda p: np.log(p[:, :1] * X), np.zeros(len(X)), np.array([[-1.0], [1.0]]))
    assert (found[0] == FAR_OFF).all()
    np.testing.assert_allclose(found[1], np.log(X))


def test_it_repeats_to_the_last_bit_wherever_its_arrays_lie() -> None:
    y = decay(np.array([[2.0, 1.3, 0.4]]))[0] + 0.1 * np.sin(9 * X)
    results = set()
    for offset in range(8):
        memory = np.empty(len(X) + offset)
        memory[offset:] = y
        fitted, _ = least_squares(decay, memory[offset:], np.ones((4, len(X))), np.ones((4, 3)))
        results.add(fitted.tobytes())
    assert len(results) == 1
