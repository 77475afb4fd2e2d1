"""The grammar of global laws: every form decays, fits what it made, and prints what it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.analysis.law_forms import (
    VARIABLE,
    Form,
    edge,
    exponential,
    exponential_law,
    grammar,
    power_law,
    shifted_power,
)

DIMS = np.array([2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 40.0, 48.0])
RANK = 51
FORMS = grammar(RANK, max_parameters=4)


def planted_parameters(form: Form) -> np.ndarray:
    """Return parameters under which every part of a form shows."""
    return np.concatenate(
        [factor.grid[len(factor.grid) // 2] for factor in form.factors]
        + [[-0.3]] * form.amplitude
        + [[-9.0]] * form.floor
    )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.name} {form.amplitude}")
def test_a_form_fits_the_curve_that_it_made(form: Form) -> None:
    log_fvu = form.log_fvu(DIMS, planted_parameters(form))
    fitted = form.log_fvu(DIMS, form.fit(DIMS, log_fvu))
    # flat directions (a floor far below the curve) leave a little
    np.testing.assert_allclose(fitted, log_fvu, atol=0.02)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.name} {form.amplitude}")
def test_the_printed_law_is_the_form(form: Form) -> None:
    parameters = planted_parameters(form)
    formula = form.formula(parameters)
    assert formula.features == (VARIABLE,)
    assert len(formula.constants) >= form.n_parameters
    printed = formula.evaluate(DIMS[:, None], [VARIABLE])
    np.testing.assert_allclose(np.log(printed), form.log_fvu(DIMS, parameters), atol=1e-3)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), form=st.sampled_from(FORMS))
def test_every_form_falls(data: st.DataObject, form: Form) -> None:
    values = data.draw(
        st.lists(st.floats(-3, 2), min_size=form.n_parameters, max_size=form.n_parameters)
    )
    assert (np.diff(form.log_fvu(DIMS, np.array(values))) <= 1e-12).all()


@pytest.mark.parametrize("form", [f for f in FORMS if not f.amplitude and not f.floor])
def test_without_amplitude_no_latents_leave_all_variance(form: Form) -> None:
    almost_none = form.log_fvu(np.array([1e-12]), planted_parameters(form))
    assert almost_none[0] == pytest.approx(0.0, abs=1e-3)


def test_constants_are_recovered() -> None:
    law = Form((exponential(),), amplitude=True, floor=True)
    fvu = 0.7 * np.exp(-0.25 * DIMS) + 1e-3
    np.testing.assert_allclose(np.exp(law.fit(DIMS, np.log(fvu))), [0.25, 0.7, 1e-3], rtol=1e-4)
    plunge = Form((edge(RANK),), amplitude=False, floor=False)
    fitted = plunge.fit(DIMS, 2.5 * np.log(1 - DIMS / RANK))
    assert np.exp(fitted) == pytest.approx([2.5], rel=1e-4)


def test_two_parameter_laws_are_least_squares_lines() -> None:
    log_fvu = np.random.default_rng(0).normal(size=len(DIMS)) - np.arange(len(DIMS))
    for law, x in ((power_law(), np.log(DIMS)), (exponential_law(), DIMS)):
        slope, intercept = np.polyfit(x, log_fvu, 1)
        rate, amplitude = law.fit(DIMS, log_fvu)
        assert (-np.exp(rate), amplitude) == pytest.approx((slope, intercept), rel=1e-3)


def test_the_grammar_keeps_to_its_limit_and_puts_the_simple_first() -> None:
    sizes = [form.n_parameters for form in FORMS]
    assert sizes == sorted(sizes)
    assert max(sizes) == 4
    assert {form.n_parameters for form in grammar(RANK, max_parameters=1)} == {1}
    assert len({(form.name, form.amplitude) for form in FORMS}) == len(FORMS)


def test_a_fit_from_a_start_uses_that_start() -> None:
    law = Form((shifted_power(),), amplitude=False, floor=False)
    truth = np.array([2.0, 0.5])
    fitted = law.fit(DIMS, law.log_fvu(DIMS, truth), start=truth)
    np.testing.assert_allclose(fitted, truth, atol=1e-8)
