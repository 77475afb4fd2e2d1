import numpy as np
import pytest

from latent_laws.findings.collapse import (
    CollapseOptions,
    collapse,
    duplicates,
    participation_ratio,
)
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import linear_autoencoder, table_of

NAMES = ["a", "b", "c"]


def table() -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(2000, 3)), NAMES)


def test_collapsed_latents_and_inputs_are_found() -> None:
    # Latents: a, its mirror image, nothing, b which the decoder does not read. c is not read.
    encoder = np.array([[1.0, 0, 0], [-2.0, 0, 0], [0, 0, 0], [0, 1.0, 0]])
    decoder = np.array([[0.5, -0.25, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 0]])
    model = linear_autoencoder(encoder, decoder)
    found = collapse({"standard": model}, table(), CollapseOptions())["standard"]
    assert found["n_latents"] == 4
    assert found["constant_latents"] == [2]
    assert found["dead_latents"] == [3]
    assert found["duplicate_latents"] == [[0, 1, pytest.approx(-1)]]
    assert found["dead_inputs"] == ["c"]
    assert found["participation_ratio_reconstruction"] == pytest.approx(1)


def test_a_healthy_encoder_has_none() -> None:
    model = linear_autoencoder(np.eye(3), np.eye(3))
    found = collapse({"standard": model}, table(), CollapseOptions())["standard"]
    for name in ("constant_latents", "dead_latents", "duplicate_latents", "dead_inputs"):
        assert found[name] == []
    assert found["participation_ratio"] == pytest.approx(3, abs=0.05)


def test_the_reconstruction_has_the_same_ratio_in_every_basis() -> None:
    A = np.array([[2.0, 1.0, 0], [-1.0, 3.0, 0.5], [0, 0, 1.0]])
    weights = np.diag([3.0, 1.0, 0.2])
    models = {
        "standard": linear_autoencoder(weights, np.eye(3)),
        "rotated": linear_autoencoder(A @ weights, np.linalg.inv(A)),
    }
    found = collapse(models, table(), CollapseOptions())
    name = "participation_ratio_reconstruction"
    assert found["standard"][name] == pytest.approx(found["rotated"][name], rel=1e-4)
    assert found["standard"]["participation_ratio"] != pytest.approx(
        found["rotated"]["participation_ratio"], rel=0.05
    )


@pytest.mark.parametrize(
    ("variances", "expected"), [([1, 1, 1, 1], 4), ([4, 1], 25 / 17), ([0, 0], 0)]
)
def test_participation_ratio_has_a_closed_form(variances: list[float], expected: float) -> None:
    values = np.random.default_rng(0).normal(size=(50_000, len(variances)))
    assert participation_ratio(values * np.sqrt(variances)) == pytest.approx(expected, rel=0.02)


def test_duplicates_pass_the_threshold_by_absolute_correlation() -> None:
    rng = np.random.default_rng(0)
    first, noise = rng.normal(size=(2, 50_000))
    # correlations 1/sqrt(1 + 0.01) = 0.995 and 1/sqrt(1 + 0.04) = 0.98
    Z = np.stack([first, 0.1 * noise - first, first + 0.2 * noise, np.ones(50_000)], axis=1)
    ((i, j, correlation),) = duplicates(Z, 0.99)
    assert (i, j) == (0, 1)
    assert correlation == pytest.approx(-0.995, abs=0.001)
    assert [pair[:2] for pair in duplicates(Z, 0.95)] == [(0, 1), (0, 2), (1, 2)]
