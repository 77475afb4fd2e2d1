import numpy as np
import pytest

from latent_laws.formulas.formula import Formula
from latent_laws.search.problem import Knowledge
from latent_laws.search.refit import angle_constants
from latent_laws.search.tuning import tune, values_and_slopes

NAMES = ["a", "b", "c"]
X = np.abs(np.random.default_rng(0).normal(size=(300, 3))) + 0.2
COLUMNS = dict(zip(NAMES, X.T, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "1.5*tanh(0.8*a + 0.3*b - 0.2)*b - 0.7*abs(c - 0.1*a)",
        "exp(0.2*a*b)/(2.0 + square(0.3*c)) + 0.4",
        "0.3*sin(2.0*a) - cos(0.7*b) + tan(0.1*c) + 2.0",
        "log(1.3*a)*sqrt(0.4*b) - inv(0.5*c) + cube(0.2*a) - 2.0*b**3 - (-0.3*c)",
    ],
)
def test_slopes_are_those_of_finite_differences(text: str) -> None:
    formula = Formula.parse(text, NAMES)
    values, slopes = values_and_slopes(formula.tokens, COLUMNS, len(X))
    np.testing.assert_allclose(values, formula.evaluate(X, NAMES))
    exponents = {i for i, value in enumerate(formula.constants) if value == 3}
    for place in set(range(len(slopes))) - exponents:
        ends = []
        for step in (1e-6, -1e-6):
            constants = list(formula.constants)
            constants[place] += step
            ends.append(formula.with_constants(constants).evaluate(X, NAMES))
        np.testing.assert_allclose(slopes[place], (ends[0] - ends[1]) / 2e-6, atol=1e-6)


def test_planted_constants_come_back_and_fixed_ones_stay() -> None:
    truth = Formula.parse("1.5*tanh(0.8*a + 0.3*b - 0.2) - 0.7*c", NAMES)
    y = truth.evaluate(X, NAMES)
    start = truth.with_constants([value * 1.2 for value in truth.constants])
    tokens, error = tune(start.tokens, COLUMNS, y, 30)
    np.testing.assert_allclose(Formula(tokens).constants, truth.constants, rtol=1e-6)
    assert error < 1e-15
    held, _ = tune(start.tokens, COLUMNS, y, 30, fixed=[1])
    assert Formula(held).constants[1] == start.constants[1]
    assert Formula(held).constants[0] != start.constants[0]


def test_what_is_undefined_is_left_alone() -> None:
    formula = Formula.parse("log(a - 100.0) + 2.0*b", NAMES)
    tokens, error = tune(formula.tokens, COLUMNS, X[:, 1], 5)
    assert tokens == formula.tokens
    assert error == np.inf


def test_angles_are_told_from_other_constants() -> None:
    knowledge = Knowledge(angles={"a": (0.5, 0.1)})
    formula = Formula.parse("2.0*cos(0.1*a + 0.5)*b + 0.1*a + 0.5", NAMES)
    assert angle_constants(formula.tokens, knowledge) == [1, 2]
