"""Formulas on the page mean what they mean everywhere else, where undefined too."""

from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from selenium.webdriver import Chrome

from latent_laws.reporting.candidates import postfix
from tests.formulas.trees import Tree, formula_of, trees

pytestmark = pytest.mark.browser

NAMES = ("x", "y", "z")
ROWS = np.array([[0.5, -1.25, 2.0], [0.0, 0.0, 0.0], [-0.75, 3.0, 0.0], [1.0, -1.0, -2.0]])
NOWHERE = ("/", ("constant", 0.0), ("constant", 0.0))
ZERO, ONE = ("constant", 0.0), ("constant", 1.0)


def by_the_page(browser: Chrome, trees: list[Tree]) -> Any:
    """Values, formulas x rows, by the script of the page; NaN where it says undefined."""
    script = files("latent_laws.reporting").joinpath("templates/formulas.js").read_text("utf-8")
    evaluator = script[script.index("const BINARY") : script.index("const read")]
    tokens = [postfix(formula_of(tree), NAMES) for tree in trees]
    found = browser.execute_script(
        evaluator
        + """return arguments[0].map((tokens) => arguments[1].map((row) => {
        const value = evaluate(tokens, (place) => row[place]);
        return Number.isNaN(value) ? null : value; }));""",
        tokens,
        ROWS.tolist(),
    )
    return np.array(found, dtype=np.float64)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(trees(st.integers(-300, 300).map(lambda one: one / 100), NAMES), min_size=9))
@example([("**", NOWHERE, ZERO), ("**", ONE, NOWHERE), ("**", ZERO, ("constant", -1.0))])
def test_any_formula_has_the_values_of_evaluate(browser: Chrome, trees: list[Tree]) -> None:
    for tree, made in zip(trees, by_the_page(browser, trees), strict=True):
        formula = formula_of(tree)
        wanted = formula.evaluate(ROWS, NAMES)
        with np.errstate(all="ignore"):  # near a pole, or a sine of millions, rounding is all
            moved = formula.evaluate(ROWS * (1 + 1e-12), NAMES)
            settled = np.isnan(wanted) | (np.abs(moved - wanted) <= 1e-9 * np.abs(wanted))
        np.testing.assert_allclose(
            made[settled], wanted[settled], rtol=1e-6, atol=1e-9, err_msg=str(tree)
        )
