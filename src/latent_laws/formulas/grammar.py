"""Reading formulas: a whitelist over Python's own syntax tree, nothing is ever executed."""

import ast
import difflib
import math
import re
import warnings
from collections.abc import Collection, Sequence

from latent_laws.formulas.tokens import FUNCTIONS, NEGATE, FormulaError, Operation, Token, Variable

MAX_CHARACTERS = 100_000
MAX_DEPTH = 100
_LONGEST_COMPARED = 200  # characters; comparing names takes time that grows with their square
_PREFIXES = re.compile(r"_name(_*)")
_QUOTED = re.compile(r"(?<!\w)`((?:[^`]|``)+)`(?!\w)")
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip
_ACCEPTED = f"numbers, features, + - * / ** and the functions {', '.join(FUNCTIONS)}"


def parse_tokens(text: str, variables: Sequence[str]) -> tuple[Token, ...]:
    """Read a formula as printed by us, Operon or PySR, to tokens in postfix order.

    Args:
        text: The formula; names that are no identifiers stand in backticks, `^` means `**`.
        variables: The feature names that may occur.

    Raises:
        FormulaError: Something else than numbers, these features, and the known operators and
            functions occurs, or the text is too long or too deeply nested.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            f"formula of {len(text)} characters is too long; at most {MAX_CHARACTERS} are accepted"
        )
    source, quoted = _unquote(text)
    reader = _Reader(source, quoted, frozenset(variables))
    return tuple(reader.read(_syntax_tree(source, text)))


def _unquote(text: str) -> tuple[str, dict[str, str]]:
    """Replace names in backticks by identifiers that occur nowhere else in the text."""
    prefix = "_name" + max(_PREFIXES.findall(text), key=len, default="") + "_"
    quoted: dict[str, str] = {}

    def placeholder(match: re.Match[str]) -> str:
        identifier = f"{prefix}{len(quoted)}"
        quoted[identifier] = match[1].replace("``", "`")
        return identifier

    source = _QUOTED.sub(placeholder, text).replace("^", "**").strip()
    for character in "`#\\":
        if character in source:
            raise FormulaError(
                f"formula {_short(text)} has an unexpected {character!r}; names that are no "
                "identifiers stand between two backticks"
            )
    return source, quoted


def _syntax_tree(source: str, text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns of `1or x`; here it is no formula
            return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        reason = re.split("[:;]", reason)[0]
        raise FormulaError(
            f"formula {_short(text)} cannot be read: {reason}; accepted are {_ACCEPTED}"
        ) from error
    except (RecursionError, MemoryError) as error:
        raise FormulaError(
            f"formula {_short(text)} is nested too deeply; at most {MAX_DEPTH} levels are accepted"
        ) from error


class _Reader:
    """Turns a syntax tree into postfix tokens with an explicit stack."""

    def __init__(self, source: str, quoted: dict[str, str], variables: Collection[str]) -> None:
        self._source = source
        self._quoted = quoted
        self._variables = variables

    def read(self, tree: ast.expr) -> list[Token]:
        tokens: list[Token] = []
        pending: list[tuple[ast.expr | Operation, int]] = [(tree, 0)]
        while pending:
            item, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise FormulaError(
                    f"formula {_short(self._source)} is nested too deeply; at most {MAX_DEPTH} "
                    "levels are accepted"
                )
            if isinstance(item, Operation):
                _emit(tokens, item)
            elif isinstance(item, ast.Constant | ast.Name):
                tokens.append(self._leaf(item))
            else:
                pending.extend(self._expand(item, depth))
        return tokens

    def _expand(self, node: ast.expr, depth: int) -> list[tuple[ast.expr | Operation, int]]:
        """The parts of a node, last one first; a chain of sums or products is one level."""
        named = _named_power(node)
        if named is not None:
            return [(Operation(named[0]), depth), (named[1], depth + 1)]
        match node:
            case ast.BinOp() if type(node.op) in _OPERATORS:
                operation = Operation(_OPERATORS[type(node.op)])
                below = depth + isinstance(node.op, ast.Pow)
                return [(operation, depth), (node.right, depth + 1), (node.left, below)]
            case ast.UnaryOp(op=ast.USub()):
                return [(NEGATE, depth), (node.operand, depth + 1)]
            case ast.UnaryOp(op=ast.UAdd()):
                return [(node.operand, depth + 1)]
            case ast.Call(func=ast.Name(id=name)):
                return [(self._function(name, node), depth), (node.args[0], depth + 1)]
        raise FormulaError(f"formula may not hold {self._segment(node)}; accepted are {_ACCEPTED}")

    def _function(self, name: str, call: ast.Call) -> Operation:
        name = self._quoted.get(name, name)
        if name not in FUNCTIONS:
            raise FormulaError(
                f"unknown function {_short(name)}; accepted are {', '.join(FUNCTIONS)}"
            )
        if len(call.args) != 1 or call.keywords:
            raise FormulaError(f"{name} takes one argument; got {self._segment(call)}")
        return Operation(name)

    def _leaf(self, node: ast.Constant | ast.Name) -> Token:
        if isinstance(node, ast.Name):
            return self._variable(self._quoted.get(node.id, node.id))
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FormulaError(
                f"formula may not hold {self._segment(node)}; accepted are {_ACCEPTED}"
            )
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise FormulaError(f"constant {self._segment(node)} is too large; at most 1.8e308")
        return number

    def _variable(self, name: str) -> Variable:
        if name in self._variables:
            return Variable(name)
        short = [one for one in self._variables if len(one) <= _LONGEST_COMPARED]
        close = difflib.get_close_matches(name[:_LONGEST_COMPARED], short, n=3)
        known = close or sorted(self._variables)[:5]
        listed = ", ".join(_short(one) for one in known) or "none"
        raise FormulaError(
            f"unknown feature {_short(name)}; the {len(self._variables)} accepted features "
            f"include {listed}"
        )

    def _segment(self, node: ast.expr) -> str:
        """The source of a node, with names as the user wrote them."""
        segment = ast.get_source_segment(self._source, node) or type(node).__name__
        segment = segment[:_LONGEST_COMPARED]
        for identifier in reversed(self._quoted):
            segment = segment.replace(identifier, self._quoted[identifier])
        return _short(segment)


def _named_power(node: ast.expr) -> tuple[str, ast.expr] | None:
    """The function that x**2, x**3 and 1/x are, and its argument."""
    match node:
        case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=2)):
            return "square", base
        case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=3)):
            return "cube", base
        case ast.BinOp(op=ast.Div(), left=ast.Constant(value=one), right=base):
            return ("inv", base) if one == 1 and one is not True else None
    return None


def _emit(tokens: list[Token], operation: Operation) -> None:
    """Append an operation; the minus of a literal becomes part of the literal."""
    if operation == NEGATE and isinstance(tokens[-1], float):
        tokens[-1] = -tokens[-1]
    else:
        tokens.append(operation)


def _short(text: str, width: int = 60) -> str:
    """A text quoted on one line."""
    return repr(text if len(text) <= width else f"{text[: width - 3]}...")
