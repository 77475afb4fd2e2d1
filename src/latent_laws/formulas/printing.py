"""Writing formulas: as text that reads back identically, and as LaTeX."""

import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import NamedTuple

import latex2mathml.converter

from latent_laws.formulas.tokens import (
    FUNCTIONS,
    Operation,
    Tokens,
    features_of,
    fold,
    subtree_starts,
)

SUM, PRODUCT, NEGATION, POWER, ATOM = 1, 2, 3, 4, 5
Units = Mapping[str, str]  # feature -> unit
NO_UNITS: Units = MappingProxyType({})
# how people name the unit of an angle
DEGREES = frozenset({"degree", "degrees", "deg", "°"})
_WAVES = {"sin", "cos", "tan"}
_PRECEDENCE = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER}
_PRIVATE_LETTERS = 0xE000
_LARGEST_WHOLE = 1e15  # above, not every whole number is a float
_LATEX_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "%": r"\%", "$": r"\$",
    "#": r"\#", "&": r"\&", "^": r"\^{}", "~": r"\~{}", "\n": " ",
}  # fmt: skip


class Piece(NamedTuple):
    """A printed part of a formula and how tightly its last operation binds."""

    text: str
    precedence: int

    def left(self, lowest: int) -> str:
        """As a first operand: in parentheses where it binds less tightly than `lowest`."""
        return self.text if self.precedence >= lowest else f"({self.text})"

    def right(self, lowest: int) -> str:
        """As a later operand: a leading minus gets parentheses too."""
        return f"({self.text})" if self.text.startswith("-") else self.left(lowest)


def quote_name(name: str) -> str:
    """A feature name as it stands in formulas: in backticks unless it is a plain identifier."""
    plain = name.isidentifier() and unicodedata.normalize("NFKC", name) == name
    if plain and not keyword.iskeyword(name) and name not in FUNCTIONS:
        return name
    return "`" + name.replace("`", "``") + "`"


def print_text(tokens: Tokens, units: Units = NO_UNITS) -> str:
    """Print a formula with the fewest parentheses, so that parsing gives the same tokens.

    With units, which are written behind their features, it is for people only.
    """

    def variable(name: str) -> Piece:
        text = name + unit_behind(name, units) if name in units else quote_name(name)
        return Piece(text, _binding(name, units))

    return fold(
        tokens,
        constant=lambda value: Piece(number_text(value), ATOM),
        variable=variable,
        apply=text_operation,
    ).text


def unit_behind(name: str, units: Units) -> str:
    """The unit of a feature as it stands behind its name: ` [°]`; empty where it has none."""
    unit = units.get(name)
    sign = "°" if unit in DEGREES else unit
    return f"\N{NO-BREAK SPACE}[{sign}]" if unit else ""


def _binding(name: str, units: Units) -> int:
    """How tightly a feature binds: a power is of both, the name and its unit."""
    return NEGATION if name in units else ATOM


def in_degrees(tokens: Tokens, units: Units) -> Tokens:
    """Write sin, cos and tan of what reads an angle in degrees as those of degrees.

    A factor that turns degrees into radians goes, another one is turned, none becomes one.
    """
    starts, shown = subtree_starts(tokens), [[token] for token in tokens]
    for place, token in enumerate(tokens):
        if not (isinstance(token, Operation) and token.name in _WAVES):
            continue
        first, product = _leading(tokens, starts, place - 1)
        leading, reads = tokens[first], features_of(tokens[starts[place] : place])
        if isinstance(leading, float) and product and math.isclose(math.degrees(leading), 1):
            shown[first], shown[product] = [], []
        elif any(units.get(name) in DEGREES for name in reads):
            if isinstance(leading, float):
                shown[first] = [math.degrees(leading)]
            else:
                shown[starts[first]].insert(0, math.degrees(1))
                shown[first].append(Operation("*"))
    return tuple(token for part in shown for token in part)


def _leading(tokens: Tokens, starts: Sequence[int], root: int) -> tuple[int, int]:
    """Return where the first factor of a product ends, and its sign; root and 0 of no product."""
    place, product = root, 0
    while tokens[place] == Operation("*"):
        place, product = starts[place - 1] - 1, place
    return place, product


def number_text(value: float) -> str:
    """A constant with all its digits, whole numbers without a point: 2, 0.1, 1e-07."""
    whole = value.is_integer() and abs(value) < _LARGEST_WHOLE
    return f"{value:.0f}" if whole else repr(value)


def text_operation(operation: str, pieces: list[Piece]) -> Piece:
    """An operation on printed operands, in Python's syntax."""
    first = pieces[0]
    if operation == "neg":
        return Piece(f"-{first.right(POWER)}", NEGATION)
    if operation in ("square", "cube"):
        return Piece(f"{first.right(ATOM)}**{2 if operation == 'square' else 3}", POWER)
    if operation == "inv":
        return Piece(f"1/{first.right(NEGATION)}", PRODUCT)
    if operation in FUNCTIONS:
        return Piece(f"{operation}({first.text})", ATOM)
    own = _PRECEDENCE[operation]
    if operation == "**":
        return Piece(f"{first.right(ATOM)}**{pieces[1].right(POWER)}", own)
    sign = f" {operation} " if own == SUM else operation
    return Piece(f"{first.left(own)}{sign}{pieces[1].right(own + 1)}", own)


