import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.findings.curvature import Curvature, curvature
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.interactions import InteractionOptions, formula_class, interactions
from latent_laws.findings.response import Rows
from latent_laws.formulas.formula import Formula
from tests.findings.planted import ENCODER, Array, distillation_of, front_of, table_of

NAMES = ["a", "b", "c", "d"]
X = np.random.default_rng(0).uniform(0.5, 1.5, size=(200, 4)).astype(np.float32)


def measured(text: str, rows: Rows) -> Curvature:
    """Measure a formula that is its own latent."""
    formula = Formula.parse(text, NAMES)
    return curvature(formula, rows, tuple(NAMES), float(np.nanstd(formula.evaluate(rows, NAMES))))


def pairs(text: str) -> set[str]:
    """Return the interacting pairs of a formula, as in 'ab'."""
    return {"".join(sorted(pair)) for pair in measured(text, X).pairs}


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
    found = measured("3.0*a*b + a + b", rows)
    assert found.pairs["a", "b"] == pytest.approx(np.sqrt(9 / 11), abs=0.02)
    assert found.features == {}


def test_strength_of_a_square() -> None:
    rows = np.random.default_rng(1).normal(size=(50_000, 4)).astype(np.float32)
    found = measured("square(a)", rows)
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
    found = measured(text, X)
    values = formula.evaluate(X, NAMES)
    for first, second in itertools.combinations_with_replacement(formula.features, 2):
        symbols = [sympy.Symbol(name, real=True) for name in NAMES]
        by = [sympy.Symbol(name, real=True) for name in (first, second)]
        derivative = sympy.lambdify(symbols, sympy.diff(formula.sympy(), *by), "numpy")
        columns = X.astype(np.float64).T
        exact = np.broadcast_to(derivative(*columns), len(X))
        scale = columns[NAMES.index(first)].std() * columns[NAMES.index(second)].std()
        expected = np.sqrt(np.mean(exact**2)) * scale / values.std() if values.std() else 0
        strength = found.pairs.get((first, second), found.features.get(first, 0))
        if first != second:
            strength = found.pairs.get((first, second), 0)
        assert strength == pytest.approx(expected, rel=1e-5, abs=1e-8)


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
    found = measured(text, X)
    assert formula_class(found, InteractionOptions()) == expected


def test_rows_where_a_derivative_is_undefined_do_not_count() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    found = measured("sqrt(a)*b", rows)
    assert np.isfinite(found.pairs["a", "b"])


def about(expressions: Sequence[str], null: Sequence[str] = (), rows: int = 500) -> Distillation:
    """Return an encoder that is its formulas, without a decoder."""
    table = table_of(np.random.default_rng(0).normal(size=(rows, 4)), NAMES)
    formulas = [Formula.parse(text, NAMES) for text in expressions]

    def encode(rows: Rows) -> Array:
        return np.stack([one.evaluate(rows, NAMES) for one in formulas], axis=1)

    model = FunctionEncoder(encode, len(formulas))
    return distillation_of(model, table, expressions, null=null)


def test_pairs_are_summarised_over_latents() -> None:
    distillation = about(["a*b + c", "a*b + sin(c*d)", "a + square(c)", "a"])
    frame, classes = interactions(distillation, InteractionOptions())
    rows = {(row["feature_a"], row["feature_b"]): row for row in frame.to_dict("records")}
    # the strongest first: the sine stands alone
    assert list(rows) == [("c", "d"), ("a", "b")]
    # with c, a product of standardised inputs has half of the variance, without c all of it
    assert rows["a", "b"]["max_strength"] == pytest.approx(np.sqrt(0.7), abs=0.2)
    assert np.isnan(rows["a", "b"]["null_strength"])
    assert classes["formula_class"].tolist() == ["interacting", "interacting", "additive", "linear"]
    assert classes.columns[:3].tolist() == ["encoder", "variant", "latent_dim"]


def test_formulas_without_interactions_give_an_empty_frame() -> None:
    frame, classes = interactions(about(["a + b"]), InteractionOptions())
    assert frame.empty
    assert frame.columns.tolist()[:5] == [
        *("encoder", "variant", "latent_dim"),
        *("feature_a", "feature_b"),
    ]
    assert len(classes) == 1


