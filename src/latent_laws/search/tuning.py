"""Tuning constants: Levenberg-Marquardt on exact derivatives of a formula by its constants.

The derivatives come from one pass forward and one back through the formula (reverse mode), so
that a step costs about as much as four evaluations, however many constants there are.
"""

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas.tokens import OPERATORS, Operation, Tokens, Variable

Array = NDArray[np.float64]

# Damping of a step: where it starts, and by how much it falls or rises (Marquardt, 1963).
_DAMPING = 1e-3
_EASE = 0.1
_BRAKE = 10.0
_STRONGEST = 1e6
# A step that lowers the squared error by a smaller share is the last one.
_SMALLEST_GAIN = 1e-7

_ONE: dict[str, Callable[[Array], Array]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "tanh": np.tanh, "exp": np.exp, "log": np.log,
    "sqrt": np.sqrt, "abs": np.abs, "square": np.square, "cube": lambda x: x * x * x,
    "inv": np.reciprocal, "neg": np.negative,
}  # fmt: skip
_TWO: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
}  # fmt: skip
# derivative of f by x, from x and f
_SLOPE: dict[str, Callable[[Array, Array], Array]] = {
    "sin": lambda x, f: np.cos(x), "cos": lambda x, f: -np.sin(x), "tan": lambda x, f: 1 + f * f,
    "tanh": lambda x, f: 1 - f * f, "exp": lambda x, f: f, "log": lambda x, f: 1 / x,
    "sqrt": lambda x, f: 0.5 / f, "abs": lambda x, f: np.sign(x), "square": lambda x, f: 2 * x,
    "cube": lambda x, f: 3 * x * x, "inv": lambda x, f: -f * f,
    "neg": lambda x, f: -np.ones_like(x),
}  # fmt: skip
# derivatives of an operator by its operands, from them and the result
_SLOPES: dict[str, Callable[[Array, Array, Array], tuple[Array | float, Array | float]]] = {
    "+": lambda a, b, f: (1.0, 1.0),
    "-": lambda a, b, f: (1.0, -1.0),
    "*": lambda a, b, f: (b, a),
    "/": lambda a, b, f: (1 / b, -f / b),
    # exponents are not tuned: of a negative base only whole ones are defined
    "**": lambda a, b, f: (b * np.power(a, b - 1), 0.0),
}


def values_and_slopes(
    tokens: Tokens, columns: Mapping[str, Array], n_rows: int
) -> tuple[Array, Array]:
    """Evaluate a formula and its derivatives by its constants.

    Args:
        tokens: The formula.
        columns: Feature -> values, rows.
        n_rows: Number of rows.

    Returns:
        Values, rows, and derivatives, constants x rows; not finite where undefined.
    """
    values: list[Array] = []
    parents: list[tuple[int, ...]] = []
    stack: list[int] = []
    with np.errstate(all="ignore"):
        for place, token in enumerate(tokens):
            n_operands = 0
            if isinstance(token, Operation):
                n_operands = 2 if token.name in OPERATORS else 1
            operands = tuple(stack[len(stack) - n_operands :])
            del stack[len(stack) - n_operands :]
            parents.append(operands)
            values.append(_value(token, [values[i] for i in operands], columns))
            stack.append(place)
        slopes = _backwards(tokens, values, parents)
    constants = [i for i, t in enumerate(tokens) if not isinstance(t, Variable | Operation)]
    shaped = [np.broadcast_to(slopes[i], n_rows) for i in constants]
    return (
        np.array(np.broadcast_to(values[-1], n_rows)),
        np.array(shaped, dtype=np.float64).reshape(len(constants), n_rows),
    )


def _value(token: object, operands: list[Array], columns: Mapping[str, Array]) -> Array:
    if isinstance(token, Variable):
        return columns[token.name]
    if not isinstance(token, Operation):
        return np.float64(token)  # type: ignore[arg-type,return-value]  # a number
    if len(operands) == 1:
        return _ONE[token.name](operands[0])
    return _TWO[token.name](operands[0], operands[1])


def _backwards(
    tokens: Tokens, values: list[Array], parents: list[tuple[int, ...]]
) -> list[Array | float]:
    """Return the derivative of the whole by each part."""
    slopes: list[Array | float] = [1.0] * len(tokens)
    for place in range(len(tokens) - 1, -1, -1):
        token, operands = tokens[place], parents[place]
        if not isinstance(token, Operation):
            continue
        if len(operands) == 1:
            (a,) = operands
            slopes[a] = slopes[place] * _SLOPE[token.name](values[a], values[place])
        else:
            a, b = operands
            left, right = _SLOPES[token.name](values[a], values[b], values[place])
            slopes[a], slopes[b] = slopes[place] * left, slopes[place] * right
    return slopes


def replace_constants(tokens: Tokens, values: Array) -> Tokens:
    """Return the formula with other constants."""
    fresh = iter(values.tolist())
    return tuple(t if isinstance(t, Variable | Operation) else next(fresh) for t in tokens)


def tune(
    tokens: Tokens,
    columns: Mapping[str, Array],
    y: Array,
    steps: int,
    fixed: Collection[int] = (),
) -> tuple[Tokens, float]:
    """Lower the squared error of a formula over its constants.

    Args:
        tokens: The formula; its constants are the start.
        columns: Feature -> values, rows.
        y: Rows.
        steps: At most so many, each with one evaluation of all derivatives.
        fixed: Constants, by their order, that stay as they are.

    Returns:
        The formula with better constants, or the given one, and its mean squared error, infinite
        where undefined on some row.
    """
    values, slopes = values_and_slopes(tokens, columns, len(y))
    error = _mean_square(values - y)
    free = [i for i in range(len(slopes)) if i not in fixed]
    damping = _DAMPING
    for _ in range(steps):
        if not free or not np.isfinite(error) or not np.isfinite(slopes).all():
            break
        step = _step(slopes[free], y - values, damping)
        promised = float(step @ (slopes[free] @ (y - values))) / len(y)
        if promised <= _SMALLEST_GAIN * error:
            break
        constants = np.array([t for t in tokens if not isinstance(t, Variable | Operation)])
        constants[free] += step
        trial = replace_constants(tokens, constants)
        tried, tried_slopes = values_and_slopes(trial, columns, len(y))
        trial_error = _mean_square(tried - y)
        if not trial_error < error:
            damping *= _BRAKE
            if damping > _STRONGEST:
                break
            continue
        done = error - trial_error <= _SMALLEST_GAIN * error
        tokens, values, slopes, error = trial, tried, tried_slopes, trial_error
        damping *= _EASE
        if done:
            break
    return tokens, error


def _step(slopes: Array, residual: Array, damping: float) -> Array:
    """Return the damped Gauss-Newton step; constants count in the unit of their effect."""
    gram = slopes @ slopes.T
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    scaled = gram / np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += damping
    step: Array = np.linalg.solve(scaled, slopes @ residual / scale) / scale
    return step


def _mean_square(error: Array) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(error @ error) / len(error)
    return mean if np.isfinite(mean) else np.inf
