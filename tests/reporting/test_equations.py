from xml.etree import ElementTree

from latent_laws.reporting.equations import equation

NAMES = ("Elevation", "Slope", "a <b> & c")


def spoken(html: str) -> str:
    page = ElementTree.fromstring(f"<p>{html}</p>")  # noqa: S314 -- what this project writes
    return "".join(page.itertext()).replace(" ", "")


def test_a_sum_is_split_into_terms_that_may_wrap() -> None:
    html = str(equation("0.5*Elevation - 2.0*Slope + tanh(Slope - 1.0)", NAMES))
    assert html.count("<math>") == 3
    assert spoken(html) == "0.5Elevation\N{MINUS SIGN}2Slope+tanh(Slope\N{MINUS SIGN}1)"


def test_a_negative_first_term_is_one_piece() -> None:
    html = str(equation("-0.5*Elevation", NAMES))
    assert html.count("<math>") == 1
    assert spoken(html) == "\N{MINUS SIGN}0.5Elevation"


def test_other_forms_stay_whole() -> None:
    assert str(equation("(Elevation + 1.0)/Slope", NAMES)).count("<math>") == 1
    assert spoken(str(equation("3.0", NAMES))) == "3"


def test_names_are_escaped() -> None:
    html = str(equation("2.0*`a <b> & c`", NAMES))
    assert "<b>" not in html
    assert "a<b>&c" in spoken(html)


def test_constants_are_rounded() -> None:
    assert spoken(str(equation("0.123456*Elevation", NAMES))) == "0.123Elevation"


def test_what_cannot_be_read_is_shown_as_text() -> None:
    assert str(equation("<script>", NAMES)) == "<code>&lt;script&gt;</code>"
    assert str(equation("Aspect + 1", NAMES)) == "<code>Aspect + 1</code>"
