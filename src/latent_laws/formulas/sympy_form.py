"""Formulas as sympy has them, in a file of its own: sympy is loaded when somebody asks."""

from collections.abc import Callable

import sympy

from latent_laws.formulas.sums import terms_of
from latent_laws.formulas.tokens import Tokens, fold

_LARGEST_INTEGER = 1e6  # larger whole constants stay floats

_OPERATIONS: dict[str, Callable[..., sympy.Expr]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "**": lambda a, b: a**b,
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "tanh": sympy.tanh, "exp": sympy.exp,
    "log": sympy.log, "sqrt": sympy.sqrt, "abs": sympy.Abs, "square": lambda x: x**2,
    "cube": lambda x: x**3, "inv": lambda x: 1 / x, "neg": lambda x: -x,
}  # fmt: skip


def to_sympy(tokens: Tokens) -> sympy.Expr:
    """The formula over real symbols named as the features; whole numbers become integers."""
    # One n-ary sum: adding term by term takes seconds for hundreds of terms.
    return sympy.Add(*(_term(term) for term in terms_of(tokens)))


def _term(tokens: Tokens) -> sympy.Expr:
    return fold(
        tokens,
        constant=_number,
        variable=lambda name: sympy.Symbol(name, real=True),
        apply=lambda name, operands: _OPERATIONS[name](*operands),
    )


def _number(value: float) -> sympy.Expr:
    whole = value.is_integer() and abs(value) < _LARGEST_INTEGER
    return sympy.Integer(int(value)) if whole else sympy.Float(value)
