import numpy as np
import pandas as pd
import pytest

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.collapse import CollapseOptions, collapse
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import linear_autoencoder, table_of

NAMES = ["a", "b", "c"]


def table() -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(3000, 3)), NAMES)


def found_in(model: Encoder) -> pd.Series:
    return collapse({"standard-3": model}, table(), CollapseOptions()).iloc[0]


def test_collapsed_latents_are_found() -> None:
    # Latents: a, its mirror image, nothing, b which the decoder does not read.
    encoder = np.array([[1.0, 0, 0], [-2.0, 0, 0], [0, 0, 0], [0, 1.0, 0]])
    decoder = np.array([[0.5, -0.25, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 0]])
    found = found_in(linear_autoencoder(encoder, decoder))
    assert found[["constant", "dead", "duplicate"]].tolist() == [1, 1, 1]
    assert found["largest_correlation"] == pytest.approx(1)
    # three latents vary, and two of them are one
    assert found["effective"] == pytest.approx(9 / 5, abs=0.05)


def test_a_healthy_encoder_has_none() -> None:
    found = found_in(linear_autoencoder(np.eye(3), np.eye(3)))
    assert found[["constant", "dead", "duplicate"]].tolist() == [0, 0, 0]
    assert found["effective"] == pytest.approx(3, abs=0.05)


def test_an_encoder_that_wastes_half_of_its_latents_shows() -> None:
    # four latents, of two inputs, each said twice with a little noise of the third
    encoder = np.array([[1.0, 0, 0], [1.0, 0, 0.05], [0, 1.0, 0], [0, -1.0, 0.05]])
    found = found_in(linear_autoencoder(encoder, np.linalg.pinv(encoder)))
    assert found["effective"] == pytest.approx(2, abs=0.05)
    assert found["duplicate"] == 2
    assert found["largest_correlation"] > 0.99


def test_the_scale_of_a_latent_does_not_matter() -> None:
    small = found_in(linear_autoencoder(np.diag([1.0, 1.0, 0.01]), np.diag([1, 1, 100.0])))
    assert small["effective"] == pytest.approx(3, abs=0.05)


def test_without_a_decoder_nothing_is_known_of_dead_latents() -> None:
    found = found_in(FunctionEncoder(lambda X: X[:, :1], 1))
    assert np.isnan(found["dead"])
    assert np.isnan(found["largest_correlation"])
