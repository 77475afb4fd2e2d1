"""Small charts as inline SVG: they take the page's colours, so they follow light and dark."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from latent_laws.reporting.numbers import number

WIDTH = 460
HEIGHT = 270
CHARACTER = 6.4  # width of an average character at the 12 px of the stylesheet

_LINE = Markup('<polyline class="line {}" points="{}"/>')
_BAND = Markup('<polygon class="band {}" points="{}"/>')
_DOT = Markup('<circle class="dot {}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>')
_SEGMENT = Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>')
_CELL = Markup(
    '<rect class="cell" x="{}" y="{}" width="{}" height="{}" fill-opacity="{}">'
    "<title>{}</title></rect>"
)
_TEXT = Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>')
_TURNED = Markup(
    '<text class="axis" transform="translate(11,{}) rotate(-90)" text-anchor="middle">{}</text>'
)
_CHART = Markup(
    '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
    "<title>{}</title><desc>{}</desc>{}</svg>"
)
_KEY = Markup('<span class="key"><i class="{}"></i>{}</span>')
_KEYS = Markup('<span class="keys">{}</span>')


@dataclass(frozen=True)
class Axis:
    """One axis: its title, range, and whether equal steps are equal ratios.

    Attributes:
        title: What the axis shows, with its unit.
        low: Value at the start of the axis.
        high: Value at the end of the axis.
        log: Whether the scale is logarithmic (both ends above zero).
        names: Names for the whole numbers from zero, in place of numeric ticks.
    """

    title: str
    low: float
    high: float
    log: bool = False
    names: tuple[str, ...] = ()

    @classmethod
    def over(cls, title: str, values: Sequence[float], log: bool = False) -> "Axis":
        """Return the axis that holds all finite values, with a small margin."""
        finite = [v for v in values if math.isfinite(v) and (v > 0 or not log)] or [1.0]
        low, high = min(finite), max(finite)
        if log:
            margin = max((high / low) ** 0.05, 1.05)
            return cls(title, low / margin, high * margin, log=True)
        margin = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
        return cls(title, low - margin, high + margin)

    @classmethod
    def named(cls, title: str, names: Sequence[str]) -> "Axis":
        """Return the axis with one place for each name."""
        return cls(title, -0.5, len(names) - 0.5, names=tuple(names))

    def place(self, value: float) -> float:
        """Return where a value stands, 0 at the start of the axis and 1 at its end."""
        if self.log:
            shown = max(value, self.low)
            return math.log(shown / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return the ticks as value and label."""
        if self.names:
            return [(float(i), name) for i, name in enumerate(self.names)]
        values = self._log_ticks() if self.log else self._linear_ticks()
        return [(value, number(value)) for value in values]

    def _linear_ticks(self, wanted: int = 5) -> list[float]:
        """Return multiples of 1, 2 or 5 times a power of ten inside the range."""
        rough = (self.high - self.low) / wanted
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [float(f"{i * step:.12g}") for i in range(first, last + 1)]

    def _log_ticks(self) -> list[float]:
        """Return powers of ten inside the range, with 2 and 5 between where they are few."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
            ticks = [m * 10.0**p for p in powers for m in steps]
            inside = [t for t in ticks if self.low <= t <= self.high]
            if len(inside) >= 3:  # noqa: PLR2004 -- fewer ticks do not show a scale
                return inside
        return self._linear_ticks(wanted=8)


@dataclass(frozen=True)
class Margins:
    """Room around the plotting area, in user units."""

    left: float = 60
    right: float = 12
    top: float = 10
    bottom: float = 42


class Chart:
    """A chart that is drawn mark by mark and rendered as one `<svg>`."""

    def __init__(self, title: str, description: str, x: Axis, y: Axis, *, height: int = HEIGHT):
        """Set up axes and alt text.

        Args:
            title: Short name of the chart, read out by screen readers.
            description: What the chart shows, in a sentence (the alt text).
            x: Horizontal axis.
            y: Vertical axis; one with names runs from the top down.
            height: Height in user units; the width is always `WIDTH`.
        """
        self.title, self.description, self.x, self.y, self.height = title, description, x, y, height
        longest = max((len(name) for name in y.names), default=0)
        left = min(longest * CHARACTER + 10, WIDTH * 0.48) if y.names else Margins.left
        self.margins = Margins(left=left)
        self._marks: list[Markup] = []

    def across(self, value: float) -> float:
        """Return the horizontal position of a value in user units."""
        inside = WIDTH - self.margins.left - self.margins.right
        return round(self.margins.left + self.x.place(value) * inside, 1)

    def down(self, value: float) -> float:
        """Return the vertical position of a value in user units."""
        inside = self.height - self.margins.top - self.margins.bottom
        place = self.y.place(value)
        return round(self.margins.top + (place if self.y.names else 1 - place) * inside, 1)

    def line(self, xs: Sequence[float], ys: Sequence[float], style: str) -> None:
        """Draw a line through the points whose two values are finite."""
        path = self._path(list(zip(xs, ys, strict=True)))
        if path:
            self._marks.append(_LINE.format(style, path))

    def band(
        self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], style: str
    ) -> None:
        """Fill the area between two lines."""
        back = list(zip(xs, highs, strict=True))[::-1]
        path = self._path([*zip(xs, lows, strict=True), *back])
        if path:
            self._marks.append(_BAND.format(style, path))

    def point(self, x: float, y: float, style: str, tip: str, radius: float = 3) -> None:
        """Draw a dot with a tool tip."""
        if math.isfinite(x) and math.isfinite(y):
            self._marks.append(_DOT.format(style, self.across(x), self.down(y), radius, tip))

    def interval(self, low: float, high: float, y: float, style: str) -> None:
        """Draw a horizontal interval."""
        if math.isfinite(low) and math.isfinite(high):
            ends = (self.across(low), self.across(high), self.down(y), self.down(y))
            self._marks.append(_SEGMENT.format(f"interval {style}", *ends))

    def cell(self, x: float, y: float, share: float, tip: str) -> None:
        """Fill the cell of two named axes, the stronger the larger the share (0 to 1)."""
        left, top = self.across(x - 0.46), self.down(y - 0.46)
        width, height = self.across(x + 0.46) - left, self.down(y + 0.46) - top
        sizes = (round(width, 1), round(height, 1), round(share, 3))
        self._marks.append(_CELL.format(left, top, *sizes, tip))

    def rule(self, x: float, style: str) -> None:
        """Draw a vertical rule over the whole plotting area."""
        ends = (self.across(x), self.across(x), self.margins.top, self._floor)
        self._marks.append(_SEGMENT.format(f"line {style}", *ends))

    def render(self) -> Markup:
        """Return the chart as an `<svg>` element with title and description."""
        body = [*self._across_ticks(), *self._down_ticks(), *self._marks, *self._titles()]
        label = f"{self.title}. {self.description}"
        texts = (label, self.title, self.description, Markup("").join(body))
        return _CHART.format(WIDTH, self.height, *texts)

    @property
    def _floor(self) -> float:
        """Vertical position of the horizontal axis."""
        return self.height - self.margins.bottom

    def _path(self, points: Sequence[tuple[float, float]]) -> str:
        """Return the finite ones of some points as SVG coordinates."""
        finite = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        return " ".join(f"{self.across(x)},{self.down(y)}" for x, y in finite)

    def _across_ticks(self) -> Iterator[Markup]:
        """Yield ticks and grid lines of the horizontal axis."""
        for value, label in self.x.ticks():
            x = self.across(value)
            yield _SEGMENT.format("grid", x, x, self.margins.top, self._floor)
            yield _TEXT.format("tick", x, self._floor + 15, "middle", label)

    def _down_ticks(self) -> Iterator[Markup]:
        """Yield ticks and grid lines of the vertical axis."""
        left, right = self.margins.left, WIDTH - self.margins.right
        room = int((left - 8) / CHARACTER)
        for value, label in self.y.ticks():
            y = self.down(value)
            yield _SEGMENT.format("grid", left, right, y, y)
            yield _TEXT.format("tick", left - 6, y + 4, "end", shortened(label, room))

    def _titles(self) -> Iterator[Markup]:
        """Yield the titles of the axes."""
        centre = (self.margins.left + WIDTH - self.margins.right) / 2
        yield _TEXT.format("axis", centre, self.height - 8, "middle", self.x.title)
        if not self.y.names:
            yield _TURNED.format((self.margins.top + self._floor) / 2, self.y.title)


def shortened(text: str, room: int) -> str:
    """Return a text of at most `room` characters, the middle left out where it is longer."""
    if len(text) <= room:
        return text
    tail = max((room - 1) // 2, 1)
    return f"{text[: room - 1 - tail]}…{text[-tail:]}"


def legend(entries: Sequence[tuple[str, str]]) -> Markup:
    """Return the key of a chart as HTML, so that it wraps on narrow screens.

    Args:
        entries: Style and label of each kind of mark.
    """
    keys = [_KEY.format(style, label) for style, label in entries]
    return _KEYS.format(Markup("").join(keys))
