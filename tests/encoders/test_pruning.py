import numpy as np

from latent_laws.encoders.model import SparseEncoder
from latent_laws.encoders.pruning import SparseOptions, train_distillable
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.sensitivity import sensitivity
from latent_laws.encoders.support import SupportOptions
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.tables.table import FeatureTable
from tests.builders import as_table

GROUPS = 4
SIZE = 3


def grouped_table() -> FeatureTable:
    """Twelve inputs that are noisy copies of four hidden, correlated causes, three each."""
    rng = np.random.default_rng(0)
    causes = rng.normal(size=(3000, GROUPS)) + 0.7 * rng.normal(size=(3000, 1))
    return as_table(np.repeat(causes, SIZE, axis=1) + 0.3 * rng.normal(size=(3000, GROUPS * SIZE)))


def concentration(strength: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> float:
    """Share of the latents' squared sensitivity that lies in each one's main group."""
    by_group = (strength**2).reshape(len(strength), GROUPS, SIZE).sum(axis=2)
    return float((by_group.max(axis=1) / by_group.sum(axis=1)).mean())


def test_distillable_finds_planted_inputs_and_standard_does_not() -> None:
    table = grouped_table()
    fit = FitOptions(steps=180, optimiser="adamw", learning_rate=0.01)
    standard = train_standard(table, GROUPS, 0, NetworkOptions(hidden=(16,)), fit).autoencoder
    rotated = rotate(standard, table, RotationOptions(steps=600))
    options = SparseOptions(decoder_hidden=(16,), fit=fit)
    result = train_distillable(rotated, table, SIZE, options)
    assert isinstance(result.autoencoder.model.encoder, SparseEncoder)
    response = sensitivity(result.autoencoder.model, table.train)
    assert concentration(response) >= 0.9, "precision: a latent's inputs are of one group"
    recalled = (response > 0).any(axis=0).mean()
    assert recalled >= 0.9, "recall: every input is found by some latent"
    assert concentration(sensitivity(standard.model, table.train)) < 0.6


def test_zeros_are_exact_and_few_inputs_stay() -> None:
    table = grouped_table()
    fit = FitOptions(steps=40, check_every=10)
    standard = train_standard(table, GROUPS, 0, NetworkOptions(hidden=(8,)), fit).autoencoder
    rotated = rotate(standard, table, RotationOptions(steps=100))
    for units in (0, 2):
        options = SparseOptions(units_per_latent=units, decoder_hidden=(8,), fit=fit)
        result = train_distillable(rotated, table, 5, options)
        response = sensitivity(result.autoencoder.model, table.train)
        assert ((response > 0).sum(axis=1) <= 5).all()
        assert result.n_inputs <= 5
        assert result.autoencoder.key == "distillable_k5-4-0"


def test_inputs_chosen_on_moments_are_the_planted_ones_and_stay() -> None:
    table = grouped_table()
    fit = FitOptions(steps=50, optimiser="adamw", learning_rate=0.01)
    standard = train_standard(table, GROUPS, 0, NetworkOptions(hidden=(16,)), fit).autoencoder
    rotated = rotate(standard, table, RotationOptions(steps=100))
    options = SparseOptions(
        decoder_hidden=(16,), choose="moments", support=SupportOptions(steps=200), fit=fit
    )
    result = train_distillable(rotated, table, SIZE, options)
    response = sensitivity(result.autoencoder.model, table.train)
    assert ((response > 0).sum(axis=1) == SIZE).all()
    assert concentration(response) >= 0.9
    assert (response > 0).any(axis=0).mean() >= 0.9
