import numpy as np
import pytest

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.attribution import (
    ATTRIBUTIONS,
    AttributionOptions,
    attributions,
    integrated_gradients,
    own_variance,
    permutation_effect,
)
from latent_laws.findings.response import Response
from tests.findings.planted import linear_autoencoder, table_of

ENCODER = np.array([[2.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
DECODER = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])


def rows(seed: int = 0, count: int = 400) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)


def seen(model: Encoder) -> Response:
    return Response.of(model, rows())


def test_integrated_gradients_of_a_linear_encoder_have_a_closed_form() -> None:
    X = rows()
    found = integrated_gradients(seen(linear_autoencoder(ENCODER, DECODER)), X, X, steps=4)
    distance = np.abs(X - X.mean(axis=0)).mean(axis=0)
    # gains of the decoder: 1 and the square root of 2
    expected = distance * [2 * 1, 1 * np.sqrt(2), 0]
    assert found == pytest.approx(expected, rel=1e-4)


def test_permutation_effect_of_a_linear_autoencoder_has_a_closed_form() -> None:
    X = rows()
    found = permutation_effect(seen(linear_autoencoder(ENCODER, DECODER)), X, X, levels=4)
    assert found == pytest.approx(X.var(axis=0) * [4, 2, 0], rel=1e-4)


def test_permutation_effect_does_not_depend_on_the_basis() -> None:
    X, A = rows(), np.array([[2.0, 1.0], [-1.0, 3.0]])
    rotated = linear_autoencoder(A @ ENCODER, DECODER @ np.linalg.inv(A))
    first = permutation_effect(seen(linear_autoencoder(ENCODER, DECODER)), X, X, levels=4)
    assert permutation_effect(seen(rotated), X, X, levels=4) == pytest.approx(first, rel=1e-4)


def test_own_variance_asks_no_model() -> None:
    X = rows() * np.array([1, 10, 1], dtype=np.float32)
    assert own_variance(X) == pytest.approx(X.var(axis=0), rel=1e-4)


def test_attributions_hold_a_row_a_variant_and_feature() -> None:
    table = table_of(rows().astype(np.float64), ["a", "b", "c"])
    model = linear_autoencoder(ENCODER, DECODER)
    frame = attributions(
        {"standard-2": model, "rotated-2": model}, table, AttributionOptions(rows=50)
    )
    assert frame.columns.tolist() == [
        *("encoder", "variant", "latent_dim", "feature"),
        *ATTRIBUTIONS,
    ]
    assert frame["encoder"].tolist() == ["standard-2"] * 3 + ["rotated-2"] * 3
    unused = frame.loc[frame["feature"] == "c", ["integrated_gradients", "permutation"]].to_numpy(
        dtype=np.float64
    )
    # a network's outputs differ in their last digit with the place of a row in its batch
    assert unused == pytest.approx(np.zeros(unused.shape), abs=1e-12)


def test_without_a_decoder_latents_count_in_their_deviations() -> None:
    X = rows()
    coded = FunctionEncoder(lambda Y: Y[:, :2] * np.array([100.0, 1.0]), 2)
    found = permutation_effect(seen(coded), X, X, levels=4)
    assert found == pytest.approx([1, 1, 0], rel=1e-3)
    found = integrated_gradients(seen(coded), X, X, steps=2)
    distance = np.abs(X - X.mean(axis=0)).mean(axis=0) / X.std(axis=0)
    assert found == pytest.approx(distance * [1, 1, 0], rel=1e-3)
