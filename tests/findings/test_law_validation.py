"""The choice of the global law, on planted curves and on what it must not see."""

import numpy as np
import pytest

from latent_laws.findings.law_forms import grammar
from latent_laws.findings.law_validation import Validation, baselines, choose_law, fit_form

DIMS = np.array([2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 44.0])
RANK = 51
FORMS = grammar(RANK, max_parameters=3)

CURVES = {
    "power": 0.9 * DIMS**-0.7,
    "exponential": 0.8 * np.exp(-0.11 * DIMS),
    "exponential + floor": np.exp(-0.3 * DIMS) + 2e-4,
    "power * edge": 1.1 * DIMS**-0.4 * (1 - DIMS / RANK) ** 1.7,
    "stretched exponential": np.exp(-0.5 * DIMS**0.6),
}


@pytest.mark.parametrize("planted", CURVES)
def test_a_planted_law_is_found_and_predicts_what_is_left_out(planted: str) -> None:
    log_fvu = np.log(CURVES[planted])
    law = choose_law(FORMS, DIMS, log_fvu)
    others = baselines(DIMS, log_fvu, log_fvu + 0.3)

    assert law.fit.form.name == planted
    assert set(law.choices) == {planted}
    assert law.nested.rmse < 2e-3
    printed = law.fit.form.formula(law.fit.parameters).evaluate(DIMS[:, None], ["latent_dim"])
    np.testing.assert_allclose(printed, CURVES[planted], rtol=5e-3)
    assert others["constant"].rmse > 0.2
    for simple, name in (("power", "power_law"), ("exponential", "exponential")):
        assert (others[name].rmse < 1e-3) == (planted == simple)


def test_noise_costs_no_more_than_noise() -> None:
    noise = np.random.default_rng(0).normal(scale=0.02, size=len(DIMS))
    log_fvu = np.log(CURVES["power * edge"]) + noise
    law = choose_law(FORMS, DIMS, log_fvu)
    assert law.nested.rmse < 0.05
    assert law.nested.rmse < 0.5 * baselines(DIMS, log_fvu, log_fvu)["exponential"].rmse


@pytest.mark.parametrize("at", [0, 3, 6])
def test_the_left_out_latent_dimension_does_not_reach_its_prediction(at: int) -> None:
    """A measurement that is moved moves its own error by as much, and nothing else about it."""
    log_fvu = np.log(CURVES["power * edge"])
    moved = log_fvu.copy()
    moved[at] += 0.5
    few = grammar(RANK, max_parameters=2)
    before, after = choose_law(few, DIMS, log_fvu), choose_law(few, DIMS, moved)

    expected = before.nested.errors[at] - 0.5 / np.log(10.0)
    assert after.nested.errors[at] == pytest.approx(expected, abs=1e-12)
    assert after.choices[at] == before.choices[at]
    for name, other in baselines(DIMS, moved, log_fvu).items():
        unmoved = baselines(DIMS, log_fvu, log_fvu)[name].errors[at]
        assert other.errors[at] == pytest.approx(unmoved - 0.5 / np.log(10.0), abs=1e-12)


def test_inner_errors_leave_two_out() -> None:
    log_fvu = np.log(CURVES["power"])
    fit = fit_form(FORMS[0], DIMS, log_fvu)
    assert np.isnan(np.diag(fit.inner)).all()
    assert np.isfinite(fit.inner[~np.eye(len(DIMS), dtype=bool)]).all()


def test_pca_baselines() -> None:
    log_fvu = np.log(CURVES["power"])
    found = baselines(DIMS, log_fvu, 2 * log_fvu + 1)
    np.testing.assert_allclose(found["pca_spectrum"].errors, (log_fvu + 1) / np.log(10.0))
    assert found["scaled_pca_spectrum"].rmse < 1e-9


def test_errors_are_summed_up_in_both_units() -> None:
    summary = Validation(np.array([0.0, np.log10(1.1), -np.log10(2.0)])).summary()
    assert summary["median_relative_error"] == pytest.approx(0.1)
    assert summary["max_relative_error"] == pytest.approx(0.5)
    assert Validation(np.array([0.0, np.nan])).rmse == np.inf
