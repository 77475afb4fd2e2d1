"""Formulas of scaled inputs and of raw columns have the same values."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.formulas.units import Scaling, raw_formula
from tests.formulas.trees import Tree, formula_of, trees

NAMES = ("Elevation", "Aspect", "Slope", "Hillshade_Noon", "Wilderness_Area_0")
SAMPLE = Path(__file__).parents[2] / "data/01_raw/covertype_sample.csv.gz"
RAW = pd.read_csv(SAMPLE, nrows=400)[list(NAMES)].to_numpy(np.float64)
REAL = Scaling(
    NAMES,
    (*RAW.mean(axis=0)[:4].tolist(), 0.0),
    (*RAW.std(axis=0)[:4].tolist(), 1.0),
    ("metre", "degree", "degree", None, None),
)
short_numbers = st.integers(-400, 400).map(lambda number: number / 100)


@st.composite
def scalings(draw: st.DrawFn) -> Scaling:
    mean = draw(st.lists(st.floats(-1e4, 1e4), min_size=5, max_size=5))
    scale = draw(st.lists(st.floats(1e-2, 1e4), min_size=5, max_size=5))
    return Scaling(NAMES, tuple(mean), tuple(scale), (None,) * 5)


def settled(
    formula: Formula, X: NDArray[np.float64], value: NDArray[np.float64], scaling: Scaling
) -> NDArray[np.bool_]:
    """Rows whose value hardly moves with changes of the inputs of the size of their rounding."""
    stable = np.isfinite(value)
    rounding = 1e-12 + 4e-16 * np.abs(scaling.mean) / scaling.scale
    for signs in ([1, -1, 0.7, -0.7, 0.9], [-0.5, -1, 1, 1, -0.4]):
        moved = formula.evaluate(X + rounding * signs, NAMES)
        with np.errstate(all="ignore"):
            stable &= np.abs(moved - value) <= 1e-10 * np.abs(value)
    return stable


def check_agreement(formula: Formula, scaling: Scaling, raw: NDArray[np.float64]) -> None:
    X = scaling.to_scaled(raw)
    value = formula.evaluate(X, NAMES)
    in_units = raw_formula(formula, scaling)
    rows = settled(formula, X, value, scaling)
    size = np.abs(value[rows]).max(initial=0.0)
    np.testing.assert_allclose(
        in_units.evaluate(raw, NAMES)[rows], value[rows], rtol=1e-9, atol=1e-9 * size
    )
    assert set(in_units.features) <= set(formula.features)


@settings(max_examples=200, deadline=None)
@given(trees(short_numbers, NAMES))
def test_raw_formulas_have_the_scaled_values_on_real_rows(tree: Tree) -> None:
    check_agreement(formula_of(tree), REAL, RAW)


@settings(max_examples=100, deadline=None)
@given(trees(short_numbers, NAMES, leaves=8), scalings())
# undefined on every row that a change of units is tried on
@example(
    ("log", ("-", ("variable", "Slope"), ("constant", 1.31))),
    Scaling(NAMES, (0.0,) * 5, (1.0, 1.0, 0.5, 1.0, 1.0), (None,) * 5),
)
def test_raw_formulas_have_the_scaled_values_under_any_scaling(
    tree: Tree, scaling: Scaling
) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 5))
    check_agreement(formula_of(tree), scaling, scaling.to_raw(rows))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=5, max_size=5))
def test_a_linear_form_stays_one(weights: list[float]) -> None:
    formula = Formula.linear(0.7, dict(zip(NAMES, weights, strict=True)), NAMES)
    in_units = raw_formula(formula, REAL)
    n_inputs = len(formula.features)
    assert in_units.complexity <= 4 * n_inputs + 1
    value = formula.evaluate(REAL.to_scaled(RAW), NAMES)
    np.testing.assert_allclose(in_units.evaluate(RAW, NAMES), value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5*a - 0.2*b + 1", "0.005*a - 0.1*b - 0.3"),
        ("0.5*(a - c)", "0.005*a - 0.5*c - 1"),
        ("0.5*(b + b2)", "0.25*(b + b2) - 1"),
        ("square(a)", "0.0001*square(a - 200)"),
        ("a*b", "0.005*(a - 200)*(b + 3)"),
        ("tanh(a + b)", "tanh(0.01*a + 0.5*b - 0.5)"),
        ("cos(1.5*d + 2)", "cos(0.015*d - 1)"),
        ("c", "c"),
    ],
)
def test_means_and_scales_fold_into_the_constants(text: str, expected: str) -> None:
    names = ("a", "b", "b2", "c", "d")
    scaling = Scaling(
        names, (200.0, -3.0, 7.0, 0.0, 200.0), (100.0, 2.0, 2.0, 1.0, 100.0), (None,) * 5
    )
    assert raw_formula(Formula.parse(text, names), scaling) == Formula.parse(expected, names)


def test_a_mean_of_a_billion_scales_is_not_folded_away() -> None:
    scaling = Scaling(("year",), (1e9,), (1.0,), (None,))
    formula = Formula.parse("0.3*year + 2", ["year"])
    raw = np.array([[1e9], [1e9 + 1]])
    in_units = raw_formula(formula, scaling)
    np.testing.assert_allclose(in_units.evaluate(raw, ["year"]), [2.0, 2.3], rtol=1e-9)


def test_scaling_is_read_from_feature_info() -> None:
    info = pd.DataFrame(
        {"feature": ["a", "b"], "mean": [1, 2], "scale": [3.0, 4.0], "unit": ["m", None]}
    )
    assert Scaling.from_feature_info(info) == Scaling(("a", "b"), (1, 2), (3, 4), ("m", None))
    assert Scaling.from_feature_info(info.drop(columns="unit")).units == (None, None)
    assert Scaling.of({"a": (1, 3), "b": (2, 4)}, {"a": "m"}) == Scaling.from_feature_info(info)
    with pytest.raises(FormulaError, match="feature_info has no column 'scale'"):
        Scaling.from_feature_info(info.drop(columns="scale"))


def test_impossible_scalings_and_unknown_columns_are_refused() -> None:
    with pytest.raises(FormulaError, match=r"column 'a' has mean 0.0 and scale 0.0; .* above 0"):
        Scaling.of({"a": (0, 0)})
    with pytest.raises(FormulaError, match="scaling of 2 columns; accepted are distinct names"):
        Scaling(("a", "a"), (0.0, 0.0), (1.0, 1.0), (None, None))
    with pytest.raises(FormulaError, match="no scaling is known for the feature 'b'"):
        raw_formula(Formula.parse("b", ["b"]), Scaling.of({"a": (0, 1)}))
