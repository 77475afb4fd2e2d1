"""The grammar of global laws: every form decays, fits what it made, and prints what it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latent_laws.findings.law_forms import (
    VARIABLE,
    Form,
    edge,
    exponential,
    exponential_law,
    grammar,
    power_law,
    shifted_power,
)

Array = NDArray[np.float64]

DIMS = np.array([2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 40.0, 48.0])
RANK = 51
FORMS = grammar(RANK, max_parameters=4)


def label(form: Form) -> str:
    """Return what tells a form from the others."""
    return f"A * {form.name}" if form.amplitude else form.name


def planted_parameters(form: Form) -> Array:
    """Return parameters under which every part of a form shows."""
    return np.concatenate(
        [factor.grid[len(factor.grid) // 2] for factor in form.factors]
        + [[-0.3]] * form.amplitude
        + [[-9.0]] * form.floor
    )


def curve(form: Form, parameters: Array, m: Array = DIMS) -> Array:
    """Return the log FVU of one parameter vector."""
    return form.log_fvu(m, parameters[None])[0]


def fit(form: Form, log_fvu: Array) -> Array:
    """Fit all latent dimensions."""
    return form.fit(DIMS, log_fvu, np.ones((1, len(DIMS))))[0]


@pytest.mark.parametrize("form", FORMS, ids=label)
def test_a_form_fits_the_curve_that_it_made(form: Form) -> None:
    log_fvu = curve(form, planted_parameters(form))
    # flat directions (a floor far below the curve) leave a little
    np.testing.assert_allclose(curve(form, fit(form, log_fvu)), log_fvu, atol=0.02)


@pytest.mark.parametrize("form", FORMS, ids=label)
def test_the_printed_law_is_the_form(form: Form) -> None:
    parameters = planted_parameters(form)
    formula = form.formula(parameters)
    assert formula.features == (VARIABLE,)
    assert len(formula.constants) >= form.n_parameters
    printed = formula.evaluate(DIMS[:, None], [VARIABLE])
    np.testing.assert_allclose(np.log(printed), curve(form, parameters), atol=1e-3)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), form=st.sampled_from(FORMS))
def test_every_form_falls(data: st.DataObject, form: Form) -> None:
    values = data.draw(
        st.lists(st.floats(-3, 2), min_size=form.n_parameters, max_size=form.n_parameters)
    )
    assert (np.diff(curve(form, np.array(values))) <= 1e-12).all()


@pytest.mark.parametrize("form", [f for f in FORMS if not f.amplitude and not f.floor], ids=label)
def test_without_amplitude_no_latents_leave_all_variance(form: Form) -> None:
    almost_none = curve(form, planted_parameters(form), np.array([1e-12]))
    assert almost_none[0] == pytest.approx(0.0, abs=1e-3)


def test_constants_are_recovered() -> None:
    law = Form((exponential(),), amplitude=True, floor=True)
    fvu = 0.7 * np.exp(-0.25 * DIMS) + 1e-3
    np.testing.assert_allclose(np.exp(fit(law, np.log(fvu))), [0.25, 0.7, 1e-3], rtol=1e-4)
    plunge = Form((edge(RANK),), amplitude=False, floor=False)
    fitted = fit(plunge, 2.5 * np.log(1 - DIMS / RANK))
    assert np.exp(fitted) == pytest.approx([2.5], rel=1e-4)


def test_two_parameter_laws_are_least_squares_lines() -> None:
    log_fvu = np.random.default_rng(0).normal(size=len(DIMS)) - np.arange(len(DIMS))
    for law, x in ((power_law(), np.log(DIMS)), (exponential_law(), DIMS)):
        slope, intercept = np.polyfit(x, log_fvu, 1)
        rate, amplitude = fit(law, log_fvu)
        assert (-np.exp(rate), amplitude) == pytest.approx((slope, intercept), rel=1e-3)


def test_each_fit_sees_only_what_its_weights_leave_in() -> None:
    law = exponential_law()
    log_fvu = np.log(0.8) - 0.1 * DIMS
    spoilt = log_fvu.copy()
    spoilt[3] += 5.0
    weights = np.ones((2, len(DIMS)))
    weights[1, 3] = 0.0
    all_points, without = law.fit(DIMS, spoilt, weights)
    np.testing.assert_allclose(np.exp(without), [0.1, 0.8], rtol=1e-5)
    assert abs(np.exp(all_points[1]) - 0.8) > 0.1


def test_a_fit_stays_at_a_start_that_is_the_truth() -> None:
    law = Form((shifted_power(),), amplitude=False, floor=False)
    truth = np.array([[2.0, 0.5]])
    fitted = law.fit(DIMS, law.log_fvu(DIMS, truth)[0], np.ones((1, len(DIMS))), start=truth)
    np.testing.assert_allclose(fitted, truth, atol=1e-8)


def test_the_grammar_keeps_to_its_limit_and_puts_the_simple_first() -> None:
    sizes = [form.n_parameters for form in FORMS]
    assert sizes == sorted(sizes)
    assert max(sizes) == 4
    assert {form.n_parameters for form in grammar(RANK, max_parameters=1)} == {1}
    assert len(set(map(label, FORMS))) == len(FORMS)
