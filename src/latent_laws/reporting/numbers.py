"""Numbers as people read them."""

import math

NARROW = "\N{NO-BREAK SPACE}"


def number(value: float) -> str:
    """Return a number as people read it: three significant digits, no needless zeros."""
    return f"{value:.3g}" if math.isfinite(value) else "n/a"


def r2(value: float) -> str:
    """Return an R² as people read it: three decimals, more close to one."""
    if not math.isfinite(value):
        return "n/a"
    shown = f"{value:.3f}" if value < 0.9995 or value == 1 else f"{value:.5f}"  # noqa: PLR2004
    return "0.000" if shown == "-0.000" else shown


def percent(share: float) -> str:
    """Return a share as a percentage of two or three digits, without a sign."""
    if not math.isfinite(share):
        return "n/a"
    value = 100 * share
    return f"{value:.2g}{NARROW}%" if abs(value) < 1 else f"{value:.1f}{NARROW}%"


def points(value: float) -> str:
    """Return a difference of FVU in percentage points, signed."""
    return f"{100 * value:+.2f} points" if math.isfinite(value) else "n/a"
