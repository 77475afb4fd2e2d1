"""Formulas as the page shows them: MathML that wraps where the formula is a long sum."""

import copy
from collections.abc import Callable, Iterator, Sequence
from xml.etree import ElementTree

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import NO_UNITS, Units
from latent_laws.scores import r2_score

FEWEST_DIGITS, MOST_DIGITS = 3, 6
LONGEST_TERM = 36
# what rounding may cost, far below what tells two formulas apart
ROUNDING_R2 = 1e-4
_MATHML = "http://www.w3.org/1998/Math/MathML"
_TAG = f"{{{_MATHML}}}"
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
    """Return the terms of a sum as one `<math>` each, in order, signs kept; long ones in pieces."""
    rows = list(math_element)
    parts = list(rows[0]) if len(rows) == 1 and rows[0].tag == f"{_TAG}mrow" else rows
    terms = _cut(parts, _is_sign)
    return [_math(piece) for term in terms for piece in _pieces(term)]


def _pieces(term: Sequence[ElementTree.Element]) -> list[list[ElementTree.Element]]:
    """Return a term as it is, or a long one cut before signs and brackets, so that it may wrap."""
    if sum(len("".join(part.itertext())) for part in term) <= LONGEST_TERM:
        return [list(term)]
    flat = [part for one in term for part in _opened(one)]
    return _cut(flat, lambda part: _is_sign(part) or _opens(part))


def _cut(
    parts: Sequence[ElementTree.Element], starts: Callable[[ElementTree.Element], bool]
) -> list[list[ElementTree.Element]]:
    """Return parts in runs, each of which but the first starts with such a part.

    What follows a bracket, a sign or the name of a function stays with it. A sign at the start of
    a run keeps the space of an operator.
    """
    runs: list[list[ElementTree.Element]] = [[]]
    for part in parts:
        before = runs[-1][-1] if runs[-1] else None
        if before is None or _opens(before) or _is_sign(before):
            runs[-1].append(part)
        elif starts(part) and not (_opens(part) and before.tag == f"{_TAG}mi"):
            runs.append([_infix(part) if _is_sign(part) else part])
        else:
            runs[-1].append(part)
    return runs


def _opened(part: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield what a bracket holds between its ends, an exponent at its end; other parts whole."""
    if part.tag == f"{_TAG}msup" and _is_bracket(part[0]):
        *inside, end = _opened(part[0])
        yield from inside
        raised = ElementTree.Element(part.tag)
        raised.extend([end, part[1]])
        yield raised
    elif _is_bracket(part):
        for inside_part in part:
            yield from _opened(inside_part)
    else:
        yield part


def _is_bracket(part: ElementTree.Element) -> bool:
    return part.tag == f"{_TAG}mrow" and len(part) > 0 and _opens(part[0])


def _opens(part: ElementTree.Element) -> bool:
    return part.get("form") == "prefix"


def _is_sign(part: ElementTree.Element) -> bool:
    return part.tag == f"{_TAG}mo" and (part.text or "") in _SIGNS


def _infix(sign: ElementTree.Element) -> ElementTree.Element:
    """Return a sign that keeps the space of an operator at the start of its own element."""
    spaced = copy.copy(sign)
    spaced.set("form", "infix")
    return spaced


def _math(term: Sequence[ElementTree.Element]) -> Markup:
    """Return one term as a `<math>` element."""
    element = ElementTree.Element("math")
    element.extend(term)
    if element.find(f".//{_TAG}mfrac") is None:
        for bracket in element.iter(f"{_TAG}mo"):
            if bracket.get("fence"):
                bracket.set("stretchy", "false")  # else names with descenders make them tower
    text = ElementTree.tostring(element, encoding="unicode")
    # HTML knows MathML's elements without the namespace; one without prefixes is a third shorter.
    return Markup(text.replace("ns0:", "").replace(f' xmlns:ns0="{_MATHML}"', ""))  # noqa: S704 -- serialised XML, names escaped
