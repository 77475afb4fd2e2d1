import numpy as np
import pytest

from latent_laws.checks.linearity import COLUMNS, linear_r2, linearity, linearity_of_all
from latent_laws.encoders.adapters import FunctionEncoder
from tests.builders import as_table

X = np.random.default_rng(0).normal(size=(2000, 3))


def test_a_matrix_has_linearity_one_and_a_parabola_none() -> None:
    encoder = FunctionEncoder(lambda x: np.stack([x[:, 0] - x[:, 2], x[:, 1] ** 2], axis=1), 2)
    found = linearity(("own-2", "own", 2), encoder, as_table(X))
    by_latent = found.set_index("latent")["linearity"]
    assert found.columns.tolist() == COLUMNS
    assert by_latent[0] == pytest.approx(1)
    assert abs(by_latent[1]) < 0.05


def test_the_whole_weighs_latents_by_their_variance() -> None:
    encoder = FunctionEncoder(lambda x: np.stack([10 * x[:, 0], x[:, 1] ** 2], axis=1), 2)
    found = linearity(("own-2", "own", 2), encoder, as_table(X))
    whole = found[found["latent"].isna()]
    assert whole["part"].tolist() == ["encoder"], "there is no decoder to measure"
    assert 0.95 < whole["linearity"].item() < 1


def test_a_decoder_is_measured_where_there_is_one() -> None:
    encoder = FunctionEncoder(lambda x: x[:, :1], 1, decoder=lambda z: np.hstack([z, z**2, z**3]))
    found = linearity_of_all({("own-1", "own", 1): encoder}, as_table(X))
    decoder = found[found["part"] == "decoder"]["linearity"].item()
    assert 0.2 < decoder < 0.9


def test_an_output_that_does_not_vary_has_no_linearity() -> None:
    Z = np.hstack([X[:, :1], np.ones((len(X), 1))])
    assert np.isnan(linear_r2(X, Z, X, Z)[1])
