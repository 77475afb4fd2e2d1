"""LaTeX and MathML of formulas."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.formulas.formula import Formula
from tests.formulas.trees import Tree, formula_of, trees

NAMES = ("x", "y", "Soil_Type_14", "50% <b>&")
MATH = "{http://www.w3.org/1998/Math/MathML}"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("0.81234*x", r"0.812 \, \mathrm{x}"),
        ("0.99999*x + 2", r"\mathrm{x} + 2"),
        ("2958.63*x", r"2960 \, \mathrm{x}"),
        ("x + 0.5", r"\mathrm{x} + 0.5"),
        ("x - (y - 1)", r"\mathrm{x} - \left(\mathrm{y} - 1\right)"),
        ("x - (-2)", r"\mathrm{x} - \left(-2\right)"),
        ("x/(y + 1)", r"\frac{\mathrm{x}}{\mathrm{y} + 1}"),
        ("(x + 1)**2.5", r"\left(\mathrm{x} + 1\right)^{2.5}"),
        ("square(x)", r"\mathrm{x}^{2}"),
        ("square(x)**3", r"\left(\mathrm{x}^{2}\right)^{3}"),
        ("inv(x)", r"\frac{1}{\mathrm{x}}"),
        ("sqrt(abs(x))", r"\sqrt{\left|\mathrm{x}\right|}"),
        ("-tanh(x + y)", r"-\tanh\left(\mathrm{x} + \mathrm{y}\right)"),
        ("1.5e-07*x", r"1.5 \cdot 10^{-7} \, \mathrm{x}"),
        ("1.5e-07**x", r"\left(1.5 \cdot 10^{-7}\right)^{\mathrm{x}}"),
        ("x*3", r"\mathrm{x} \, \cdot 3"),
        ("Soil_Type_14", r"\mathrm{Soil\_Type\_14}"),
        ("`50% <b>&`", r"\mbox{50\% <b>\&}"),
    ],
)
def test_latex_is_readable(text: str, latex: str) -> None:
    assert Formula.parse(text, NAMES).latex() == latex


def test_digits_of_constants_are_chosen() -> None:
    formula = Formula.parse("0.123456*x", NAMES)
    assert formula.latex(digits=2) == r"0.12 \, \mathrm{x}"
    assert "0.12346" in formula.mathml(digits=5)


def test_mathml_sets_fractions_exponents_and_roots() -> None:
    root = ElementTree.fromstring(  # noqa: S314 - our own output
        Formula.parse("x**2/(1 + sqrt(abs(Soil_Type_14))) - 1.5e-07*tanh(y)", NAMES).mathml()
    )
    tags = {element.tag.removeprefix(MATH) for element in root.iter()}
    assert root.tag == f"{MATH}math"
    assert {"mfrac", "msup", "msqrt", "mi", "mn", "mo"} <= tags
    words = [element.text for element in root.iter(f"{MATH}mi")]
    assert words == ["x", "Soil_Type_14", "tanh", "y"]
    assert [element.text for element in root.iter(f"{MATH}mn")][-3:] == ["1.5", "10", "7"]


def test_mathml_escapes_names() -> None:
    page = Formula.parse("2*`50% <b>&`", NAMES).mathml()
    assert "50% &lt;b&gt;&amp;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cos(0.017453292519943295*(x - 114))", "cos(x [°] - 114)"),
        ("cos(0.017453292519943295*x*y)", "cos(x [°]*y)"),
        ("sin(0.5*x + 1)", "sin(57.3*(0.5*x [°] + 1))"),
        ("sin(0.5*(x + 1))", "sin(28.6*(x [°] + 1))"),
        ("cos(y) + tan(x)", "cos(y) + tan(57.3*x [°])"),
        ("sin(x*cos(x))", "sin(57.3*x [°]*cos(57.3*x [°]))"),
        ("cos((0.5 + x)*y)", "cos(57.3*(0.5 + x [°])*y)"),
    ],
)
def test_of_an_angle_waves_are_always_those_of_degrees(text: str, shown: str) -> None:
    printed = Formula.parse(text, NAMES).printed(units={"x": "degree"})
    assert printed.replace("\N{NO-BREAK SPACE}", " ") == shown


@settings(max_examples=100, deadline=None)
@given(trees(st.floats(-1e9, 1e9), NAMES))
def test_every_tree_gives_well_formed_mathml_with_all_its_names(tree: Tree) -> None:
    formula = formula_of(tree)
    root = ElementTree.fromstring(formula.mathml())  # noqa: S314 - our own output
    words = {element.text for element in root.iter(f"{MATH}mi")}
    assert set(formula.features) <= words


def test_units_stand_behind_names_and_angles_in_degrees() -> None:
    formula = Formula.parse("2*x + cos(0.017453292519943295*(y - 114)) - square(x)", NAMES)
    units = {"x": "m/s", "y": "degree"}
    text = formula.printed(units=units).replace("\N{NO-BREAK SPACE}", " ")
    assert text == "2*x [m/s] + cos(y [°] - 114) - (x [m/s])**2"
    latex = formula.latex(units=units)
    assert r"\mathrm{y}\,[{}^{\circ}] - 114" in latex
    assert r"\left(\mathrm{x}\,[\mbox{m/s}]\right)^{2}" in latex
    root = ElementTree.fromstring(formula.mathml(units=units))  # noqa: S314 - our own output
    said = [element.text for element in root.iter(f"{MATH}mtext")]
    assert said == [f"\N{NO-BREAK SPACE}[{sign}]" for sign in ("m/s", "°", "m/s")]
    assert formula.printed() == formula.round(3).expression
