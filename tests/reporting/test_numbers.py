import math

import pytest

from latent_laws.reporting.numbers import number, percent, points, r2


def test_number_has_three_digits() -> None:
    assert [number(v) for v in (0.12345, 1e-7, 54.0, math.nan)] == ["0.123", "1e-07", "54", "n/a"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.98249, "0.982"),
        (0.99987, "0.99987"),
        (-0.0002, "0.000"),
        (1.0, "1.000"),
        (math.nan, "n/a"),
    ],
)
def test_r2_shows_what_matters(value: float, shown: str) -> None:
    assert r2(value) == shown


def test_percent_and_points() -> None:
    assert percent(0.0012) == "0.12\N{NO-BREAK SPACE}%"
    assert percent(1.0) == "100.0\N{NO-BREAK SPACE}%"
    assert points(0.0051) == "+0.51 points"
    assert percent(math.nan) == points(math.nan) == "n/a"
