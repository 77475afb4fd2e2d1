"""Representations that hold the label score high, others at chance; figures are of test rows."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from latent_laws.errors import LatentLawsError
from latent_laws.findings.task_probe import ProbeOptions, task_probe

OPTIONS = ProbeOptions(strengths=(0.1, 1.0))
Probe = dict[str, Any]
N_ROWS = 1000
SPLITS = np.repeat(["train", "validation", "test"], [500, 200, 300])


def planted(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Ten features, of which the first alone carries the label: means -1 and 1, deviation 1."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, N_ROWS)
    X = rng.normal(size=(N_ROWS, 10))
    X[:, 0] += 2 * labels - 1
    return X, labels


@pytest.fixture(scope="module")
def probe() -> Probe:
    X, labels = planted()
    formulas = X[:, :2].copy()
    formulas[::7] = np.nan
    return task_probe(
        X,
        {"standard": X[:, :2], "rotated": X[:, 8:]},
        {"standard": formulas},
        labels,
        SPLITS,
        OPTIONS,
    )


def record(probe: Probe, representation: str, encoder: str | None = None) -> Probe:
    (found,) = (
        one
        for one in probe["records"]
        if (one["representation"], one["encoder"]) == (representation, encoder)
    )
    return found


def test_the_label_is_read_as_well_as_can_be(probe: Probe) -> None:
    best_possible = norm.cdf(1)
    for name, encoder in (("features", None), ("encoder", "standard")):
        found = record(probe, name, encoder)
        assert found["ci_low"] < best_possible < found["ci_high"]
        assert found["accuracy"] == pytest.approx(best_possible, abs=0.05)
    assert record(probe, "features")["n_columns"] == 10


def test_what_does_not_hold_the_label_is_at_chance(probe: Probe) -> None:
    found = record(probe, "encoder", "rotated")
    assert found["ci_low"] < 0.5 < found["ci_high"]


def test_undefined_values_cost_their_rows_only(probe: Probe) -> None:
    formulas, encoder = record(probe, "formulas", "standard"), record(probe, "encoder", "standard")
    assert 0.6 < formulas["accuracy"] < encoder["accuracy"]


def test_the_interval_is_wilsons(probe: Probe) -> None:
    found = record(probe, "features")
    n, p, z = probe["n_test"], found["accuracy"], norm.ppf(0.975)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert found["ci_low"] == pytest.approx(centre - half)
    assert found["ci_high"] == pytest.approx(centre + half)


def test_the_majority_is_that_of_the_training_rows() -> None:
    X, _ = planted()
    labels = np.where(SPLITS == "test", np.arange(N_ROWS) % 4 == 0, np.arange(N_ROWS) % 4 != 0)
    probe = task_probe(X, {"standard": X}, {}, labels.astype(int), SPLITS, OPTIONS)
    assert probe["majority_accuracy"] == pytest.approx(0.25)


def test_training_rows_alone_are_fitted() -> None:
    X, labels = planted()
    turned = np.where(SPLITS == "train", labels, 1 - labels)
    probe = task_probe(X, {}, {}, turned, SPLITS, OPTIONS)
    assert record(probe, "features")["accuracy"] < 0.3


def test_labels_may_be_words() -> None:
    X, labels = planted()
    words = np.array(["bad", "good"])[labels]
    as_words, as_numbers = (
        task_probe(X, {}, {}, some, SPLITS, OPTIONS)["records"] for some in (words, labels)
    )
    assert as_words == as_numbers


def test_without_labels_it_does_not_apply() -> None:
    X, labels = planted()
    assert not task_probe(X, {}, {}, labels[:0], SPLITS, OPTIONS)["applicable"]
    one = task_probe(X, {}, {}, np.zeros_like(labels), SPLITS, OPTIONS)
    assert not one["applicable"]
    assert one["reason"] == "the training rows have one label only: 0"


def test_labels_of_other_rows_are_named() -> None:
    X, labels = planted()
    with pytest.raises(LatentLawsError, match="there are 999 labels and 1000 rows"):
        task_probe(X, {}, {}, labels[1:], SPLITS, OPTIONS)


def test_the_same_seed_gives_the_same_figures(probe: Probe) -> None:
    X, labels = planted()
    runs = [task_probe(X, {"a": X[:, :3]}, {}, labels, SPLITS, OPTIONS) for _ in range(2)]
    assert runs[0] == runs[1]
