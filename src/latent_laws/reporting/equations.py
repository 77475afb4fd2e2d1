"""Formulas as the page shows them: MathML that wraps where the formula is a long sum."""

import copy
from collections.abc import Sequence
from xml.etree import ElementTree

from markupsafe import Markup

from latent_laws.formulas.formula import Formula

_MATHML = "http://www.w3.org/1998/Math/MathML"
_SIGNS = {"+", "\N{MINUS SIGN}", "-"}


def equation(formula: Formula, digits: int = 3) -> Markup:
    """Return a formula as MathML, its top-level terms free to wrap to the next line.

    Args:
        formula: What to typeset.
        digits: Significant digits of the constants.
    """
    page = formula.mathml(digits)
    terms = _terms(ElementTree.fromstring(page))  # noqa: S314 -- our own MathML, just made
    return Markup(" ").join(terms)


def _terms(math: ElementTree.Element) -> list[Markup]:
    """Return the terms of a sum as one `<math>` each, in order, signs kept."""
    rows = list(math)
    parts = list(rows[0]) if len(rows) == 1 and rows[0].tag == f"{{{_MATHML}}}mrow" else rows
    terms: list[list[ElementTree.Element]] = [[]]
    for part in parts:
        is_sign = part.tag == f"{{{_MATHML}}}mo" and (part.text or "") in _SIGNS
        if is_sign and terms[-1]:
            terms.append([])
        terms[-1].append(_infix(part) if is_sign and len(terms) > 1 else part)
    return [_math(term) for term in terms]


def _infix(sign: ElementTree.Element) -> ElementTree.Element:
    """Return a sign that keeps the space of an operator at the start of its own element."""
    spaced = copy.copy(sign)
    spaced.set("form", "infix")
    return spaced


def _math(term: Sequence[ElementTree.Element]) -> Markup:
    """Return one term as a `<math>` element."""
    math = ElementTree.Element("math")
    for part in term:
        math.append(part)
    text = ElementTree.tostring(math, encoding="unicode")
    # HTML knows MathML's elements without the namespace; one without prefixes is a third shorter.
    return Markup(text.replace("ns0:", "").replace(f' xmlns:ns0="{_MATHML}"', ""))  # noqa: S704 -- serialised XML, names escaped