def test_a_noise_input_does_not_exceed_what_noise_fits() -> None:
    # the encoder is a*b; its formula also multiplies b by d, which the encoder never reads
    distillation = about(["a*b + 0.05*b*d"], null=["0.1*a*d", "0.06*c*d", "0.02*b*c"])
    model = FunctionEncoder(lambda X: X[:, :1].astype(np.float64) * X[:, 1:2], 1)
    honest = replace(distillation, models={ENCODER: model})
    frame = interactions(honest, InteractionOptions())[0].set_index(["feature_a", "feature_b"])
    real, noise = frame.loc[("a", "b")], frame.loc[("b", "d")]
    assert real["max_strength"] > real["null_strength"] > noise["max_strength"]
    assert real["encoder_strength"] == pytest.approx(1, abs=0.1)
    assert noise["encoder_strength"] < 0.01


def test_columns_of_one_group_do_not_act_together() -> None:
    """In no row are two of them on, so that their product is a sum of both, at any weight."""
    rng = np.random.default_rng(0)
    onehot = np.eye(3)[rng.integers(0, 3, size=500)]
    rows = np.hstack([(onehot - onehot.mean(0)) / onehot.std(0), rng.normal(size=(500, 1))])
    groups = dict.fromkeys(NAMES[:3], "kind")
    text = "40.0*a*b + a*d"
    formula = Formula.parse(text, NAMES)
    model = FunctionEncoder(lambda X: formula.evaluate(X, NAMES)[:, None], 1)
    about = distillation_of(model, table_of(rows, NAMES), [text], groups=groups, null=["9.0*b*c"])
    frame, _ = interactions(about, InteractionOptions())
    assert frame[["feature_a", "feature_b"]].to_numpy().tolist() == [["a", "d"]]
    assert frame["null_strength"].tolist() == [0.0]
    sums = distillation_of(model, table_of(rows, NAMES), ["a*b + d"], groups=groups)
    assert interactions(sums, InteractionOptions())[1]["formula_class"].tolist() == ["linear"]


def test_noise_leads_no_pair() -> None:
    frame = interactions(about(["a*b"]), InteractionOptions())[0]
    assert frame["noise_strength"].tolist() == [0.0]


def test_a_pair_with_noise_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    front = pd.DataFrame({"expression": ["a*b + 0.3*c*`noise 2`"], "selected": True})
    monkeypatch.setattr("latent_laws.findings.interactions.search_latent", lambda *_, **__: front)
    row = interactions(about(["a*b"]), InteractionOptions())[0].iloc[0]
    assert 0.1 < row["noise_strength"] < row["max_strength"]


def test_null_formulas_are_measured_against_the_latent() -> None:
    # as complex as the formula, and worth a tenth of the latent's deviation
    distillation = about(["a*b"], null=["c*d"])
    fronts = front_of(0, ["c*d"], NAMES)
    for text, expected in (("c*d", 1.0), ("0.1*c*d", 0.1), ("c", 0.0)):
        null = fronts.assign(expression=text)
        frame, _ = interactions(replace(distillation, null_fronts=null), InteractionOptions())
        assert frame["null_strength"].tolist() == pytest.approx([expected], rel=0.15)


def test_planted_pairs_are_found_among_decoys() -> None:
    terms = ["{}*{}", "tanh({} + {})", "{}/(2.0 + square({}))", "exp(0.3*{}*{})", "square({} - {})"]
    decoys = ["sin({})", "0.5*{}", "square({})", "log(3.0 + square({}))"]
    names = [f"x{i}" for i in range(12)]
    hits = found_pairs = planted_pairs = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        table = table_of(rng.normal(size=(500, 12)), names)
        chosen = [tuple(map(str, rng.choice(names, size=2, replace=False))) for _ in range(3)]
        parts = [rng.choice(terms).format(*pair) for pair in chosen]
        parts += [rng.choice(decoys).format(rng.choice(names)) for _ in range(4)]
        formula = Formula.parse(" + ".join(parts), names)
        model = FunctionEncoder(lambda X, f=formula: f.evaluate(X, names)[:, None], 1)
        distillation = distillation_of(model, table, [formula.expression])
        frame, _ = interactions(distillation, InteractionOptions())
        pairs_found = zip(frame["feature_a"], frame["feature_b"], strict=True)
        found = {frozenset(pair) for pair in pairs_found}
        planted = {frozenset(pair) for pair in chosen}
        hits += len(found & planted)
        found_pairs, planted_pairs = found_pairs + len(found), planted_pairs + len(planted)
    assert hits / found_pairs >= 0.9
    assert hits / planted_pairs >= 0.9
