import numpy as np
import pytest

from latent_laws.encoders.model import (
    Autoencoder,
    AutoencoderConfig,
    TrainedAutoencoder,
)
from latent_laws.encoders.pca import linear_forms
from latent_laws.encoders.rotation import (
    Judge,
    RotationOptions,
    bases,
    effective_number,
    jacobians,
    rotate,
    whiten,
)
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.tables.table import FeatureTable
from tests.builders import gaussian_table

OPTIONS = RotationOptions(steps=300)


def standard(table: FeatureTable) -> TrainedAutoencoder:
    options = FitOptions(steps=60)
    return train_standard(table, 8, 0, NetworkOptions(hidden=(16,)), options).autoencoder


def test_reconstruction_stays(covertype_table: FeatureTable) -> None:
    trained = standard(covertype_table)
    rotated = rotate(trained, covertype_table, OPTIONS)
    np.testing.assert_allclose(
        rotated.encoder.reconstruct(covertype_table.test),
        trained.encoder.reconstruct(covertype_table.test),
        atol=1e-5,
    )
    Z = rotated.encoder.encode(covertype_table.train)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(Z.std(axis=0), 1, atol=1e-3)
    assert (rotated.variant, rotated.latent_dim, rotated.seed) == ("rotated", 8, 0)


def test_rotation_makes_latents_sparser(covertype_table: FeatureTable) -> None:
    trained = standard(covertype_table)
    rotated = rotate(trained, covertype_table, OPTIONS)

    def inputs_per_latent(one: TrainedAutoencoder) -> float:
        """Participation ratio of the squared dependence of each latent, averaged."""
        X = covertype_table.train
        Z = one.encoder.encode(X)
        weights = linear_forms((Z - Z.mean(axis=0)) / Z.std(axis=0), X)
        share = (weights * X.std(axis=0)) ** 2
        return float((share.sum(axis=1) ** 2 / (share**2).sum(axis=1)).mean())

    assert inputs_per_latent(rotated) < 0.8 * inputs_per_latent(trained)


def test_finds_a_planted_basis() -> None:
    rng = np.random.default_rng(0)
    sparse = np.kron(np.eye(5), rng.uniform(0.5, 1, size=(1, 4)))  # each latent has its own inputs
    sparse /= np.linalg.norm(sparse, axis=1, keepdims=True)
    mixing = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    *_, basis = bases(mixing @ sparse, OPTIONS)
    overlap = np.abs(basis @ mixing @ sparse @ sparse.T)
    assert (overlap.max(axis=1) > 0.99).all()
    assert sorted(overlap.argmax(axis=1)) == list(range(5))


def test_more_spread_keeps_latents_apart() -> None:
    rng = np.random.default_rng(1)
    nearly_the_same = np.repeat(rng.normal(size=(1, 6)), 4, axis=0) + rng.normal(size=(4, 6)) * 0.1
    apart, close = bases(nearly_the_same, RotationOptions(steps=300, spreads=(30.0, 0.1)))
    assert np.linalg.cond(apart) < np.linalg.cond(close)


def test_a_basis_that_says_the_same_twice_is_refused(covertype_table: FeatureTable) -> None:
    trained = standard(covertype_table)
    options = RotationOptions(steps=200, spreads=(30.0, 0.01))
    Z, rotated = (
        one.encoder.encode(covertype_table.train)
        for one in (trained, rotate(trained, covertype_table, options))
    )
    assert effective_number(rotated - rotated.mean(axis=0)) >= 0.6 * effective_number(
        Z - Z.mean(axis=0)
    )


def test_the_decoder_loses_no_more_on_forms_of_the_rotated_latents(
    covertype_table: FeatureTable,
) -> None:
    trained = standard(covertype_table)
    rotated = rotate(trained, covertype_table, OPTIONS)
    plain, chosen = (
        Judge(one, covertype_table, OPTIONS.terms).loss(np.eye(8)) for one in (trained, rotated)
    )
    assert chosen < plain


def test_effective_number_of_latents() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(5000, 3))
    assert effective_number(z * [1, 10, 100]) == pytest.approx(3, abs=0.02)
    assert effective_number(np.repeat(z[:, :1], 3, axis=1)) == pytest.approx(1)
    assert effective_number(np.zeros((5, 2))) == 0


def test_jacobians_of_a_linear_encoder_are_its_weights_in_spreads() -> None:
    table = gaussian_table()
    model = Autoencoder(
        AutoencoderConfig(n_features=6, latent_dim=1, formulas=("2*x0 - x1",), names=table.names)
    )
    slopes = jacobians(TrainedAutoencoder("given", 1, 0, model), table).reshape(-1, 6)
    expected = np.array([2, -1, 0, 0, 0, 0]) * table.train.std(axis=0)
    np.testing.assert_allclose(slopes.sum(axis=0), expected, rtol=1e-5)


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


def test_inputs_that_are_sums_of_others_keep_small_weights() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 2000))
    X = np.column_stack([a, b, a - b]).astype(np.float32)
    weights = linear_forms((a + 2 * b)[:, None], X) * X.std(axis=0)
    # the least of all sums that say the same; rounding alone would allow millions
    assert np.abs(weights).max() < 3
