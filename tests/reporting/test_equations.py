from xml.etree import ElementTree

import numpy as np

from latent_laws.formulas.formula import Formula
from latent_laws.reporting import equations

NAMES = ("Elevation", "Slope", "a <b> & c")


def equation(text: str) -> str:
    return str(equations.equation(Formula.parse(text, NAMES)))


def spoken(html: str) -> str:
    page = ElementTree.fromstring(f"<p>{html}</p>")  # noqa: S314 -- what this project writes
    return "".join(page.itertext()).replace(" ", "")


def test_a_sum_is_split_into_terms_that_may_wrap() -> None:
    html = equation("0.5*Elevation - 2.0*Slope + tanh(Slope - 1.0)")
    assert html.count("<math>") == 3
    assert spoken(html) == "0.5Elevation\N{MINUS SIGN}2Slope+tanh(Slope\N{MINUS SIGN}1)"


def test_a_negative_first_term_is_one_piece() -> None:
    html = equation("-0.5*Elevation")
    assert html.count("<math>") == 1
    assert spoken(html) == "\N{MINUS SIGN}0.5Elevation"


def test_other_forms_stay_whole() -> None:
    assert equation("(Elevation + 1.0)/Slope").count("<math>") == 1
    assert spoken(equation("3.0")) == "3"


def test_names_are_escaped() -> None:
    html = equation("2.0*`a <b> & c`")
    assert "<b>" not in html
    assert "a<b>&c" in spoken(html)


def test_constants_are_rounded() -> None:
    assert spoken(equation("0.123456*Elevation")) == "0.123Elevation"


def test_angles_are_shown_in_degrees() -> None:
    text = "2.0*cos(0.017453292519943295*(Slope - 114.0)) + sin(0.5*Slope)"
    assert spoken(equation(text)) == "2cos(Slope\N{MINUS SIGN}114)+sin(0.5Slope)"


def test_units_stand_behind_names() -> None:
    formula = Formula.parse("0.5*Elevation - square(Slope)", NAMES)
    html = str(equations.equation(formula, units={"Elevation": "m", "Slope": "degree"}))
    shown = spoken(html).replace("\N{NO-BREAK SPACE}", "")
    assert shown == "0.5Elevation[m]\N{MINUS SIGN}(Slope[°])2"


def test_as_many_digits_as_the_values_need() -> None:
    """Around 2,800 the fourth digit of a weight matters; around zero the third does not."""
    formula = Formula.parse("0.0123456*Elevation - 0.5", NAMES)
    X = np.random.default_rng(0).normal(size=(50, 3))
    assert equations.digits_needed(formula, X, NAMES) == 3
    far = X * 10 + 2800
    digits = equations.digits_needed(formula, far, NAMES)
    assert digits > 3
    exact, rounded = (one.evaluate(far, NAMES) for one in (formula, formula.round(digits)))
    assert np.var(exact - rounded) + np.mean(exact - rounded) ** 2 <= 1e-4 * np.var(exact)


def pieces(text: str) -> list[str]:
    return [spoken(f"{piece}</math>") for piece in equation(text).split("</math>")[:-1]]


def test_a_long_product_may_wrap_in_and_before_its_brackets() -> None:
    text = "0.5*(Elevation + 3.0*Slope - 4.0)*(Slope + 2.0*Elevation - 7.0)*tanh(Elevation + Slope)"
    found = pieces(text)
    assert found[:4] == ["0.5", "(Elevation", "+3Slope", "\N{MINUS SIGN}4)"]
    assert found[-2:] == ["\N{MINUS SIGN}7)tanh(Elevation", "+Slope)"]


def test_a_long_function_of_a_sum_may_wrap_in_it() -> None:
    inside = "Elevation - 0.586*Slope + 0.487*Elevation*Slope + 0.352*`a <b> & c`"
    assert pieces(f"abs({inside})*0.5")[0] == "|Elevation"
    assert pieces(f"abs({inside})*0.5")[-1] == "+0.352a<b>&c|\N{MIDDLE DOT}0.5"
    bell = pieces(f"2.0*exp(-3.0*square({inside} - 1.0))")
    assert bell[:2] == ["2exp(\N{MINUS SIGN}3", "(Elevation"]
    assert bell[-1] == "\N{MINUS SIGN}1)2)"
    assert "<msup><mo" in equation(f"2.0*exp(-3.0*square({inside} - 1.0))")
