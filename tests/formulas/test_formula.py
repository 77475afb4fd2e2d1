"""Meaning of formulas: three backends agree, constants, folding, errors."""

import doctest
import math
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
import sympy
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.formulas import formula as formula_module
from latent_laws.formulas.formula import Formula, FormulaError
from tests.formulas.trees import Tree, count_nodes, formula_of, trees

NAMES = ("x", "y", "wind speed")
ROWS = np.random.default_rng(0).normal(size=(40, 3)) * [1.0, 2.0, 0.5]
short_numbers = st.integers(-400, 400).map(lambda number: number / 100)
number = st.floats(-100, 100, allow_nan=False).filter(lambda value: abs(value) > 1e-3)


def parse(text: str) -> Formula:
    return Formula.parse(text, NAMES)


def well_conditioned(formula: Formula) -> NDArray[np.bool_]:
    """Rows where a tiny change of the inputs changes the value little or not at all."""
    value = formula.evaluate(ROWS, NAMES)
    stable = np.ones(len(ROWS), dtype=np.bool_)
    for factor in (1 + 1e-11, 1 - 1e-11):
        moved = formula.evaluate(ROWS * factor, NAMES)
        near = np.abs(moved - value) <= 1e-8 * np.abs(value)
        stable &= near | (np.isnan(moved) & np.isnan(value))
    return stable


@settings(max_examples=200, deadline=None)
@given(trees(st.floats(-1e3, 1e3), NAMES))
def test_complexity_is_the_number_of_nodes(tree: Tree) -> None:
    assert formula_of(tree).complexity == count_nodes(tree)


@settings(max_examples=200, deadline=None)
@given(trees(short_numbers, NAMES))
def test_torch_agrees_with_numpy(tree: Tree) -> None:
    formula = formula_of(tree)
    rows = well_conditioned(formula)
    ours = formula.evaluate(ROWS, NAMES)
    theirs = formula.torch(torch.from_numpy(ROWS), NAMES).numpy()
    assert theirs.shape == (len(ROWS),)
    np.testing.assert_allclose(theirs[rows], ours[rows], rtol=1e-6, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(trees(short_numbers, NAMES, leaves=8))
def test_sympy_agrees_with_numpy_where_defined(tree: Tree) -> None:
    try:
        formula = parse(formula_of(tree).expression)
    except FormulaError:
        assume(False)
    ours = formula.evaluate(ROWS, NAMES)
    rows = well_conditioned(formula) & np.isfinite(ours)
    assume(rows.any())
    function = sympy.lambdify([sympy.Symbol(n, real=True) for n in NAMES], formula.sympy(), "numpy")
    with np.errstate(all="ignore"):
        theirs = np.broadcast_to(function(*ROWS.astype(np.complex128).T), len(ROWS))
    np.testing.assert_allclose(theirs[rows], ours[rows], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "closed_form"),
    [
        ("0.5*x - y/3", lambda x, y: 0.5 * x - y / 3),
        ("tanh(1.3*x) + exp(-y**2)", lambda x, y: np.tanh(1.3 * x) + np.exp(-(y**2))),
        ("sin(x)*cos(y) - tan(x)", lambda x, y: np.sin(x) * np.cos(y) - np.tan(x)),
        ("sqrt(abs(x)) + log(square(y))", lambda x, y: np.abs(x) ** 0.5 + 2 * np.log(np.abs(y))),
        ("cube(x) - inv(y) + x**3", lambda x, y: 2 * x**3 - 1 / y),
        ("-x + 2**y", lambda x, y: 2**y - x),
        ("x", lambda x, y: x),
        ("4", lambda x, y: np.full_like(x, 4.0)),
    ],
)
def test_values_are_the_closed_forms(text: str, closed_form: object) -> None:
    assert callable(closed_form)
    expected = closed_form(ROWS[:, 0], ROWS[:, 1])
    formula = parse(text)
    np.testing.assert_allclose(formula.evaluate(ROWS, NAMES), expected, rtol=1e-12)
    np.testing.assert_allclose(
        formula.evaluate(ROWS.astype(np.float32), NAMES), expected, rtol=2e-4, atol=1e-4
    )
    at_point = [
        complex(formula.sympy().subs(dict(zip(symbols(), row, strict=True))).evalf())
        for row in ROWS[:3].tolist()
    ]
    np.testing.assert_allclose(at_point, expected[:3], rtol=1e-9)


