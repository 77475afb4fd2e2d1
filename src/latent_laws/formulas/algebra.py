"""Formulas as sums of products: the form in which they are simplified and change units.

Every rule keeps where a formula is defined: `x/x` stays, since it has no value at 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from latent_laws.formulas import backends
from latent_laws.formulas.sums import OVER, TIMES, join, scale_term
from latent_laws.formulas.tokens import NEGATE, Operation, Tokens, Variable, fold

Factor = tuple[Tokens, float]  # a base and its constant exponent
Factors = tuple[Factor, ...]

_ROUNDING = 1e-15  # a sum this much smaller than its parts is what rounding left
_LARGEST_SHIFT = 30.0  # exp(x + c) becomes exp(c)*exp(x) up to here, far from overflow
_POWERS = {"square": 2.0, "cube": 3.0, "inv": -1.0, "sqrt": 0.5}
_NAMED_POWERS = {power: name for name, power in _POWERS.items()}
_ODD = ("sin", "tan", "tanh")
_PARTIAL = {Operation(name) for name in ("/", "**", "log", "sqrt", "inv")}


@dataclass
class Sum:
    """A constant plus products, each with its coefficient; owned by one caller at a time."""

    constant: float = 0.0
    terms: dict[frozenset[Factor], tuple[float, Factors]] = field(default_factory=dict)

    def add(self, other: "Sum", sign: float = 1.0) -> "Sum":
        """Add another sum (times a sign) to this one, like terms together."""
        self.constant = _total(self.constant, sign * other.constant)
        for key, (coefficient, factors) in other.terms.items():
            known, own = self.terms.get(key, (0.0, factors))
            total = _total(known, sign * coefficient)
            self.terms[key] = total, own
            if total == 0 and _is_total(own):
                del self.terms[key]
        return self

    def scaled(self, scale: float) -> "Sum":
        """The sum times a number."""
        terms = {key: (scale * c, factors) for key, (c, factors) in self.terms.items()}
        return Sum(scale * self.constant).add(Sum(0.0, terms))

    def as_product(self) -> tuple[float, Factors]:
        """The sum as one product; a longer sum is a factor with a leading coefficient of 1."""
        if len(self.terms) == 1 and self.constant == 0:
            return next(iter(self.terms.values()))
        lead = self._lead()
        terms = {key: (c / lead, factors) for key, (c, factors) in self.terms.items()}
        return lead, ((Sum(self.constant / lead, terms).tokens(), 1.0),)

    def _lead(self) -> float:
        """The coefficient (1 or the most frequent) without which fewest nodes are left."""
        coefficients = [c for c, _ in self.terms.values() if c != 0]
        sizes = [abs(c) for c in coefficients]
        size = 1.0 if 1.0 in sizes or not sizes else max(sizes, key=sizes.count)
        return size if size in coefficients or not sizes else -size

    def tokens(self) -> Tokens:
        """The sum as a formula; terms with one coefficient share it."""
        groups: dict[float, list[tuple[float, Factors]]] = {}
        for unrounded, factors in self.terms.values():
            coefficient = _without_noise(unrounded)
            groups.setdefault(abs(coefficient), []).append((coefficient, factors))
        parts = [part for size, group in groups.items() for part in _group(size, group)]
        if not self.constant and all(part[-1] == NEGATE for part in parts):
            parts[:1] = [_sign_inside(part) for part in parts[:1]]
        return join([*parts, (_without_noise(self.constant),)])


def sum_of(tokens: Tokens) -> Sum:
    """A formula as a sum of products, equal in value wherever the formula is defined."""
    return fold(tokens, constant=Sum, variable=lambda name: atom((Variable(name),)), apply=_apply)


def fold_constants(tokens: Tokens) -> Tokens:
    """The formula with constants worked out, like terms collected and signs cancelled."""
    return sum_of(tokens).tokens()


def atom(tokens: Tokens, coefficient: float = 1.0) -> Sum:
    """A part that is not looked into, times a coefficient."""
    factor = (tokens, 1.0)
    return Sum(0.0, {frozenset([factor]): (coefficient, (factor,))})


def _apply(name: str, operands: list[Sum]) -> Sum:
    first, last = operands[0], operands[-1]
    if not any(operand.terms for operand in operands):
        return _constant(name, [operand.constant for operand in operands])
    if name in _POWERS:
        return _power(first, _POWERS[name])
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](first, last)
    return _function(name, first)


def _constant(name: str, values: list[float]) -> Sum:
    tokens: Tokens = (*values, Operation(name))
    value = float(backends.evaluate_numpy(tokens, {}, 1)[0])
    return Sum(value) if math.isfinite(value) else atom(tokens)


def _product(left: Sum, right: Sum) -> Sum:
    for one, other in ((left, right), (right, left)):
        if not one.terms:
            return other.scaled(one.constant)
    (a, factors), (b, more) = left.as_product(), right.as_product()
    for base, exponent in more:
        factors = _times(factors, base, exponent)
    return Sum(0.0, {frozenset(factors): (a * b, factors)})


def _times(factors: Factors, base: Tokens, exponent: float) -> Factors:
    """Multiply by a power, adding exponents of one base where both ask the same of it."""
    for place, (own, power) in enumerate(factors):
        whole = power.is_integer() and exponent.is_integer()
        if own == base and power * exponent > 0 and (whole or _is_fraction(power + exponent)):
            return (*factors[:place], (base, power + exponent), *factors[place + 1 :])
    return (*factors, (base, exponent))


def _any_power(base: Sum, exponent: Sum) -> Sum:
    if exponent.terms:
        return atom((*base.tokens(), *exponent.tokens(), Operation("**")))
    return _power(base, exponent.constant)


def _power(base: Sum, exponent: float) -> Sum:
    if not base.terms:
        return _constant("**", [base.constant, exponent])
    coefficient, factors = base.as_product()
    size = abs(coefficient)
    scale = float(backends.evaluate_numpy((size, exponent, Operation("**")), {}, 1)[0])
    if exponent == 0 or not (math.isfinite(scale) and scale):
        return atom(_power_tokens(base.tokens(), exponent))
    if exponent.is_integer() and all(_may_multiply(power, exponent) for _, power in factors):
        sign = -1.0 if coefficient < 0 and exponent % 2 else 1.0
        raised = tuple((one, power * exponent) for one, power in factors)
    else:
        sign = 1.0
        raised = ((_product_tokens(math.copysign(1.0, coefficient), factors), exponent),)
    return Sum(0.0, {frozenset(raised): (sign * scale, raised)})


def _may_multiply(power: float, exponent: float) -> bool:
    """Whether (x**power)**exponent is x**(power*exponent) for every x, defined or not."""
    same_poles = power > 0 or exponent > 0
    return same_poles and (power.is_integer() or _is_fraction(power * exponent))


def _function(name: str, argument: Sum) -> Sum:
    coefficients = [coefficient for coefficient, _ in argument.terms.values()]
    negative = all(c < 0 for c in coefficients)
    if name == "cos" and negative:
        argument = argument.scaled(-1.0)
    if name in ("sin", "cos") and math.isfinite(argument.constant):
        argument.constant = math.remainder(argument.constant, 2 * math.pi)
    if name in _ODD and negative:
        return _function(name, argument.scaled(-1.0)).scaled(-1.0)
    if name == "abs":
        coefficient, factors = argument.as_product()
        inside = _product_tokens(1.0, factors)
        whole = inside if inside[-1] == Operation(name) else (*inside, Operation(name))
        return atom(whole, abs(coefficient))
    if name == "log":
        return _logarithm(argument)
    scale = 1.0
    if name == "exp" and abs(argument.constant) <= _LARGEST_SHIFT:
        scale, argument = math.exp(argument.constant), Sum(0.0, argument.terms)
    return atom((*argument.tokens(), Operation(name)), scale)


def _logarithm(argument: Sum) -> Sum:
    coefficient, factors = argument.as_product()
    if coefficient <= 0:
        return atom((*argument.tokens(), Operation("log")))
    inside = _product_tokens(1.0, factors)
    return Sum(math.log(coefficient)).add(atom((*inside, Operation("log"))))


_ARITHMETIC: dict[str, Callable[[Sum, Sum], Sum]] = {
    "+": Sum.add,
    "-": lambda left, right: left.add(right, -1.0),
    "*": _product,
    "/": lambda left, right: _product(left, _power(right, -1.0)),
    "**": _any_power,
    "neg": lambda operand, _: operand.scaled(-1.0),
}


def _group(size: float, terms: list[tuple[float, Factors]]) -> list[Tokens]:
    if len(terms) == 1 or size == 1:
        return [_product_tokens(coefficient, factors) for coefficient, factors in terms]
    sign = 1.0 if any(coefficient > 0 for coefficient, _ in terms) else -1.0
    inner = [_product_tokens(math.copysign(1.0, sign * c), factors) for c, factors in terms]
    return [scale_term(join(inner), sign * size)]


def _sign_inside(negated: Tokens) -> Tokens:
    """Write -tanh(x) as tanh(-x) where that saves a node."""
    function = negated[-2]
    if not (isinstance(function, Operation) and function.name in _ODD):
        return negated
    inside = (*sum_of(negated[:-2]).scaled(-1.0).tokens(), function)
    return inside if len(inside) < len(negated) else negated


def _product_tokens(coefficient: float, factors: Factors) -> Tokens:
    above = _powers([(base, power) for base, power in factors if power > 0])
    below = _powers([(base, -power) for base, power in factors if power < 0])
    if below and not above and coefficient == 1:
        return (*_chain(below), Operation("inv"))
    unit = abs(coefficient) == 1 and bool(above)
    tokens = _chain(above if unit else [(coefficient,), *above])
    if below:
        tokens = (*tokens, *_chain(below), OVER)
    return scale_term(tokens, -1.0) if unit and coefficient < 0 else tokens


def _powers(factors: list[Factor]) -> list[Tokens]:
    """Return powers of bases; bases with one whole exponent are multiplied first."""
    parts: list[Tokens] = []
    grouped: dict[float, list[Tokens]] = {}
    for base, power in factors:
        if _is_fraction(power):
            parts.append(_power_tokens(base, power))
        else:
            grouped.setdefault(power, []).append(base)
    for power, bases in grouped.items():
        parts.extend(bases if power == 1 else [_power_tokens(_chain(bases), power)])
    return parts


def _chain(factors: list[Tokens]) -> Tokens:
    tokens, *rest = factors
    for factor in rest:
        tokens = (*tokens, *factor, TIMES)
    return tokens


def _power_tokens(base: Tokens, power: float) -> Tokens:
    name = _NAMED_POWERS.get(power)
    return (*base, power, Operation("**")) if name is None else (*base, Operation(name))


def _total(a: float, b: float) -> float:
    total = a + b
    return 0.0 if abs(total) <= _ROUNDING * max(abs(a), abs(b)) else total


def _without_noise(value: float) -> float:
    """The number to 15 digits: 1241.4 instead of 1241.4000000000003."""
    return float(f"{value:.15g}")


def _is_fraction(power: float) -> bool:
    return not power.is_integer()


def _is_total(factors: Factors) -> bool:
    """Whether a product has a value whatever its features are."""
    return all(
        power > 0 and power.is_integer() and _PARTIAL.isdisjoint(base) for base, power in factors
    )
