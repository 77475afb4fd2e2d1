import re
from typing import Any

import numpy as np
import pytest

from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.sparse_linear import SparseLinearEngine, SparseLinearOptions
from latent_laws.search.engines.tied_linear import TiedLinearEngine, TiedLinearOptions
from latent_laws.search.moments import Moments
from latent_laws.search.problem import Knowledge, Problem

NAMES = [f"x{i}" for i in range(8)]


def data(
    weights: dict[int, float], noise: float = 0.0, rows: int = 800
) -> tuple[
    "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    "np.ndarray[tuple[int], np.dtype[np.float64]]",
]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, len(NAMES)))
    y = 1.5 + sum(w * X[:, i] for i, w in weights.items()) + noise * rng.normal(size=rows)
    return X, np.asarray(y)


def test_path_finds_the_planted_inputs_first() -> None:
    X, y = data({2: 3.0, 5: -1.0, 7: 0.5})
    assert Moments.of(X, y).forward_path(3) == [2, 5, 7]


def test_path_leaves_out_copies_and_constants() -> None:
    X, y = data({2: 3.0, 5: -1.0}, noise=0.1)
    X[:, 3] = 2 * X[:, 2]
    X[:, 4] = 7.0
    path = Moments.of(X, y).forward_path(8)
    assert 4 not in path
    assert len({2, 3} & set(path)) == 1
    assert len(path) == 6


def test_an_early_wrong_turn_is_taken_back() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, len(NAMES)))
    # x3 resembles the target more than either input does, and is chosen first
    y = X[:, 0] + X[:, 1]
    X[:, 3] = y + 0.5 * rng.normal(size=800)
    moments = Moments.of(X, y)
    path = moments.forward_path(4)
    assert path[0] == 3
    assert sorted(moments.fewest_exact(path)) == [0, 1]
    forms = SparseLinearEngine().search(Problem(X, y, NAMES), SparseLinearOptions(max_inputs=4), 0)
    assert set(forms[-1].features) == {"x0", "x1"}


def misleading(noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Three inputs, and a fourth that resembles their sum more than each of them does."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, len(NAMES)))
    y = X[:, 0] + X[:, 1] + X[:, 2]
    X[:, 3] = y + 0.8 * rng.normal(size=800)
    return X, y + noise * rng.normal(size=800)


def test_exchanges_take_an_early_wrong_turn_back() -> None:
    moments = Moments.of(*misleading(noise=0.3))
    path = moments.forward_path(3)
    assert path[0] == 3
    assert sorted(moments.exchanged(path)) == [0, 1, 2]
    assert sorted(moments.best_choices([3])[0]) == [0, 1, 2]


def test_exchanges_never_explain_less_and_keep_the_number() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 12)) @ rng.normal(size=(12, 12))
    moments = Moments.of(X, X @ rng.normal(size=12) + rng.normal(size=60))
    for k in range(1, 7):
        path = moments.forward_path(k)
        exchanged = moments.exchanged(path)
        assert len(set(exchanged)) == k
        assert moments.unexplained(exchanged) <= moments.unexplained(path) + 1e-12


def test_choices_hold_no_copies_and_no_constants() -> None:
    X, y = data({2: 3.0, 5: -1.0}, noise=0.1)
    X[:, 3] = 2 * X[:, 2]
    X[:, 4] = 7.0
    for choice in Moments.of(X, y).best_choices(range(1, 9)):
        assert 4 not in choice
        assert not {2, 3} <= set(choice)


def test_forms_are_least_squares() -> None:
    X, y = data({0: 1.0, 1: 2.0, 2: 3.0}, noise=0.5)
    forms = SparseLinearEngine().search(Problem(X, y, NAMES), SparseLinearOptions(max_inputs=3), 0)
    assert [f.complexity for f in forms] == [5, 9, 13]
    design = np.column_stack([X[:, :3], np.ones(len(X))])
    expected = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(forms[-1].evaluate(X, NAMES), expected)


def test_shared_weights_are_found_and_cheaper() -> None:
    X, y = data({0: 0.7, 1: 0.7, 2: -0.7, 3: 0.2, 4: -0.2})
    options = TiedLinearOptions(complexities=(15,), group_counts=(2,), passes=6)
    (form,) = TiedLinearEngine().search(Problem(X, y, NAMES), options, 0)
    assert form.complexity == 15
    np.testing.assert_allclose(form.evaluate(X, NAMES), y, atol=1e-6)


def test_never_worse_than_sparse_linear_where_weights_are_alike() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(500, 30))
    y = X @ rng.choice([-1.0, 1.0, 0.5], size=30) + 0.1 * rng.normal(size=500)
    names = [f"v{i}" for i in range(30)]
    options = TiedLinearOptions(complexities=(37,))
    (tied,) = TiedLinearEngine().search(Problem(X, y, names), options, 0)
    sparse = SparseLinearEngine().search(
        Problem(X, y, names), SparseLinearOptions(max_inputs=9), 0
    )[-1]
    assert tied.complexity <= sparse.complexity == 37

    def error(form: Formula) -> float:
        return float(((form.evaluate(X, names) - y) ** 2).mean())

    assert error(tied) < 0.9 * error(sparse)


@pytest.mark.parametrize("engine", [SparseLinearEngine(), TiedLinearEngine()])
def test_two_calls_agree(engine: SparseLinearEngine | TiedLinearEngine) -> None:
    X, y = data({0: 1.0, 1: 2.0, 2: 3.0, 6: 0.1}, noise=0.5)
    options = SparseLinearOptions() if engine.name == "sparse_linear" else TiedLinearOptions()
    search: Any = engine.search  # takes its own options
    first, second = (search(Problem(X, y, NAMES), options, 0) for _ in range(2))
    assert first == second


def test_only_inputs_of_one_kind_share_a_weight() -> None:
    X, y = data({0: 0.7, 1: 0.7, 2: -0.7, 3: 0.2, 4: -0.2}, noise=0.1)
    kinds = {name: "even" if i % 2 == 0 else "odd" for i, name in enumerate(NAMES)}
    given = Problem(X, y, NAMES, Knowledge(kinds=kinds))
    forms = TiedLinearEngine().search(given, TiedLinearOptions(), 0)
    assert forms
    for form in forms:
        for group in re.findall(r"\(([^)]*)\)", form.expression):
            assert len({kinds[name] for name in re.findall(r"x\d", group)}) == 1
