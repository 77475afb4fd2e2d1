import itertools

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.findings.interactions import (
    InteractionOptions,
    candidates,
    curvature,
    formula_class,
    interactions,
)
from latent_laws.formulas.formula import Formula
from tests.findings.planted import table_of

NAMES = ["a", "b", "c", "d"]
X = np.random.default_rng(0).uniform(0.5, 1.5, size=(200, 4)).astype(np.float32)


def pairs(text: str) -> set[str]:
    """Return the interacting pairs of a formula, as in 'ab'."""
    found = curvature(Formula.parse(text, NAMES), X, NAMES).pairs
    return {"".join(sorted(pair)) for pair in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.0*a + 3.0*b - c", set()),
        ("a*b + c", {"ab"}),
        ("sin(a) + square(b) + a/2.0", set()),
        ("tanh(a + b) + c", {"ab"}),
        ("a*b*c", {"ab", "ac", "bc"}),
        ("(a + b)*(c + d)", {"ac", "ad", "bc", "bd"}),
        ("a/b", {"ab"}),
        ("a/(b + c)", {"ab", "ac", "bc"}),
        ("a**b", {"ab"}),
        ("log(a*b)", set()),
        ("square(a + b) - 2.0*a*b", set()),
        ("exp(a)*exp(b)", {"ab"}),
        ("abs(a - b) + c", {"ab"}),
        ("abs(a - c) + a*b", {"ac", "ab"}),
        # no row is near the kink
        ("abs(a + c) + a*b", {"ab"}),
        ("neg(a*(b + 1.0))", {"ab"}),
    ],
)
def test_pairs_of_known_formulas(text: str, expected: set[str]) -> None:
    assert pairs(text) == expected


def test_strength_of_a_product_is_its_share_of_the_deviation() -> None:
    # For standardised independent features, 3ab has variance 9 and a + b has 2.
    rows = np.random.default_rng(1).normal(size=(50_000, 4)).astype(np.float32)
    found = curvature(Formula.parse("3.0*a*b + a + b", NAMES), rows, NAMES)
    assert found.pairs[frozenset("ab")] == pytest.approx(np.sqrt(9 / 11), abs=0.02)
    assert found.features == {}


def test_strength_of_a_square() -> None:
    rows = np.random.default_rng(1).normal(size=(50_000, 4)).astype(np.float32)
    found = curvature(Formula.parse("square(a)", NAMES), rows, NAMES)
    assert found.features["a"] == pytest.approx(2 / np.sqrt(2), abs=0.05)


LEAVES = st.sampled_from(["a", "b", "c", "1.5"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} * {})".format, inner, inner),
        st.builds("({} / (2.0 + square({})))".format, inner, inner),
        st.builds("sin({})".format, inner),
        st.builds("tanh({})".format, inner),
        st.builds("exp(0.1*{})".format, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(text=EXPRESSIONS)
def test_values_are_those_of_sympy(text: str) -> None:
    formula = Formula.parse(text, NAMES)
    found = curvature(formula, X, NAMES)
    values = formula.evaluate(X, NAMES)
    for first, second in itertools.combinations_with_replacement(formula.features, 2):
        symbols = [sympy.Symbol(name, real=True) for name in NAMES]
        by = [sympy.Symbol(name, real=True) for name in (first, second)]
        derivative = sympy.lambdify(symbols, sympy.diff(formula.sympy(), *by), "numpy")
        columns = X.astype(np.float64).T
        exact = np.broadcast_to(derivative(*columns), len(X))
        scale = columns[NAMES.index(first)].std() * columns[NAMES.index(second)].std()
        expected = np.sqrt(np.mean(exact**2)) * scale / values.std() if values.std() else 0
        pair = frozenset([first, second])
        measured = found.features.get(first, 0) if first == second else found.pairs.get(pair, 0)
        assert measured == pytest.approx(expected, rel=1e-5, abs=1e-8)
        if expected > 1e-8:
            assert pair in candidates(formula)


def test_the_tree_rules_out_what_only_meets_in_sums() -> None:
    formula = Formula.parse("2.0*a + b*3.0 - c/4.0 + sin(d)", NAMES)
    assert candidates(formula) == {frozenset("d")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + 2.0*b", "linear"),
        ("1.0", "linear"),
        ("a + sin(b)", "additive"),
        ("abs(a - 1.0)", "additive"),
        ("a*b", "interacting"),
        ("a + 0.0001*a*b", "linear"),
    ],
)
def test_classes(text: str, expected: str) -> None:
    found = curvature(Formula.parse(text, NAMES), X, NAMES)
    assert formula_class(found, InteractionOptions()) == expected


def test_rows_where_a_derivative_is_undefined_do_not_count() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    found = curvature(Formula.parse("sqrt(a)*b", NAMES), rows, NAMES)
    assert np.isfinite(found.pairs[frozenset("ab")])


def test_pairs_are_summarised_over_latents() -> None:
    records = [
        {"encoder": "standard", "latent": 0, "expression": "a*b + c"},
        {"encoder": "standard", "latent": 1, "expression": "a*b + sin(c*d)"},
        {"encoder": "standard", "latent": 2, "expression": "a + square(c)"},
        {"encoder": "rotated", "latent": 0, "expression": "a + c"},
    ]
    table = table_of(np.random.default_rng(0).normal(size=(500, 4)), NAMES)
    frame, classes = interactions(records, table, InteractionOptions())
    assert set(frame["encoder"]) == {"standard"}
    rows = {(row["feature_a"], row["feature_b"]): row for row in frame.to_dict("records")}
    assert set(rows) == {("a", "b"), ("c", "d")}
    assert rows["a", "b"]["n_latents"] == 2
    assert rows["c", "d"]["n_latents"] == 1
    assert rows["c", "d"]["strength"] == pytest.approx(rows["c", "d"]["max_strength"] / 3)
    assert classes["formula_class"].tolist() == ["interacting", "interacting", "additive", "linear"]


def test_formulas_without_interactions_give_an_empty_frame() -> None:
    records = [{"encoder": "standard", "latent": 0, "expression": "a + b"}]
    table = table_of(np.random.default_rng(0).normal(size=(50, 4)), NAMES)
    frame, classes = interactions(records, table, InteractionOptions())
    assert frame.empty
    assert frame.columns.tolist()[:3] == ["encoder", "feature_a", "feature_b"]
    assert len(classes) == 1


def test_planted_pairs_are_found_among_decoys() -> None:
    terms = ["{}*{}", "tanh({} + {})", "{}/(2.0 + square({}))", "exp(0.3*{}*{})", "square({} - {})"]
    decoys = ["sin({})", "0.5*{}", "square({})", "log(3.0 + square({}))"]
    names = [f"x{i}" for i in range(12)]
    hits = found_pairs = planted_pairs = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        table = table_of(rng.normal(size=(300, 12)), names)
        chosen = [tuple(rng.choice(names, size=2, replace=False)) for _ in range(3)]
        parts = [rng.choice(terms).format(*pair) for pair in chosen]
        parts += [rng.choice(decoys).format(rng.choice(names)) for _ in range(4)]
        records = [{"encoder": "v", "latent": 0, "expression": " + ".join(parts)}]
        frame, _ = interactions(records, table, InteractionOptions())
        found = {
            frozenset(pair) for pair in zip(frame["feature_a"], frame["feature_b"], strict=True)
        }
        planted = {frozenset(map(str, pair)) for pair in chosen}
        hits += len(found & planted)
        found_pairs, planted_pairs = found_pairs + len(found), planted_pairs + len(planted)
    assert hits / found_pairs >= 0.9
    assert hits / planted_pairs >= 0.9