def symbols() -> list[sympy.Symbol]:
    return [sympy.Symbol(name, real=True) for name in NAMES]


@pytest.mark.parametrize(
    ("text", "undefined_at"),
    [
        ("log(x)", [-1.0, 0.0]),
        ("sqrt(x)", [-1.0]),
        ("1/x", [0.0]),
        ("x/x", [0.0]),
        ("inv(x)", [0.0]),
        ("x**-2", [0.0]),
        ("x**0.5", [-1.0]),
        ("tanh(1/x)", [0.0]),
        ("1/(1/x)", [0.0]),
        ("tanh(log(x))", [-1.0, 0.0]),
        ("exp(1000*x)", [1.0, 2.0]),
        ("x**2", []),
    ],
)
def test_undefined_is_nan_without_warnings(text: str, undefined_at: list[float]) -> None:
    points = np.array([-1.0, 0.0, 1.0, 2.0])
    X = np.stack([points, points, points], axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = parse(text).evaluate(X, NAMES)
        torch_value = parse(text).torch(torch.from_numpy(X), NAMES).numpy()
    np.testing.assert_array_equal(np.isnan(value), np.isin(points, undefined_at))
    np.testing.assert_allclose(torch_value, value)


def test_evaluation_leaves_the_table_alone() -> None:
    X = np.full((3, 3), np.inf)
    formula = parse("x")
    assert np.isnan(formula.evaluate(X, NAMES)).all()
    assert np.isinf(X).all()
    value = formula.evaluate(ROWS, NAMES)
    value[:] = 0
    assert not (ROWS[:, 0] == 0).any()


def test_columns_are_found_by_name() -> None:
    formula = parse("x - 2*`wind speed`")
    swapped = formula.evaluate(ROWS[:, [2, 0]], ["wind speed", "x"])
    np.testing.assert_array_equal(swapped, formula.evaluate(ROWS, NAMES))
    assert formula.evaluate(np.empty((0, 3)), NAMES).shape == (0,)


def test_gradients_reach_the_inputs() -> None:
    x = torch.from_numpy(ROWS[:5]).requires_grad_()
    value = parse("x**2*y + tanh(`wind speed`)").torch(x, NAMES)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    expected = [2 * ROWS[:5, 0] * ROWS[:5, 1], ROWS[:5, 0] ** 2, 1 / np.cosh(ROWS[:5, 2]) ** 2]
    np.testing.assert_allclose(gradient.numpy(), np.stack(expected, axis=1))


def test_torch_keeps_the_precision_of_its_input() -> None:
    x = torch.from_numpy(ROWS).float()
    assert parse("0.1*x + 2").torch(x, NAMES).dtype == torch.float32
    assert parse("2").torch(x, NAMES).dtype == torch.float32


def test_sympy_speaks_of_real_features_and_small_integers() -> None:
    x, _, wind = symbols()
    assert parse("x**2 + 3*`wind speed`").sympy() == x**2 + 3 * wind
    assert parse("sqrt(square(x))").sympy() == sympy.Abs(x)
    mixed = parse("x*`wind speed` + x").sympy().diff(x).diff(wind)
    assert mixed == 1


def test_features_and_constants_are_listed_in_order() -> None:
    formula = parse("y*2 + x*y - 0.5**x")
    assert formula.features == ("y", "x")
    assert formula.constants == (2.0, 0.5)
    assert formula.with_constants([3, -4]).expression == "y*3 + x*y - (-4)**x"


def test_constants_of_wrong_count_or_value_are_refused() -> None:
    with pytest.raises(FormulaError, match="got 1 constants; the formula takes 2"):
        parse("2*x + 1").with_constants([1.0])
    with pytest.raises(FormulaError, match="constant 1 is nan"):
        parse("2*x + 1").with_constants([1.0, math.nan])


def test_rounding_keeps_significant_digits() -> None:
    assert parse("0.00012345*x - 98765.4").round(3).expression == "0.000123*x - 98800"


def test_linear_counts_four_nodes_a_term() -> None:
    weights = {"x": 0.25, "y": -0.5, "wind speed": 1.0}
    with_intercept = Formula.linear(-1.5, weights, NAMES)
    assert with_intercept.expression == "0.25*x - 0.5*y + 1*`wind speed` - 1.5"
    assert with_intercept.complexity == 4 * 3 + 1
    assert Formula.linear(0.0, weights, NAMES).complexity == 4 * 3 - 1
    assert Formula.linear(0.0, {"y": -0.5, "x": 0.0}, NAMES).expression == "-0.5*y"
    assert Formula.linear(2.0, {}, NAMES).expression == "2"
    assert Formula.linear(0.0, {}, NAMES).expression == "0"
    np.testing.assert_allclose(
        with_intercept.evaluate(ROWS, NAMES), ROWS @ [0.25, -0.5, 1.0] - 1.5, rtol=1e-12
    )


def test_linear_refuses_unknown_features_and_nan() -> None:
    with pytest.raises(FormulaError, match="'z'; accepted are the 3 given"):
        Formula.linear(0.0, {"z": 1.0}, NAMES)
    with pytest.raises(FormulaError, match="weight of 'x' is nan"):
        Formula.linear(0.0, {"x": math.nan}, NAMES)
    with pytest.raises(FormulaError, match="intercept is inf"):
        Formula.linear(math.inf, {"x": 1.0}, NAMES)


@settings(max_examples=150, deadline=None)
@given(trees(short_numbers, NAMES), trees(short_numbers, NAMES))
def test_sums_add_values_and_at_most_two_nodes(first: Tree, second: Tree) -> None:
    a, b = formula_of(first), formula_of(second)
    total = Formula.sum(a, b)
    assert total.complexity <= a.complexity + b.complexity + 2
    wanted = a.evaluate(ROWS, NAMES) + b.evaluate(ROWS, NAMES)
    rows = well_conditioned(a) & well_conditioned(b) & np.isfinite(wanted)
    size = np.abs(a.evaluate(ROWS, NAMES)) + np.abs(b.evaluate(ROWS, NAMES))
    near = np.abs(total.evaluate(ROWS, NAMES) - wanted) <= 1e-6 * size + 1e-9
    assert near[rows & well_conditioned(total)].all()


def test_sum_is_flat_and_merges_constants() -> None:
    total = Formula.sum(parse("0.5*x + 1"), parse("-2*y + tanh(x) - 3"))
    assert total.expression == "0.5*x - 2*y + tanh(x) - 2"
    assert Formula.sum(parse("x + 1"), parse("y - 1")).expression == "x + y"


def test_wrong_tables_are_refused_by_shape_and_name() -> None:
    formula = parse("x + y")
    with pytest.raises(FormulaError, match=r"shape \(40, 2\); accepted is rows x 3"):
        formula.evaluate(ROWS[:, :2], NAMES)
    with pytest.raises(FormulaError, match=r"shape \(40,\)"):
        formula.evaluate(ROWS[:, 0], NAMES)
    with pytest.raises(FormulaError, match="'y', which is not among the 2 given"):
        formula.evaluate(ROWS[:, :2], ["x", "z"])
    with pytest.raises(FormulaError, match="rows x 3"):
        formula.torch(torch.zeros(4, 2), NAMES)


def test_formulas_are_values() -> None:
    formula = parse("0.5*x + tanh(y)")
    assert formula.expression == str(formula)
    assert formula == parse("(0.5*x) + tanh(y)")
    assert len({formula, parse("0.5*x + tanh(y)"), parse("0.5*x")}) == 2
    assert pickle.loads(pickle.dumps(formula)) == formula  # noqa: S301 - own bytes
    assert formula != parse("0.25*x + tanh(y)")
    with pytest.raises(AttributeError):
        formula.tokens = ()  # type: ignore[misc]  # the point of the test
    assert issubclass(FormulaError, LatentLawsError)


def test_renaming_keeps_the_tree() -> None:
    renamed = parse("0.5*x - tanh(y)*x").renamed({"x": "Soil Type", "z": "unused"})
    assert renamed.expression == "0.5*`Soil Type` - tanh(y)*`Soil Type`"


def test_formulas_need_no_torch() -> None:
    """PySR's process must not import torch before Julia."""
    program = (
        "import sys; from latent_laws.formulas.formula import Formula; "
        "Formula.parse('x + 1', ['x']).latex(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_examples_in_docstrings_hold() -> None:
    results = doctest.testmod(formula_module)
    assert results.attempted > 0
    assert results.failed == 0
