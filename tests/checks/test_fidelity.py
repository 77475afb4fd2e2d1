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
    assert ladder["complexity"]["tree"] <= truth.complexity
    assert (ladder["ci_low"] <= r2).all()
    assert (r2 <= ladder["ci_high"]).all()


def test_matched_linear_has_as_many_nodes_or_inputs() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    moments = Moments.of(X, X @ np.array([3.0, 2.0, 1.0]))
    long = " + ".join(["a*b*c"] * 17)
    sizes = {
        **{"0.5": (1, 0), "b": (1, 1), "a + b*c": (5, 3), "exp(a*a + a)": (6, 1)},
        **{"exp(a*a + a)*(a + a*a)": (12, 2), long: (101, 3)},
    }
    for text, (nodes, inputs) in sizes.items():
        formula = Formula.parse(text, NAMES)
        assert formula.complexity == nodes
        form = matched_linear(moments, formula, NAMES)
        assert len(form.features) == inputs


def test_a_formula_that_is_linear_says_no_more_than_a_linear_form() -> None:
    """Without weights it reads three inputs with the nodes of one that has a weight."""
    rng, truth = np.random.default_rng(0), Formula.parse("a + b - c", NAMES)
    rows = [rng.normal(size=(300, 3)) for _ in range(3)]
    parts = {
        name: Split(X, truth.evaluate(X, NAMES))
        for name, X in zip(("train", "validation", "test"), rows, strict=True)
    }
    ladder = fidelity_ladder(truth, None, parts, None, NAMES, OPTIONS).set_index("surrogate")
    assert ladder["r2_test"]["sparse_linear"] > 1 - 1e-9
