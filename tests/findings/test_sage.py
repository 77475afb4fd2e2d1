from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.findings.blocks import disjoint_blocks
from latent_laws.findings.response import Response, Rows
from latent_laws.findings.sage import SymbolicResponse, belonging
from latent_laws.formulas.formula import Formula
from tests.findings.planted import Array, info_of

NAMES = ["a", "b", "c"]


def correlated(rows: int = 500) -> Rows:
    mixing = np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.5], [0.0, 0.0, 1.0]])
    X = np.random.default_rng(0).normal(size=(rows, 3)) @ mixing
    return (X - X.mean(axis=0)).astype(np.float32)


def values(
    texts: list[str],
    X: Rows,
    decoder: Array | None = None,
    groups: dict[str, str] | None = None,
    seed: int = 0,
    encode: Callable[[Rows], Array] | None = None,
) -> Array:
    formulas = {latent: Formula.parse(text, NAMES) for latent, text in enumerate(texts)}
    decoder = np.eye(3)[:, : len(texts)] if decoder is None else decoder

    def exact(rows: Rows) -> Array:
        return np.stack([one.evaluate(rows, NAMES) for one in formulas.values()], axis=1)

    model = FunctionEncoder(encode or exact, len(texts), lambda Z: Z @ decoder.T)
    symbolic = SymbolicResponse(formulas, Response.of(model, X), X, NAMES)
    blocks = disjoint_blocks(NAMES, info_of(NAMES, groups))
    return symbolic.sage_values(blocks, X.mean(axis=0), np.random.default_rng(seed))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_one_order_and_its_reverse_are_exact_for_linear_formulas(seed: int) -> None:
    # x -> Bx deleted by subsets changes by a quadratic form: the value is E[(B_j x_j)·(Bx)].
    X, B = correlated(), np.array([[1.0, -0.5, 0.0], [0.0, 2.0, 1.0], [0.5, 0.0, 1.0]])
    texts = ["1.0*a - 0.5*b", "2.0*b + 1.0*c", "0.5*a + 1.0*c"]
    expected = np.einsum("nj,ij,ni->j", X, B, X @ B.T) / len(X)
    # the bounds of the latents are far enough not to matter
    assert values(texts, 0.2 * X, seed=seed) == pytest.approx(0.04 * expected, rel=2e-3, abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_values_sum_to_what_deleting_everything_changes(seed: int) -> None:
    X = correlated()
    texts = ["sin(a*b)", "tanh(b + c)", "0.3*square(c)"]
    found = values(texts, X, seed=seed)
    before, after = (
        np.stack([Formula.parse(text, NAMES).evaluate(rows, NAMES) for text in texts], axis=1)
        for rows in (X, np.repeat(X.mean(axis=0, keepdims=True), len(X), axis=0))
    )
    assert found.sum() == pytest.approx(((before - after) ** 2).sum(axis=1).mean(), rel=1e-3)


def test_features_in_no_formula_have_no_value() -> None:
    assert values(["1.0*a"], correlated())[1:].tolist() == [0, 0]


def test_latents_count_by_what_the_decoder_makes_of_them() -> None:
    X = np.random.default_rng(0).normal(size=(4000, 3)).astype(np.float32)
    decoder = np.array([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    assert values(["1.0*a", "1.0*b"], X, decoder) == pytest.approx([1, 9, 0], rel=0.06)


def test_members_of_a_group_do_not_depend_on_how_a_formula_spells_them() -> None:
    X = np.eye(3, dtype=np.float32)[np.random.default_rng(0).choice(3, 2000, p=[0.5, 0.3, 0.2])]
    groups = dict.fromkeys(NAMES, "g")
    first = values(["1.0*a - 1.0*b"], X, groups=groups)
    second = values(["1.0 - 2.0*b - 1.0*c"], X, groups=groups)
    assert second == pytest.approx(first, rel=1e-4)
    # the formula is 1, -1, 0 in the categories; its mean is m; rows of a category share the rest
    p = X.mean(axis=0)
    mean = p @ [1, -1, 0]
    assert first == pytest.approx(p * (np.array([1, -1, 0]) - mean) ** 2, rel=1e-4)


def test_a_pole_off_the_data_is_bounded() -> None:
    X = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    # with b at its mean, this is a pole
    pole = float(X[:, 1].mean())
    found = values([f"1.0*a + 0.000001/(b - {pole!r})"], X)
    span = X[:, 0].max() - X[:, 0].min()
    assert abs(found[1]) < 4 * span**2
    assert np.isfinite(found).all()


def test_the_networks_answer_is_the_yardstick() -> None:
    X = np.random.default_rng(0).normal(size=(20_000, 3)).astype(np.float32)

    def encode(rows: Rows) -> Array:
        return rows[:, :1].astype(np.float64)

    # without a, the formula 2a is as far from a as with it; what it says of b was never right
    assert values(["2.0*a"], X, encode=encode) == pytest.approx([0, 0, 0], abs=0.03)
    assert values(["a + b"], X, encode=encode) == pytest.approx([1, -1, 0], abs=0.05)


def test_rows_belong_to_their_category() -> None:
    scaled = np.array([[3.0, -1.0], [-1.0, 3.0], [-1.0, -1.0]], dtype=np.float32)
    assert belonging(scaled).tolist() == [[1, 0], [0, 1], [0.5, 0.5]]
    assert belonging(np.array([[0.3], [7.0]], dtype=np.float32)).tolist() == [[1], [1]]
