import numpy as np
import pytest
import torch

from latent_laws.encoders.model import Autoencoder, AutoencoderConfig
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.training import (
    FitOptions,
    NetworkOptions,
    fit,
    start_at_pca,
    train_standard,
)
from latent_laws.errors import LatentLawsError
from latent_laws.tables.table import FeatureTable
from tests.builders import as_table, gaussian_table

QUICK = FitOptions(steps=60, batch_size=64, check_every=10)
SMALL = NetworkOptions(hidden=(8,))


def curved_table() -> FeatureTable:
    """Four columns that follow from two, one by a square: PCA cannot, a network can."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 2000))
    return as_table(np.stack([a, b, a**2, a - b], axis=1))


def test_beats_pca_on_a_curved_table() -> None:
    result = train_standard(curved_table(), 2, 0, NetworkOptions(), FitOptions(steps=200))
    assert result.metrics["fvu_test"] < 0.5 * result.metrics["pca_fvu_test"]


def test_start_at_pca_is_pca() -> None:
    table = gaussian_table()
    baseline = LinearBaseline.fit(table.train)
    model = Autoencoder(AutoencoderConfig(n_features=6, latent_dim=3))
    start_at_pca(model, baseline)
    with torch.no_grad():
        reconstructed = model(torch.from_numpy(table.test)).numpy()
    np.testing.assert_allclose(reconstructed, baseline.reconstruct(table.test, 3), atol=1e-5)


def test_never_worse_than_its_start_on_validation() -> None:
    # noise has nothing to learn: the untrained network may be the best
    result = train_standard(gaussian_table(), 2, 0, SMALL, QUICK)
    curve = result.curve["mse_validation"]
    assert result.metrics["mse_validation"] == pytest.approx(curve.min(), rel=1e-5)
    best = result.curve.set_index("step")["mse_validation"]
    assert best[int(str(result.metrics["steps"]))] == curve.min()


def test_same_seed_same_weights_other_seed_others() -> None:
    table = curved_table()
    first, again, other = (
        train_standard(table, 2, seed, SMALL, QUICK).autoencoder.encoder.encode(table.test)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_tables_carry_the_names_of_the_model() -> None:
    result = train_standard(gaussian_table(), 2, 5, SMALL, QUICK)
    assert result.errors.columns.tolist() == [
        *("variant", "latent_dim", "seed", "feature", "mse", "fvu"),
    ]
    assert set(result.errors["seed"]) == {5}
    assert result.curve["step"].tolist() == list(range(0, 10 * len(result.curve), 10))
    assert result.autoencoder.key == "standard-2-5"


def test_divergence_names_the_learning_rate() -> None:
    model = Autoencoder(AutoencoderConfig(n_features=6, latent_dim=2))
    table = gaussian_table()
    with pytest.raises(LatentLawsError, match="learning_rate is 1e\\+30"):
        fit(model, table.train, table.validation, FitOptions(learning_rate=1e30), seed=0)


def test_stops_early() -> None:
    options = FitOptions(steps=600, batch_size=64, check_every=10, patience=2)
    result = train_standard(gaussian_table(), 2, 0, SMALL, options)
    assert len(result.curve) < 61


def test_steps_not_rows_make_the_cost() -> None:
    few, many = gaussian_table(300), gaussian_table(3000)
    looks = [len(train_standard(table, 2, 0, SMALL, QUICK).curve) for table in (few, many)]
    assert looks == [7, 7]


@pytest.mark.parametrize("network", [{"linear_path": False}, {"batch_norm": True}])
def test_textbook_networks_learn_the_curve(network: dict[str, bool]) -> None:
    options = NetworkOptions(hidden=(16, 16), **network)
    result = train_standard(curved_table(), 2, 0, options, FitOptions(steps=300, batch_size=64))
    assert result.metrics["fvu_test"] < result.metrics["pca_fvu_test"]
    assert not result.autoencoder.model.training, "batch norm must not depend on the batch"
