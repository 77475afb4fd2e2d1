import numpy as np

from latent_laws.checks.fidelity import fidelity_ladder, matched_linear
from latent_laws.formulas.formula import Formula
from latent_laws.scores import IntervalOptions
from latent_laws.search.moments import Moments
from latent_laws.search.problem import Split

NAMES = ["a", "b", "c"]
OPTIONS = IntervalOptions(bootstrap_samples=200, confidence=0.9)


def planted() -> tuple[Formula, dict[str, Split]]:
    rng = np.random.default_rng(0)
    truth = Formula.parse("a*b + 0.5*c", NAMES)
    parts = {}
    for name in ("train", "validation", "test"):
        X = rng.normal(size=(500, 3))
        parts[name] = Split(X, truth.evaluate(X, NAMES))
    return truth, parts


def test_ladder_of_a_product() -> None:
    truth, parts = planted()
    shuffled = np.random.default_rng(1).permutation(parts["test"].y)
    null = Formula.linear(0.0, {}, NAMES)
    ladder = fidelity_ladder(truth, null, parts, shuffled, NAMES, OPTIONS).set_index("surrogate")
    r2 = ladder["r2_test"]
    assert r2["symbolic"] == 1.0
    assert abs(r2["mean"]) < 0.02
    assert 0.05 < r2["ridge"] < 0.4, "only 0.5*c is linear: a fifth of the variance"
    assert r2["sparse_linear"] < 0.4
    assert r2["tree"] < 0.5
    assert abs(r2["null"]) < 0.02
    assert (ladder["complexity"][["sparse_linear", "tree"]] <= truth.complexity).all()
    assert (ladder["ci_low"] <= r2).all()
    assert (r2 <= ladder["ci_high"]).all()


def test_matched_linear_fits_into_the_nodes() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    moments = Moments.of(X, X @ np.array([3.0, 2.0, 1.0]))
    long = " + ".join(["a*b*c"] * 17)
    sizes = {
        **{"0.5": (1, 0), "a + b*c": (5, 1), "exp(a*b + c)*(a + b*c)": (12, 2)},
        **{"exp(a*b + c)*(a + b*c) + 0.5": (14, 3), long: (101, 3)},
    }
    for text, (nodes, inputs) in sizes.items():
        formula = Formula.parse(text, NAMES)
        assert formula.complexity == nodes
        form = matched_linear(moments, formula, NAMES)
        assert len(form.features) == inputs
        assert form.complexity <= nodes


def test_the_shortest_formula_is_held_against_an_input_and_not_the_mean() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    moments = Moments.of(X, X[:, 1])
    form = matched_linear(moments, Formula.parse("b", NAMES), NAMES)
    assert form.features == ("b",)
    np.testing.assert_allclose(form.evaluate(X, NAMES), X[:, 1], atol=1e-12)
