"""Formulas as sums of terms: join them and scale them without growing the tree."""

from collections.abc import Sequence

from latent_laws.formulas.tokens import (
    NEGATE,
    Operation,
    Token,
    Tokens,
    operands,
    subtree_starts,
)

PLUS, MINUS, TIMES, OVER = (Operation(name) for name in "+-*/")


def terms_of(tokens: Tokens) -> list[Tokens]:
    """The terms of the sum at the top of a formula, subtracted ones negated."""
    starts = subtree_starts(tokens)
    terms: list[Tokens] = []
    end = len(tokens) - 1
    while tokens[end] in (PLUS, MINUS):
        start = starts[end - 1]
        term = tokens[start:end]
        terms.append(term if tokens[end] == PLUS else scale_term(term, -1.0))
        end = start - 1
    return [tokens[: end + 1], *reversed(terms)]


def join(terms: Sequence[Tokens]) -> Tokens:
    """Sum of terms, with all constant terms merged into one at the end."""
    intercept = sum(term[0] for term in terms if isinstance(term[0], float) and len(term) == 1)
    rest = [term for term in terms if not (isinstance(term[0], float) and len(term) == 1)]
    if intercept != 0 or not rest:
        rest.append((float(intercept),))
    total = rest.pop(_first(rest))
    for term in rest:
        positive = _positive(term)
        total += (*term, PLUS) if positive is None else (*positive, MINUS)
    return total


def _first(terms: Sequence[Tokens]) -> int:
    """Which term to start with: a minus reads better between terms, and `-f(x)` costs a node."""
    signs = [(_positive(term) is not None) + (term[-1] == NEGATE) for term in terms]
    return signs.index(min(signs))


def _positive(term: Tokens) -> Tokens | None:
    """The term without its leading minus, or nothing when it has none."""
    if term[-1] == NEGATE:
        return term[:-1]
    place = coefficient_position(term)
    value = None if place is None else term[place]
    if place is None or not isinstance(value, float) or value >= 0:
        return None
    return _replace(term, place, -value)


def coefficient_position(tokens: Tokens) -> int | None:
    """Position of a constant factor of a product (numerator only), or nothing."""
    while tokens[-1] in (TIMES, OVER):
        left, right = operands(tokens)
        if tokens[-1] == TIMES and len(right) == 1 and isinstance(right[0], float):
            return len(left)
        tokens = left
    return 0 if len(tokens) == 1 and isinstance(tokens[0], float) else None


def scale_term(term: Tokens, scale: float) -> Tokens:
    """A term times a number, folded into its constant factor where it has one."""
    if term[-1] == NEGATE:
        return scale_term(term[:-1], -scale)
    place = coefficient_position(term)
    if place is not None:
        value = term[place]
        return _replace(term, place, scale * value if isinstance(value, float) else scale)
    if scale in (1.0, -1.0):
        return term if scale == 1.0 else (*term, NEGATE)
    return (scale, *term, TIMES)


def _replace(tokens: Tokens, position: int, value: Token) -> Tokens:
    return (*tokens[:position], value, *tokens[position + 1 :])
