"""The vocabulary of formulas: a formula is a flat postfix sequence of tokens."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from latent_laws.errors import LatentLawsError

OPERATORS = ("+", "-", "*", "/", "**")
FUNCTIONS = (
    "sin", "cos", "tan", "tanh", "exp", "log", "sqrt", "abs", "square", "cube", "inv", "neg",
)  # fmt: skip


class FormulaError(LatentLawsError):
    """A formula that cannot be read, or not be evaluated on these features."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A feature by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator (two operands) or a function (one operand)."""

    name: str


Token = float | Variable | Operation
Tokens = tuple[Token, ...]
T = TypeVar("T")

NEGATE = Operation("neg")


def arity(operation: Operation) -> int:
    """Number of operands of an operation."""
    return 2 if operation.name in OPERATORS else 1


def fold(
    tokens: Sequence[Token],
    constant: Callable[[float], T],
    variable: Callable[[str], T],
    apply: Callable[[str, list[T]], T],
) -> T:
    """Reduce a postfix sequence to one value, without recursion.

    Args:
        tokens: The formula.
        constant: Value of a constant; called in the order of the constants.
        variable: Value of a feature.
        apply: Value of an operation, from its name and its operands' values.

    Returns:
        The value of the whole formula.
    """
    stack: list[T] = []
    for token in tokens:
        if isinstance(token, Operation):
            first = len(stack) - arity(token)
            stack[first:] = [apply(token.name, stack[first:])]
        elif isinstance(token, Variable):
            stack.append(variable(token.name))
        else:
            stack.append(constant(token))
    (value,) = stack
    return value


def subtree_starts(tokens: Sequence[Token]) -> list[int]:
    """For each position, where the subtree that ends there begins."""
    starts: list[int] = []
    for position, token in enumerate(tokens):
        start = position
        if isinstance(token, Operation):
            start = starts[position - 1]
            if token.name in OPERATORS:
                start = starts[start - 1]
        starts.append(start)
    return starts


def operands(tokens: Tokens) -> tuple[Tokens, Tokens]:
    """The two operands of a formula whose last operation is an operator."""
    split = subtree_starts(tokens)[-2]
    return tokens[:split], tokens[split:-1]


def features_of(tokens: Tokens) -> tuple[str, ...]:
    """Feature names in the order of first occurrence."""
    return tuple(dict.fromkeys(token.name for token in tokens if isinstance(token, Variable)))


def constants_of(tokens: Tokens) -> tuple[float, ...]:
    """Constants in the order of occurrence."""
    return tuple(t for t in tokens if not isinstance(t, Variable | Operation))


def is_finite(tokens: Tokens) -> bool:
    """Whether every constant is a finite number."""
    return all(map(math.isfinite, constants_of(tokens)))
