import numpy as np

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.loading import EncoderSource, OwnEncoder
from latent_laws.encoders.measures import measure_reconstruction
from tests.builders import gaussian_table

SOURCE = EncoderSource(encoder="numpy:asarray", mean=(), scale=())


def test_half_of_the_inputs_keep_half_of_the_variance() -> None:
    table = gaussian_table(n_rows=4000, n_features=4)
    kept = FunctionEncoder(
        lambda X: X[:, :2], 2, lambda Z: np.concatenate([Z, np.zeros_like(Z)], axis=1)
    )
    (record,), errors = measure_reconstruction(OwnEncoder("own", 2, 0, SOURCE, kept), table)
    assert abs(record["fvu_test"] - 0.5) < 0.05
    assert (record["variant"], record["latent_dim"], record["seed"]) == ("own", 2, 0)
    assert errors["mse"].tolist()[:2] == [0, 0]
    np.testing.assert_allclose(errors["fvu"].tolist()[2:], 1, atol=0.02)


def test_nothing_is_measured_without_a_decoder() -> None:
    encoder = FunctionEncoder(lambda X: X[:, :2], 2)
    metrics, errors = measure_reconstruction(
        OwnEncoder("own", 2, 0, SOURCE, encoder), gaussian_table()
    )
    assert metrics == []
    assert errors.empty
