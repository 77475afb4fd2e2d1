import numpy as np

from latent_laws.formulas.formula import Formula
from latent_laws.search.refit import refit

NAMES = ["a", "b"]
X = np.random.default_rng(0).normal(size=(500, 2))


def test_recovers_planted_constants() -> None:
    truth = Formula.parse("0.8*a - tanh(1.3*b) + 0.25", NAMES)
    start = truth.with_constants([0.5, 1.0, 0.0])
    found = refit(start, X, truth.evaluate(X, NAMES), NAMES)
    np.testing.assert_allclose(found.constants, truth.constants, rtol=1e-6)


def test_keeps_what_it_cannot_improve() -> None:
    truth = Formula.parse("2.0*a", NAMES)
    assert refit(truth, X, truth.evaluate(X, NAMES), NAMES) == truth
    plain = Formula.parse("a*b", NAMES)
    assert refit(plain, X, X[:, 0], NAMES) is plain


def test_constants_that_trade_off_repeat_wherever_arrays_lie() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, 2))
    y = 0.3 * X[:, 0] * X[:, 1] + 0.5 * rng.normal(size=800)
    formula = Formula.parse("1.13*(0.758*x0*(0.359*x1) + (-0.00002*x0)) + 0.012", ["x0", "x1"])
    found, kept = set(), []
    for size in rng.integers(1, 20_000, size=60):
        kept.append(np.empty(size))
        found.add(refit(formula, X, y, ["x0", "x1"]).expression)
    assert len(found) == 1
