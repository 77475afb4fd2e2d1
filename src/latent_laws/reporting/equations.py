"""Formulas as the page shows them: MathML that wraps where the formula is a long sum."""

import copy
from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import NO_UNITS, Units
from latent_laws.scores import r2_score

FEWEST_DIGITS, MOST_DIGITS = 3, 6
LONGEST_TERM = 45
# what rounding may cost, far below what tells two formulas apart
ROUNDING_R2 = 1e-4
_MATHML = "http://www.w3.org/1998/Math/MathML"
_SIGNS = {"+", "\N{MINUS SIGN}", "-"}


def equation(formula: Formula, digits: int = FEWEST_DIGITS, units: Units = NO_UNITS) -> Markup:
    """Return a formula as MathML, its top-level terms free to wrap to the next line.

    Args:
        formula: What to typeset; angles that it turns into radians are shown in degrees.
        digits: Significant digits of the constants.
        units: Feature -> unit, written behind it.
    """
    page = formula.mathml(digits, units)
    terms = _terms(ElementTree.fromstring(page))  # noqa: S314 -- our own MathML, just made
    return Markup(" ").join(terms)


def digits_needed(formula: Formula, X: NDArray[np.float64], names: Sequence[str]) -> int:
    """Return with how many digits of its constants a formula still says what it says.

    Args:
        formula: Over the columns of X.
        X: Rows x names.
        names: Of the columns.
    """
    exact = formula.evaluate(X, names)
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        rounded = formula.round(digits).evaluate(X, names)
        if np.array_equal(rounded, exact) or r2_score(exact, rounded) >= 1 - ROUNDING_R2:
            return digits
    return MOST_DIGITS


def _terms(math_element: ElementTree.Element) -> list[Markup]:
    """Return the terms of a sum as one `<math>` each, in order, signs kept."""
    rows = list(math_element)
    parts = list(rows[0]) if len(rows) == 1 and rows[0].tag == f"{{{_MATHML}}}mrow" else rows
    terms: list[list[ElementTree.Element]] = [[]]
    for part in parts:
        is_sign = part.tag == f"{{{_MATHML}}}mo" and (part.text or "") in _SIGNS
        if is_sign and terms[-1]:
            terms.append([])
        terms[-1].append(_infix(part) if is_sign and len(terms) > 1 else part)
    return [_math(part) for term in terms for part in _factors(term)]


def _factors(term: Sequence[ElementTree.Element]) -> list[Sequence[ElementTree.Element]]:
    """Return a term as it is, or a long product cut before each bracket, so that it may wrap."""
    if sum(len("".join(part.itertext())) for part in term) <= LONGEST_TERM:
        return [term]
    starts = [place for place, part in enumerate(term) if place and _is_bracket(part)]
    # a function's name stays with its argument
    starts = [place for place in starts if term[place - 1].tag != f"{{{_MATHML}}}mi"]
    ends = [*starts, len(term)]
    return [term[start:end] for start, end in zip([0, *starts], ends, strict=True)]


def _is_bracket(part: ElementTree.Element) -> bool:
    return part.tag == f"{{{_MATHML}}}mrow" and len(part) > 0 and part[0].text == "("


def _infix(sign: ElementTree.Element) -> ElementTree.Element:
    """Return a sign that keeps the space of an operator at the start of its own element."""
    spaced = copy.copy(sign)
    spaced.set("form", "infix")
    return spaced


def _math(term: Sequence[ElementTree.Element]) -> Markup:
    """Return one term as a `<math>` element."""
    element = ElementTree.Element("math")
    element.extend(term)
    if element.find(f".//{{{_MATHML}}}mfrac") is None:
        for bracket in element.iter(f"{{{_MATHML}}}mo"):
            if bracket.text in {"(", ")"}:
                bracket.set("stretchy", "false")  # else names with descenders make them tower
    text = ElementTree.tostring(element, encoding="unicode")
    # HTML knows MathML's elements without the namespace; one without prefixes is a third shorter.
    return Markup(text.replace("ns0:", "").replace(f' xmlns:ns0="{_MATHML}"', ""))  # noqa: S704 -- serialised XML, names escaped
