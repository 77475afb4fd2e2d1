"""Numbers as people read them."""

import math

NARROW = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SMALLEST = 0.001
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None) -> str:
    """Return a number with three significant digits, whole ones and large ones in full."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == int(value) or abs(value) >= 1e3:  # noqa: PLR2004
        text = f"{value:,.0f}"
    elif abs(value) < SMALLEST:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}\N{MIDDLE DOT}10{str(int(exponent)).translate(_RAISED)}"
    else:
        text = f"{value:.3g}"
    return text.replace("-", MINUS)


def r2(value: float | None) -> str:
    """Return an R² with three decimals, more close to one."""
    if value is None or not math.isfinite(value):
        return MISSING
    return _with_decimals(value, _decimals(value))


def between(low: float | None, high: float | None) -> str:
    """Return the interval of an R², both ends with as many decimals."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    decimals = max(_decimals(low), _decimals(high))
    return f"{_with_decimals(low, decimals)} to {_with_decimals(high, decimals)}"


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return an R² with its interval below it, all with as many decimals."""
    ends = between(low, high)
    if value is None or ends == MISSING:
        return r2(value)
    decimals = len(ends.rpartition(".")[2])
    return f"{_with_decimals(value, decimals)}\n({ends})"


def percent(share: float | None) -> str:
    """Return a share as a percentage of two or three digits."""
    if share is None or not math.isfinite(share):
        return MISSING
    value = 100 * share
    if 0 < abs(value) < SMALLEST:
        return f"<{SMALLEST}{NARROW}%"
    if 0 < abs(value) < 1:
        return f"{value:.2g}{NARROW}%"
    return f"{value:.1f}".removesuffix(".0" if value in (0, 100) else "") + f"{NARROW}%"


def times(ratio: float) -> str:
    """Return a ratio as a multiple: `1.3 times`, and 100 and above without decimals."""
    return f"{ratio:.1f} times" if ratio < 100 else f"{ratio:,.0f} times"  # noqa: PLR2004


def _decimals(value: float) -> int:
    return 5 if 0.9995 <= value < 0.999995 else 3  # noqa: PLR2004


def _with_decimals(value: float, decimals: int) -> str:
    shown = f"{value:.{decimals}f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown.replace("-", MINUS)