def latex_name(name: str) -> str:
    r"""A feature name in upright letters: `Soil_Type` becomes `\mathrm{Soil\_Type}`."""
    text = latex_text(name)
    # Math mode has no accents, and takes quotes and signs for operations.
    is_plain = name.isascii() and name.replace("_", "").replace(" ", "").isalnum()
    return rf"\mathrm{{{text.replace(' ', chr(92) + ' ')}}}" if is_plain else rf"\mbox{{{text}}}"


def latex_text(text: str) -> str:
    """Words for LaTeX's text mode."""
    return "".join(_LATEX_ESCAPES.get(letter, letter) for letter in text)


def latex_number(value: float, digits: int) -> str:
    r"""A constant rounded to significant digits: 1.5e-07 becomes `1.5 \cdot 10^{-7}`."""
    mantissa, _, exponent = number_text(float(f"{value:.{digits}g}")).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def print_latex(tokens: Tokens, digits: int, variable: Callable[[str], Piece]) -> str:
    """Print a formula as LaTeX (without dollar signs).

    Args:
        tokens: The formula.
        digits: Significant digits of the constants.
        variable: How a feature is written.

    Returns:
        The LaTeX source.
    """

    def constant(value: float) -> Piece:
        number = latex_number(value, digits)
        return Piece(number, PRODUCT if "cdot" in number else ATOM)

    return fold(
        tokens,
        constant=constant,
        variable=variable,
        apply=_latex_operation,
    ).text


def latex_variable(name: str, units: Units = NO_UNITS) -> Piece:
    r"""A feature with its unit, where it has one: `\mathrm{Slope}\,[\mathrm{m}]`."""
    unit = units.get(name)
    sign = r"{}^{\circ}" if unit in DEGREES else latex_name(unit or "")
    text = rf"{latex_name(name)}\,[{sign}]" if unit else latex_name(name)
    return Piece(text, _binding(name, units))


def print_mathml(tokens: Tokens, digits: int, units: Units = NO_UNITS) -> str:
    """Print a formula as a MathML element; names are escaped."""
    # The converter splits words and does not escape: it gets one private letter a name.
    names = features_of(tokens)
    pieces = {
        name: Piece(chr(_PRIVATE_LETTERS + i), _binding(name, units))
        for i, name in enumerate(names)
    }
    page = latex2mathml.converter.convert(print_latex(tokens, digits, pieces.__getitem__))
    return re.sub(
        "<mi>([\ue000-\uf8ff])</mi>",
        lambda letter: _mathml_variable(names[ord(letter[1]) - _PRIVATE_LETTERS], units),
        page,
    )


def _mathml_variable(name: str, units: Units) -> str:
    word = f"<mi>{escape(name)}</mi>"
    unit = escape(unit_behind(name, units))
    return f'<mrow>{word}<mtext class="unit">{unit}</mtext></mrow>' if unit else word


def _latex_operation(operation: str, pieces: list[Piece]) -> Piece:
    first, last = pieces[0], pieces[-1]
    match operation:
        case "+" | "-":
            return Piece(f"{first.text} {operation} {_latex_right(last, PRODUCT)}", SUM)
        case "*":
            left, right = _latex_left(first, PRODUCT), _latex_right(last, NEGATION)
            # 0.9999 is 1 to three digits.
            product = right if left == "1" else rf"{left} \, {_spaced(right)}"
            return Piece(product, PRODUCT)
        case "/":
            return Piece(rf"\frac{{{first.text}}}{{{last.text}}}", NEGATION)
        case "**":
            return Piece(f"{_latex_right(first, ATOM)}^{{{last.text}}}", POWER)
        case "neg":
            return Piece(f"-{_latex_right(first, NEGATION)}", NEGATION)
        case _:
            return _latex_function(operation, first)


def _latex_function(function: str, argument: Piece) -> Piece:
    match function:
        case "square" | "cube":
            power = "2" if function == "square" else "3"
            return Piece(f"{_latex_right(argument, ATOM)}^{{{power}}}", POWER)
        case "inv":
            return Piece(rf"\frac{{1}}{{{argument.text}}}", NEGATION)
        case "sqrt":
            return Piece(rf"\sqrt{{{argument.text}}}", ATOM)
        case "abs":
            return Piece(rf"\left|{argument.text}\right|", ATOM)
        case _:
            return Piece(rf"\{function}\left({argument.text}\right)", ATOM)


def _latex_left(piece: Piece, lowest: int) -> str:
    return piece.text if piece.precedence >= lowest else rf"\left({piece.text}\right)"


def _latex_right(piece: Piece, lowest: int) -> str:
    if piece.text.startswith("-"):
        return rf"\left({piece.text}\right)"
    return _latex_left(piece, lowest)


def _spaced(right: str) -> str:
    """Two numbers in a row need a visible dot."""
    return rf"\cdot {right}" if right[0].isdigit() else right
