"""Numbers as people read them."""

import math

NARROW = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
MANY = 1e5
SMALLEST = 0.001


def number(value: float | None) -> str:
    """Return a number with three significant digits, whole ones and large ones in full."""
    if value is None or not math.isfinite(value):
        return MISSING
    if (value == int(value) and abs(value) < MANY) or 1e3 <= abs(value) < MANY:  # noqa: PLR2004
        return f"{value:.0f}"
    return f"{value:.3g}"


def r2(value: float | None) -> str:
    """Return an R² with three decimals, more close to one."""
    if value is None or not math.isfinite(value):
        return MISSING
    close = 0.9995 <= value < 0.999995  # noqa: PLR2004
    shown = f"{value:.5f}" if close else f"{value:.3f}"
    return "0.000" if shown == "-0.000" else shown


def percent(share: float | None) -> str:
    """Return a share as a percentage of two or three digits."""
    if share is None or not math.isfinite(share):
        return MISSING
    value = 100 * share
    if 0 < abs(value) < SMALLEST:
        return f"<{SMALLEST}{NARROW}%"
    return f"{value:.2g}{NARROW}%" if 0 < abs(value) < 1 else f"{value:.1f}{NARROW}%"


def times(ratio: float) -> str:
    """Return a ratio as a multiple: `1.3 times`, and 100 and above without decimals."""
    return f"{ratio:.1f} times" if ratio < 100 else f"{ratio:.0f} times"  # noqa: PLR2004
