import numpy as np
import pytest

from latent_laws.encoders.model import latents, reconstructions
from latent_laws.encoders.rotation import (
    RotationOptions,
    linear_dependence,
    rotate,
    sparse_basis,
    whiten,
)
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.tables.table import FeatureTable

OPTIONS = RotationOptions(steps=600)


def test_reconstruction_stays(covertype_table: FeatureTable) -> None:
    trained = train_standard(
        covertype_table, 8, 0, NetworkOptions(hidden=(16,)), FitOptions(steps=60)
    ).autoencoder
    rotated = rotate(trained, covertype_table, OPTIONS)
    np.testing.assert_allclose(
        reconstructions(rotated.model, covertype_table.test),
        reconstructions(trained.model, covertype_table.test),
        atol=1e-5,
    )
    Z = latents(rotated.model, covertype_table.train)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(Z.std(axis=0), 1, atol=1e-3)
    assert (rotated.variant, rotated.latent_dim, rotated.seed) == ("rotated", 8, 0)


def test_rotation_makes_latents_sparser(covertype_table: FeatureTable) -> None:
    trained = train_standard(
        covertype_table, 8, 0, NetworkOptions(hidden=(16,)), FitOptions(steps=60)
    ).autoencoder
    rotated = rotate(trained, covertype_table, OPTIONS)

    def inputs_per_latent(model: object) -> float:
        """Participation ratio of the squared dependence of each latent, averaged."""
        Z = latents(model, covertype_table.train)  # type: ignore[arg-type]
        share = linear_dependence((Z - Z.mean(axis=0)) / Z.std(axis=0), covertype_table.train) ** 2
        return float((share.sum(axis=1) ** 2 / (share**2).sum(axis=1)).mean())

    assert inputs_per_latent(rotated.model) < 0.8 * inputs_per_latent(trained.model)


def test_finds_a_planted_basis() -> None:
    rng = np.random.default_rng(0)
    sparse = np.kron(np.eye(5), rng.uniform(0.5, 1, size=(1, 4)))  # each latent has its own inputs
    sparse /= np.linalg.norm(sparse, axis=1, keepdims=True)
    mixing = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    found = sparse_basis(mixing @ sparse, OPTIONS) @ mixing @ sparse
    overlap = np.abs(found @ sparse.T)
    assert (overlap.max(axis=1) > 0.99).all()
    assert sorted(overlap.argmax(axis=1)) == list(range(5))


@pytest.mark.parametrize("bound", [1.5, 4.0])
def test_condition_number_is_bounded(bound: float) -> None:
    rng = np.random.default_rng(1)
    nearly_the_same = np.repeat(rng.normal(size=(1, 6)), 4, axis=0) + rng.normal(size=(4, 6)) * 0.1
    options = RotationOptions(steps=300, max_condition=bound)
    assert np.linalg.cond(sparse_basis(nearly_the_same, options)) <= bound


def test_whitening() -> None:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3))
    Z -= Z.mean(axis=0)
    white = Z @ whiten(Z).T
    np.testing.assert_allclose(white.T @ white / 500, np.eye(3), atol=1e-10)


def test_whitening_leaves_a_dead_latent_alone() -> None:
    Z = np.random.default_rng(0).normal(size=(100, 2))
    Z[:, 1] = 0
    assert np.isfinite(whiten(Z - Z.mean(axis=0))).all()
