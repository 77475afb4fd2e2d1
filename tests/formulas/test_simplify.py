"""Simplified formulas: as a person would write them, with the same values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.simplify import (
    simplified,
    tidy,
    without_rounding,
    without_small_constants,
)
from latent_laws.formulas.tokens import is_finite
from tests.formulas.trees import Tree, formula_of, trees

NAMES = ("x", "y", "z")
ROWS = np.random.default_rng(3).normal(size=(60, 3)) * [1.0, 2.0, 0.5]
short_numbers = st.integers(-400, 400).map(lambda number: number / 100)


@settings(max_examples=300, deadline=None)
@given(trees(short_numbers, NAMES, leaves=16))
def test_values_stay_and_nodes_do_not_grow(tree: Tree) -> None:
    formula = formula_of(tree)
    short = simplified(formula, ROWS, NAMES)
    assert short.complexity <= formula.complexity
    assert set(short.features) <= set(formula.features)
    before, after = formula.evaluate(ROWS, NAMES), short.evaluate(ROWS, NAMES)
    size = np.nan_to_num(np.abs(before)).max()
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9 * size)


@settings(max_examples=200, deadline=None)
@given(trees(st.floats(allow_nan=False), NAMES))
def test_constants_of_any_size_are_no_trouble(tree: Tree) -> None:
    formula = formula_of(tree)
    short = simplified(formula)
    assert short == formula or is_finite(short.tokens)


@settings(max_examples=150, deadline=None)
@given(trees(short_numbers, NAMES))
def test_simplifying_twice_changes_no_more_nodes(tree: Tree) -> None:
    once = simplified(formula_of(tree))
    assert simplified(once).complexity <= once.complexity


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x - (-1.4*y)", "x + 1.4*y"),
        ("-(-1.4*y)", "1.4*y"),
        ("x + (-y)", "x - y"),
        ("x + (-1.5)", "x - 1.5"),
        ("-x + y", "y - x"),
        ("square(square(x))", "x**4"),
        ("square(sqrt(x))", "sqrt(x)**2"),
        ("x*x*x/(y*y)", "x**3/y**2"),
        ("2*x + 3*y - x + 1.5 - 0.5", "x + 3*y + 1"),
        ("0.1 + 0.2*x + 0.2*y - 0.3 + 0.2", "0.2*(x + y)"),
        ("3*(2*x + 1) - 6*x", "3"),
        ("(2*x + 2*y)*z", "2*(x + y)*z"),
        ("x/(2*y)", "0.5*x/y"),
        ("1.5*exp(x + 1)", "4.07742274268857*exp(x)"),
        ("log(2*x) - 0.693147180559945", "log(x)"),
        ("tanh(-x) - tanh(x)", "-2*tanh(x)"),
        ("tanh(-x)", "-tanh(x)"),
        ("y - 0.5*sin(-2*x)", "y + 0.5*sin(2*x)"),
        ("cos(-2*x + 7)", "cos(2*x - 0.716814692820414)"),
        ("abs(-3*x)", "3*abs(x)"),
        ("sqrt(4*x)", "2*sqrt(x)"),
        ("-0.3*(-y)*(-2)", "-0.6*y"),
        ("2**x*2**x", "(2**x)**2"),
        ("x + 2.0*3.0", "x + 6"),
        ("x*1.0 + 0.0", "x"),
        ("1.0*x - 0.0", "x"),
        ("y*0.0 + x/1.0", "x"),
        ("tanh(0.0) + x**1.0", "x"),
    ],
)
def test_formulas_read_as_a_person_would_write_them(text: str, written: str) -> None:
    assert simplified(Formula.parse(text, NAMES)).expression == written


@pytest.mark.parametrize("text", ["x/x", "sqrt(x)*sqrt(x)", "1/(1/x)", "x**2/x", "log(x)"])
def test_where_a_formula_is_undefined_stays(text: str) -> None:
    X = np.array([[-1.0, 0, 0], [0, 0, 0], [2, 0, 0]])
    formula = Formula.parse(text, NAMES)
    np.testing.assert_allclose(
        simplified(formula).evaluate(X, NAMES), formula.evaluate(X, NAMES), rtol=1e-12
    )
    cancelled = Formula.parse(f"{text} - ({text}) + y", NAMES)
    np.testing.assert_array_equal(
        np.isnan(simplified(cancelled).evaluate(X, NAMES)), np.isnan(formula.evaluate(X, NAMES))
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x + 3.3e-08", "x"),
        ("x - 1e-9*log(abs(y) + 1)", "x"),
        ("tanh(x + 1e-9) + 1e-8*y", "tanh(x)"),
        ("x*(1 + 1e-9*y)", "x"),
        ("1e-08*x + 1e-08*y", "1e-08*(x + y)"),
        ("x + 1e-3*y", "x + 0.001*y"),
        ("1e6*x - 1e6*(x + 1e-9*y) + z", "z - 0.001*y"),
        ("2", "2"),
    ],
)
def test_tidy_drops_what_is_of_rounding_size_in_the_data(text: str, written: str) -> None:
    assert tidy(Formula.parse(text, NAMES), ROWS, NAMES).expression == written


def test_tidy_judges_size_in_the_data_it_is_given() -> None:
    formula = Formula.parse("x + 1e-6*y", NAMES)
    assert tidy(formula, ROWS * [1, 1e-3, 1], NAMES).expression == "x"
    assert tidy(formula, ROWS * [1, 1e6, 1], NAMES) == formula
    nowhere = Formula.parse("log(x)", NAMES)
    assert tidy(nowhere, -np.abs(ROWS), NAMES) == nowhere


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x - 1 + 4e-13", "x - 1"),
        ("x - 1 + 1e-10", "x - 1 + 1e-10"),
        ("x + 1e-10*y", "x + 1e-10*y"),
    ],
)
def test_only_what_rounding_leaves_is_dropped(text: str, written: str) -> None:
    columns = dict(zip(NAMES, ROWS.T, strict=True))
    tokens = without_rounding(Formula.parse(text, NAMES).tokens, columns)
    assert tokens == Formula.parse(written, NAMES).tokens


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x - 4e-9", "x"),
        ("cos(0.5*x - 3e-11)*sin(y)", "cos(0.5*x)*sin(y)"),
        ("x - 0.001", "x - 0.001"),
        ("x + 1e-09*y", "x + 1e-09*y"),
    ],
)
def test_small_constants_go_and_what_reads_features_stays(text: str, shown: str) -> None:
    short = without_small_constants(Formula.parse(text, NAMES), ROWS, NAMES)
    assert short == Formula.parse(shown, NAMES)


def test_a_feature_that_is_zero_in_all_rows_given_stays() -> None:
    """Of a rare 0/1 column a sample of rows may hold no one."""
    formula = Formula.parse("x + 3*z", NAMES)
    rows = ROWS * [1.0, 1.0, 0.0]
    assert without_small_constants(formula, rows, NAMES) == formula
