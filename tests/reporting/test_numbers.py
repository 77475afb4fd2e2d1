import math

import pytest

from latent_laws.reporting.numbers import MISSING, between, number, percent, r2, times


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.12345, "0.123"),
        (1e-7, "1.0·10⁻⁷"),
        (-0.5, "\N{MINUS SIGN}0.5"),
        (54.0, "54"),
        (1234.5, "1,234"),
        (40000.0, "40,000"),
        (math.nan, MISSING),
        (None, MISSING),
    ],
)
def test_number_is_written_as_people_do(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.98249, "0.982"),
        (0.99987, "0.99987"),
        (0.999999, "1.000"),
        (-0.0002, "0.000"),
        (1.0, "1.000"),
        (None, MISSING),
    ],
)
def test_r2_shows_what_matters(value: float | None, shown: str) -> None:
    assert r2(value) == shown


def test_shares_and_ratios() -> None:
    assert percent(0.0012) == "0.12\N{NO-BREAK SPACE}%"
    assert percent(1.0) == "100\N{NO-BREAK SPACE}%"
    assert percent(0.0) == "0\N{NO-BREAK SPACE}%"
    assert percent(1e-30) == "<0.001\N{NO-BREAK SPACE}%"
    assert percent(math.nan) == MISSING
    assert [times(1.26), times(160.7)] == ["1.3 times", "161 times"]


def test_ends_of_an_interval_have_as_many_decimals() -> None:
    assert between(0.9, 0.95) == "0.900 to 0.950"
    assert between(0.999, 0.99954) == "0.99900 to 0.99954"
    assert between(None, 0.5) == between(math.nan, 0.5) == MISSING
