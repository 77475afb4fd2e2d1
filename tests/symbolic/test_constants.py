import numpy as np

from latent_laws.symbolic.constants import refit
from latent_laws.symbolic.formula import Formula

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
