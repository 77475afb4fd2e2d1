import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.agreement import (
    AgreementOptions,
    basis_agreement,
    rank_agreement,
    search_seed_agreement,
    seed_scores,
    sparse_linear_forms,
    training_seed_agreement,
)
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import info_of, linear_autoencoder, table_of

NAMES = ["a", "b", "c", "d"]
WEIGHTS = np.diag([4.0, 3.0, 2.0, 1.0])
OPTIONS = AgreementOptions(resamples=50)
COLUMNS = [
    *("encoder", "variant", "latent_dim"),
    *("what", "ranking", "with_what", "value", "low", "high", "n"),
]


def table() -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(1000, 4)), NAMES)


def test_rankings_agree_by_their_ranks() -> None:
    scores = {"importance": [1, 2, 3, 4], "x": [40, 30, 20, 10], "y": [1, 4, 9, 16], "z": [1] * 4}
    frame = rank_agreement(
        pd.DataFrame({"encoder": "standard-8", "feature": NAMES, **scores}),
        ["x", "y", "z"],
        OPTIONS,
    )
    assert frame.columns.tolist() == COLUMNS
    assert frame["with_what"].tolist() == ["x", "y", "z"]
    assert frame["value"].tolist()[:2] == pytest.approx([-1, 1])
    # a ranking that is no ranking agrees with nothing
    assert frame[["value", "low", "high"]].iloc[2].isna().all()
    assert frame["n"].tolist() == [4, 4, 4]


def test_intervals_of_rank_correlations_hold_the_truth() -> None:
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=60)
        scores = {"importance": a, "other": a + rng.normal(size=60)}
        frame = pd.DataFrame({"encoder": "v-1", "feature": range(60), **scores})
        row = rank_agreement(frame, ["other"], AgreementOptions(resamples=200)).iloc[0]
        # of normal variables with correlation r, Spearman's is 6/pi * arcsin(r/2)
        covered += row["low"] <= 6 / np.pi * np.arcsin(np.sqrt(0.5) / 2) <= row["high"]
    assert covered >= 34


def test_jaccard_is_averaged_over_latents() -> None:
    frame = pd.DataFrame(
        {"encoder": "standard-2", "latent": [0, 0, 1, 1], "jaccard": [0.2, 0.4, 0.8, 1.0]}
    )
    (row,) = search_seed_agreement(frame, AgreementOptions()).to_dict("records")
    assert (row["what"], row["ranking"], row["n"]) == ("search_seed", "variables", 2)
    assert [row["value"], row["low"], row["high"]] == pytest.approx([0.6, 0.3, 0.9])


def test_without_other_search_seeds_there_is_no_row() -> None:
    frame = pd.DataFrame({"encoder": "standard-2", "latent": [0], "jaccard": [np.nan]})
    assert search_seed_agreement(frame, AgreementOptions()).columns.tolist() == COLUMNS
    assert search_seed_agreement(frame, AgreementOptions()).empty


def test_seeds_that_differ_by_a_basis_agree() -> None:
    A = np.array([[2.0, 1.0, 0, 0], [-1.0, 3.0, 0.5, 0], [0, 0, 1.0, 1.0], [1.0, 0, 0, 2.0]])
    models = {
        0: linear_autoencoder(WEIGHTS, np.eye(4)),
        1: linear_autoencoder(A @ WEIGHTS, np.linalg.inv(A)),
        2: linear_autoencoder(np.diag([1.0, 2.0, 3.0, 4.0]), np.eye(4)),
    }
    scores = {
        seed: seed_scores(model, table(), info_of(NAMES), OPTIONS) for seed, model in models.items()
    }
    frame = training_seed_agreement("standard-4", scores, OPTIONS)
    for ranking in ("permutation", "importance"):
        own = frame[frame["ranking"] == ranking]
        assert own["value"].tolist() == pytest.approx([1, -1, -1])
        assert own["with_what"].tolist() == ["seeds 0 and 1", "seeds 0 and 2", "seeds 1 and 2"]


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


def test_what_differs_between_bases_shows() -> None:
    names = {"encoder": ["standard-2"] * 3 + ["rotated-2"] * 3, "feature": ["a", "b", "c"] * 2}
    importance = pd.DataFrame({**names, "importance": [3.0, 2.0, 1.0, 30.0, 20.0, 10.0]})
    verdicts = pd.DataFrame(
        {
            **names,
            "kind": ["numeric"] * 6,
            "verdict": ["used", "formula_silent", "used", "used", "used", "used"],
        }
    )
    frame = basis_agreement(importance, verdicts, "standard-2", "rotated-2", OPTIONS)
    assert frame["encoder"].tolist() == ["standard-2"] * 2
    assert frame["with_what"].tolist() == ["rotated-2"] * 2
    assert frame["value"].tolist() == pytest.approx([1, 2 / 3])
    share = frame.iloc[1]
    assert 0 < share["low"] < 2 / 3 < share["high"] < 1
