import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.agreement import (
    AgreementOptions,
    basis_agreement,
    seed_scores,
    training_seed_agreement,
)
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import linear_autoencoder, table_of

NAMES = ["a", "b", "c", "d"]
WEIGHTS = np.diag([4.0, 3.0, 2.0, 1.0])
OPTIONS = AgreementOptions(resamples=50)
COLUMNS = [
    *("encoder", "variant", "latent_dim"),
    *("what", "ranking", "with_what", "value", "low", "high", "n"),
]


def table() -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(1000, 4)), NAMES)


def agreement(first: object, second: object, resamples: int = 50) -> "pd.Series[float]":
    """Return how far two trainings agree by these scores."""
    scores = {0: np.asarray(first, dtype=np.float64), 1: np.asarray(second, dtype=np.float64)}
    frame = training_seed_agreement("v-1", scores, AgreementOptions(resamples=resamples))
    assert frame.columns.tolist() == COLUMNS
    return frame.iloc[0]


def test_rankings_agree_by_their_ranks() -> None:
    assert agreement([1, 2, 3, 4], [40, 30, 20, 10])["value"] == pytest.approx(-1)
    found = agreement([1, 2, 3, 4], [1, 4, 9, 16])
    assert (found["value"], found["n"]) == (pytest.approx(1), 4)
    # a ranking that is no ranking agrees with nothing
    assert agreement([1, 2, 3, 4], [1, 1, 1, 1])[["value", "low", "high"]].isna().all()


def test_intervals_of_rank_correlations_hold_the_truth() -> None:
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=60)
        row = agreement(a, a + rng.normal(size=60), 200)
        # of normal variables with correlation r, Spearman's is 6/pi * arcsin(r/2)
        covered += row["low"] <= 6 / np.pi * np.arcsin(np.sqrt(0.5) / 2) <= row["high"]
    assert covered >= 34


def test_seeds_that_differ_by_a_basis_agree() -> None:
    A = np.array([[2.0, 1.0, 0, 0], [-1.0, 3.0, 0.5, 0], [0, 0, 1.0, 1.0], [1.0, 0, 0, 2.0]])
    models = {
        0: linear_autoencoder(WEIGHTS, np.eye(4)),
        1: linear_autoencoder(A @ WEIGHTS, np.linalg.inv(A)),
        2: linear_autoencoder(np.diag([1.0, 2.0, 3.0, 4.0]), np.eye(4)),
    }
    scores = {seed: seed_scores(model, table(), OPTIONS) for seed, model in models.items()}
    frame = training_seed_agreement("standard-4", scores, OPTIONS)
    assert frame["value"].tolist() == pytest.approx([1, -1, -1])
    assert frame["with_what"].tolist() == ["seeds 0 and 1", "seeds 0 and 2", "seeds 1 and 2"]


def test_what_differs_between_bases_shows() -> None:
    names = {"encoder": ["standard-2"] * 3 + ["rotated-2"] * 3, "feature": ["a", "b", "c"] * 2}
    for scores, expected in (([30.0, 20.0, 10.0], 1), ([20.0, 30.0, 10.0], 0.5)):
        importance = pd.DataFrame({**names, "importance": [3.0, 2.0, 1.0, *scores]})
        (row,) = basis_agreement(importance, "standard-2", "rotated-2", OPTIONS).to_dict("records")
        assert (row["encoder"], row["what"], row["with_what"]) == (
            "standard-2",
            "basis",
            "rotated-2",
        )
        assert row["value"] == pytest.approx(expected)
