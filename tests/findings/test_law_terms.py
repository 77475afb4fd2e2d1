"""Sums of products: which are tried, and how they are written."""

import numpy as np
import pytest

from latent_laws.findings.law_search import unit_of
from latent_laws.findings.law_terms import Factor, TermSum, sums_of_terms, terms
from latent_laws.scores import r2_score

N = 400


def columns(seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return a positive, a signed, a 0/1 column and an angle in degrees."""
    generator = np.random.default_rng(seed)
    made = [
        generator.uniform(1, 4, N),
        generator.normal(size=N),
        generator.integers(0, 2, N).astype(float),
        generator.uniform(0, 360, N),
    ]
    return np.column_stack(made), ("positive", "signed", "flag", "odd name °")


ANGLES = {"odd name °": np.pi / 180}


def test_inverses_need_one_sign_and_angles_a_unit() -> None:
    X, names = columns()
    single = [
        (term[0].column, term[0].function)
        for term in terms(dict(zip(names, X.T, strict=True)), ANGLES)
        if len(term) == 1
    ]
    assert ("positive", -2) in single
    assert ("signed", 2) in single
    assert ("signed", -1) not in single
    assert [function for name, function in single if name == "flag"] == [1]
    assert [f for name, f in single if name == "odd name °"][-2:] == ["cos", "sin"]


def test_cosine_and_sine_of_an_angle_become_one_wave() -> None:
    X, names = columns()
    y = 2.0 - 3.0 * X[:, 0] * np.cos(np.radians(X[:, 3] - 250.0))
    best = max(sums_of_terms(X, y, names, ANGLES), key=lambda f: (r2(f, X, y), -f.complexity))
    assert r2(best, X, y) > 1 - 1e-9
    shown = best.formula.round(4).expression
    assert "3*positive*cos(0.01745*(`odd name °` - 70))" in shown
    assert best.complexity == 12


def shaded(light: float, altitude: float, azimuth: float) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and aspects in degrees, and the light that they receive."""
    generator = np.random.default_rng(2)
    X = np.column_stack([generator.uniform(0, 60, N), generator.uniform(0, 360, N)])
    slope, aspect = np.radians(X).T
    high, way = np.radians([altitude, azimuth])
    received = np.sin(high) * np.cos(slope)
    received += np.cos(high) * np.sin(slope) * np.cos(aspect - way)
    return X, light * received


@pytest.mark.parametrize(("altitude", "azimuth"), [(58.9, 114.0), (37.9, 269.0), (69.0, 218.0)])
def test_light_is_read_off_lambert_s_law(altitude: float, azimuth: float) -> None:
    X, y = shaded(254.6, altitude, azimuth)
    names, angles = ("slope", "aspect"), dict.fromkeys(("slope", "aspect"), np.pi / 180)
    (law,) = [f for f in sums_of_terms(X, y, names, angles) if f.light and f.features == names]
    assert law.light == pytest.approx((254.6, altitude, azimuth))
    printed = law.formula.printed(units=dict.fromkeys(names, "degree")).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert f"*sin(slope [°])*cos(aspect [°] - {azimuth:.3g})" in printed
    np.testing.assert_allclose(law.formula.evaluate(X, names), y)


def test_a_wave_that_is_no_light_has_none() -> None:
    X, names = columns()
    y = 3.0 - 2.0 * X[:, 0] * np.cos(np.radians(X[:, 3] - 250.0))
    assert all(one.light is None for one in sums_of_terms(X, y, names, ANGLES))
    best = max(sums_of_terms(X, y, names, ANGLES), key=lambda f: (r2(f, X, y), -f.complexity))
    printed = best.formula.printed(units={names[3]: "degree"})
    assert printed == "2*positive*cos(odd name °\N{NO-BREAK SPACE}[°] - 70) + 3"


def test_units_of_products() -> None:
    units = {"a": "m", "b": "m"}
    a, b, wave = Factor("a", 1), Factor("b", -1), Factor("b", "cos")
    assert unit_of((a,), units) == unit_of((Factor("b", 1),), units)
    assert unit_of((a, b), units) == unit_of((wave,), units) == frozenset()
    assert unit_of((a, a), units) == unit_of((Factor("a", 2),), units) != unit_of((a,), units)


@pytest.mark.parametrize("power", [2, -1, -2])
def test_powers_are_found_and_written(power: int) -> None:
    X, names = columns()
    y = 1.5 * X[:, 0] ** power * X[:, 1] + 0.25
    best = max(sums_of_terms(X, y, names, {}), key=lambda f: (r2(f, X, y).round(9), -f.complexity))
    assert set(best.features) == {"positive", "signed"}
    assert sorted(np.abs(best.formula.round(6).constants))[:2] == [0.25, 1.5]


def test_terms_that_only_help_together_are_found() -> None:
    generator = np.random.default_rng(3)
    X = np.column_stack([generator.uniform(1, 9, N), 3 * generator.normal(size=N)])
    y = X[:, 1] * (X[:, 0] - 3)
    found = [f for f in sums_of_terms(X, y, ("a", "p"), {}) if r2(f, X, y) > 1 - 1e-9]
    assert min(f.complexity for f in found) <= 11


def test_nothing_varies_nothing_is_found() -> None:
    assert sums_of_terms(np.ones((9, 1)), np.arange(9.0), ("a",), {}) == []


def r2(formula: TermSum, X: np.ndarray, y: np.ndarray) -> np.float64:
    """Return R² of a formula on the columns."""
    names = columns()[1] if X.shape[1] == len(columns()[1]) else ("a", "p")
    return np.float64(r2_score(y, formula.evaluate(X, names)))
