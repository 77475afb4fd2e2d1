"""What formulas compute: numpy and torch with the same meaning of undefined.

A pole (division by zero, log of zero, zero to a negative power) is undefined where it occurs,
and so is every result that is not finite. Torch is reached through tensor methods only, so that
formulas can be used in a process that must not import it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas.tokens import FormulaError, Tokens, fold

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]


def _divide(left: Array, right: Array) -> Array:
    return left / np.where(right == 0, np.nan, right)


def _power(base: Array, exponent: Array) -> Array:
    if np.ndim(exponent) == 0 and exponent == 2:  # noqa: PLR2004 - ten times faster than pow
        return np.square(base)
    # To numpy 1**nan and nan**0 are 1.
    undefined = ((base == 0) & (exponent < 0)) | np.isnan(base) | np.isnan(exponent)
    return np.where(undefined, np.nan, np.power(base, exponent))


_NUMPY: dict[str, Callable[..., Array]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": _divide, "**": _power,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "tanh": np.tanh, "exp": np.exp,
    "log": lambda x: np.log(np.where(x == 0, np.nan, x)), "sqrt": np.sqrt, "abs": np.abs,
    "square": np.square, "cube": lambda x: x * x * x,
    "inv": lambda x: 1 / np.where(x == 0, np.nan, x), "neg": np.negative,
}  # fmt: skip


def _without_zero(x: "Tensor") -> "Tensor":
    return x.masked_fill(x == 0, math.nan)


def _torch_power(base: "Tensor", exponent: "Tensor") -> "Tensor":
    if exponent.ndim == 0:
        # d(b**e)/de = b**e * log(b) is undefined for b < 0, so constant exponents do not train.
        exponent = exponent.detach()
    undefined = ((base == 0) & (exponent < 0)) | base.isnan() | exponent.isnan()
    # Masked before as well: the gradient at a pole would be infinite.
    return base.masked_fill(undefined, math.nan).pow(exponent).masked_fill(undefined, math.nan)


_TORCH: dict[str, Callable[..., "Tensor"]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / _without_zero(b), "**": _torch_power,
    "sin": lambda x: x.sin(), "cos": lambda x: x.cos(), "tan": lambda x: x.tan(),
    "tanh": lambda x: x.tanh(), "exp": lambda x: x.exp(),
    "log": lambda x: _without_zero(x).log(), "sqrt": lambda x: x.sqrt(), "abs": lambda x: x.abs(),
    "square": lambda x: x * x, "cube": lambda x: x * x * x,
    "inv": lambda x: 1 / _without_zero(x), "neg": lambda x: -x,
}  # fmt: skip


def numpy_columns(
    X: NDArray[np.floating], names: Sequence[str], wanted: Sequence[str]
) -> dict[str, Array]:
    """Contiguous float64 columns of X, rows x names, by name: those that are wanted."""
    positions = column_positions(X.shape, names, wanted)
    return {
        name: np.ascontiguousarray(X[:, position], dtype=np.float64)
        for name, position in positions.items()
    }


def column_positions(
    shape: Sequence[int], names: Sequence[str], wanted: Sequence[str]
) -> dict[str, int]:
    """Column number of each wanted feature, after a check of the table's shape."""
    if tuple(shape[1:]) != (len(names),):
        raise FormulaError(
            f"features have shape {tuple(shape)}; accepted is rows x {len(names)}, "
            "one column a feature name"
        )
    positions = {name: position for position, name in enumerate(names)}
    for name in wanted:
        if name not in positions:
            raise FormulaError(
                f"formula needs the feature {name!r}, which is not among the {len(names)} given"
            )
    return {name: positions[name] for name in wanted}


def evaluate_numpy(tokens: Tokens, columns: Mapping[str, Array], rows: int) -> Array:
    """Values, (rows,), of a formula on float64 columns by feature; NaN where undefined."""
    with np.errstate(all="ignore"):
        value = fold(
            tokens,
            constant=lambda number: cast("Array", np.float64(number)),
            variable=lambda name: columns[name],
            apply=lambda name, operands: _NUMPY[name](*operands),
        )
    return np.broadcast_to(np.where(np.isfinite(value), value, np.nan), (rows,)).copy()


def evaluate_parts(tokens: Tokens, columns: Mapping[str, Array]) -> list[Array]:
    """Values of the part that ends at each token, scalars for constant parts."""
    values: list[Array] = []

    def kept(value: Array) -> Array:
        values.append(value)
        return value

    with np.errstate(all="ignore"):
        fold(
            tokens,
            constant=lambda number: kept(cast("Array", np.float64(number))),
            variable=lambda name: kept(columns[name]),
            apply=lambda name, operands: kept(_NUMPY[name](*operands)),
        )
    return values


def evaluate_torch(
    tokens: Tokens, columns: Mapping[str, "Tensor"], constants: "Tensor", rows: "Tensor"
) -> "Tensor":
    """Values of a formula on torch columns, differentiable in columns and constants.

    Args:
        tokens: The formula.
        columns: Feature -> column of shape (rows,).
        constants: Shape (number of constants,); they replace the formula's own.
        rows: Any tensor of shape (rows,).

    Returns:
        Shape (rows,), NaN where undefined.
    """
    values = iter(constants.unbind())
    value = fold(
        tokens,
        constant=lambda _: next(values),
        variable=lambda name: columns[name],
        apply=lambda name, operands: _TORCH[name](*operands),
    )
    return value.masked_fill(~value.isfinite(), math.nan).expand_as(rows)


def undefined_constant_part(tokens: Tokens) -> bool:
    """Whether some part without features has no finite value, such as log(-1) or 9**9**9."""
    broken = False

    def apply(name: str, operands: list[float | None]) -> float | None:
        nonlocal broken
        if any(operand is None for operand in operands):
            return None
        value = float(_NUMPY[name](*(np.float64(cast("float", one)) for one in operands)))
        broken = broken or not math.isfinite(value)
        return value

    with np.errstate(all="ignore"):
        fold(tokens, constant=lambda value: value, variable=lambda _: None, apply=apply)
    return broken
