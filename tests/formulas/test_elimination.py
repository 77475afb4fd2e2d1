import numpy as np

from latent_laws.formulas.elimination import elimination_path
from latent_laws.formulas.formula import Formula

NAMES = ["a", "b", "c"]
X = np.random.default_rng(0).normal(size=(400, 3))


def test_what_does_nothing_goes_first() -> None:
    bloated = Formula.parse("a*b + 1e-7*tanh(c*a) + 0.0*c + 2.0", NAMES)
    y = X[:, 0] * X[:, 1] + 2.0
    path = elimination_path(bloated, X, y, NAMES, max_loss=1e-6)
    assert set(path[-1].features) == {"a", "b"}
    np.testing.assert_allclose(path[-1].complexity, 3, atol=2)
    sizes = [f.complexity for f in path]
    assert sizes == sorted(sizes, reverse=True)


def test_nothing_needed_is_taken() -> None:
    formula = Formula.parse("a*b + 0.5*c", NAMES)
    path = elimination_path(formula, X, formula.evaluate(X, NAMES), NAMES, max_loss=1e-6)
    assert all(set(f.features) == {"a", "b", "c"} for f in path)


def test_a_form_near_the_largest_number_is_judged_like_any_other() -> None:
    huge = Formula.parse("a*1e150 + b*b*b", NAMES)
    path = elimination_path(huge, X, X[:, 0], NAMES, max_loss=1e-6)
    assert set(path[-1].features) == {"a"}
