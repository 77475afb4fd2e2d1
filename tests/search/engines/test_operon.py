import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.operon import OperonEngine, OperonOptions
from latent_laws.search.problem import Problem

OPTIONS = OperonOptions(max_lengths=(8,), population_size=100, generations=8, rows=300)
NAMES = ["Slope", "a b", "lambda", "x1"]


def data() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    X = np.random.default_rng(0).normal(size=(400, 4))
    return X, X[:, 1] * X[:, 2] + 0.5


def test_finds_a_product_whatever_the_names() -> None:
    X, y = data()
    best = OperonEngine().search(Problem(X, y, NAMES), OPTIONS, 0)[0]
    assert set(best.features) == {"a b", "lambda"}
    error = best.evaluate(X, NAMES) - y
    assert (error**2).mean() < 0.01 * y.var()


def test_same_seed_same_formula() -> None:
    X, y = data()
    first, second = (OperonEngine().search(Problem(X, y, NAMES), OPTIONS, 3) for _ in range(2))
    assert [f.expression for f in first] == [f.expression for f in second]


def test_nothing_is_spent_on_noise() -> None:
    X, y = data()
    known = Formula.parse("0.01*x1", NAMES)
    assert OperonEngine().search(Problem(X, y, NAMES, found=(known,), left=0.999), OPTIONS, 0) == []
