import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.stability import (
    StabilityOptions,
    basis_agreement,
    rank_correlation,
    search_seed_stability,
    sparse_linear_forms,
    training_seed_agreement,
    training_seed_importance,
    training_seed_intervals,
)
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import info_of, linear_autoencoder, table_of

NAMES = ["a", "b", "c", "d"]
WEIGHTS = np.diag([4.0, 3.0, 2.0, 1.0])


def table() -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(1000, 4)), NAMES)


def test_jaccard_is_averaged_over_latents() -> None:
    frame = pd.DataFrame(
        {
            "encoder": "standard",
            "latent": [0, 0, 1, 1],
            "seed": [0, 1, 0, 1],
            "jaccard": [0.2, 0.4, 0.8, 1.0],
        }
    )
    (row,) = search_seed_stability(frame, StabilityOptions()).to_dict("records")
    assert (row["n_latents"], row["n_seeds"]) == (2, 2)
    assert row["jaccard"] == pytest.approx(0.6)
    assert row["jaccard_low"] == pytest.approx(0.3)
    assert row["jaccard_high"] == pytest.approx(0.9)


def test_seeds_that_differ_by_a_basis_agree() -> None:
    A = np.array([[2.0, 1.0, 0, 0], [-1.0, 3.0, 0.5, 0], [0, 0, 1.0, 1.0], [1.0, 0, 0, 2.0]])
    models = {
        0: linear_autoencoder(WEIGHTS, np.eye(4)),
        1: linear_autoencoder(A @ WEIGHTS, np.linalg.inv(A)),
        2: linear_autoencoder(np.diag([1.0, 2.0, 3.0, 4.0]), np.eye(4)),
    }
    info = info_of(NAMES)
    importance = training_seed_importance({"standard": models}, table(), info, StabilityOptions())
    assert importance.groupby("seed")["permutation"].sum().tolist() == pytest.approx([1, 1, 1])
    agreement = training_seed_agreement(importance)
    for ranking in ("permutation", "sparse_linear"):
        own = agreement[agreement["ranking"] == ranking]
        assert own["spearman"].tolist() == pytest.approx([1, -1, -1])
        assert own[["seed_a", "seed_b"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 2]]


def test_sparse_linear_forms_recover_a_linear_encoder() -> None:
    forms = sparse_linear_forms(linear_autoencoder(WEIGHTS, np.eye(4)), table(), n_inputs=1)
    assert [form.features for form in forms.values()] == [("a",), ("b",), ("c",), ("d",)]
    for form, weight in zip(forms.values(), [4, 3, 2, 1], strict=True):
        assert form.constants[0] == pytest.approx(weight, rel=1e-3)


def test_constant_features_are_in_no_form() -> None:
    X = np.random.default_rng(0).normal(size=(500, 4))
    X[:, 2] = 1.5
    forms = sparse_linear_forms(linear_autoencoder(WEIGHTS, np.eye(4)), table_of(X, NAMES), 4)
    assert not any("c" in form.features for form in forms.values())


def test_verdicts_that_flip_with_the_basis_are_named() -> None:
    importance = pd.DataFrame(
        {
            "encoder": ["standard"] * 3 + ["rotated"] * 3,
            "feature": ["a", "b", "g"] * 2,
            "importance": [3.0, 2.0, 1.0, 30.0, 20.0, 10.0],
            "excess_frequency": [3.0, 2.0, 1.0, 1.0, 2.0, 3.0],
        }
    )
    verdicts = pd.DataFrame(
        {
            "encoder": ["standard"] * 3 + ["rotated"] * 3,
            "feature": ["a", "b", "g"] * 2,
            "kind": ["numeric", "numeric", "group"] * 2,
            "verdict": ["used", "formula_silent", "used", "used", "used", "used"],
        }
    )
    found = basis_agreement(importance, verdicts, "standard", "rotated")
    assert found["spearman"] == pytest.approx({"importance": 1, "excess_frequency": -1})
    assert (found["n_verdicts"], found["n_agree"]) == (3, 2)
    assert found["flips"] == [["b", "formula_silent", "used"]]


def test_rank_correlation_of_a_constant_is_undefined() -> None:
    assert np.isnan(rank_correlation(pd.Series([1.0, 1.0]), pd.Series([1.0, 2.0])))


def test_intervals_over_training_seeds_are_students() -> None:
    importance = pd.DataFrame(
        {
            "encoder": "standard",
            "seed": [0, 1, 2],
            "feature": "a",
            "permutation": [0.1, 0.2, 0.3],
            "sparse_linear": [0.2, 0.2, 0.2],
        }
    )
    frame = training_seed_intervals(importance, StabilityOptions()).set_index("ranking")
    assert frame.loc["permutation", "mean"] == pytest.approx(0.2)
    # 4.303 is Student's quantile for two degrees of freedom
    half = 4.303 * 0.1 / np.sqrt(3)
    assert frame.loc["permutation", "high"] == pytest.approx(0.2 + half, rel=1e-3)
    assert frame.loc["permutation", "low"] == pytest.approx(0.2 - half, rel=1e-3)
    assert frame.loc["sparse_linear", "low"] == pytest.approx(0.2)
    assert frame["n_seeds"].tolist() == [3, 3]
    alone = training_seed_intervals(importance.head(1), StabilityOptions())
    assert alone[["low", "high"]].isna().all().all()
