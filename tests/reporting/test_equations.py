from xml.etree import ElementTree

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
