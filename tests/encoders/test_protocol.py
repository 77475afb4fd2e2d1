import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from latent_laws.encoders.adapters import FunctionEncoder, TorchEncoder
from latent_laws.encoders.naming import distilled, variant_order
from latent_laws.encoders.protocol import EncoderError
from latent_laws.errors import LatentLawsError

X = np.random.default_rng(0).normal(size=(300, 3)) * [1.0, 5.0, 0.0]


def curved(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([x[:, 0] ** 2 + 3 * x[:, 1], np.sin(x[:, 1])], axis=1)


def test_finite_differences_are_the_derivatives() -> None:
    jacobian = FunctionEncoder(curved, 2).jacobian(X)
    expected = np.zeros((300, 2, 3))
    expected[:, 0, 0], expected[:, 0, 1] = 2 * X[:, 0], 3
    expected[:, 1, 1] = np.cos(X[:, 1])
    # a step of a tenth bends the sine by a thousandth
    np.testing.assert_allclose(jacobian, expected, atol=3e-3)


def test_backpropagation_and_finite_differences_agree() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()
    by_gradient = TorchEncoder(module, 2)
    by_difference = FunctionEncoder(by_gradient.encode, 2)
    np.testing.assert_allclose(
        by_gradient.jacobian(X[:20, :])[:, :, :2],
        by_difference.jacobian(X[:20, :])[:, :, :2],
        atol=2e-3,
    )


def test_sensitivity_counts_in_standard_deviations_of_an_input() -> None:
    found = FunctionEncoder(lambda x: 2 * x[:, :1] - 0.1 * x[:, 1:2], 1).sensitivity(X)
    assert found[0] == pytest.approx(np.abs([2, 0.1, 0]) * X.std(axis=0), rel=1e-6)


def test_decoder_gain_is_the_root_mean_square_of_its_derivatives() -> None:
    encoder = FunctionEncoder(lambda x: x[:, :2], 2, decoder=lambda z: np.hstack([z, 2 * z[:, 1:]]))
    gain = encoder.decoder_gain(np.random.default_rng(0).normal(size=(50, 2)))
    assert gain == pytest.approx([1, np.sqrt(5)])


def test_without_a_decoder_nothing_is_decoded() -> None:
    encoder = FunctionEncoder(curved, 2)
    assert not encoder.can_decode
    assert encoder.trainable_decoder() is None
    with pytest.raises(EncoderError, match="has no decoder"):
        encoder.reconstruct(X)


class Named:
    def __init__(self, variant: str, latent_dim: int, seed: int) -> None:
        self.variant, self.latent_dim, self.seed = variant, latent_dim, seed
        self.name = f"{variant}-{latent_dim}"
        self.encoder = FunctionEncoder(curved, 2)


NAMED = {
    f"{v}-{d}-{s}": Named(v, d, s)
    for v in ("symbolic", "own", "standard")
    for d in (8, 2)
    for s in (0, 1)
}


def test_distilled_encoders_come_by_latent_dim_and_variant() -> None:
    names = [one.name for one in distilled(NAMED, [8, 2], 0, ())]
    assert names == ["standard-2", "symbolic-2", "own-2", "standard-8", "symbolic-8", "own-8"]
    assert variant_order("rotated") < variant_order("symbolic") < variant_order("own")
    assert [one.seed for one in distilled(NAMED, [2], 1, ["own"])] == [1]


@pytest.mark.parametrize(
    ("dims", "seed", "variants", "line"),
    [
        ([3], 0, [], r"latent dim \(seed 0\) 3: accepted are 2, 8"),
        ([2], 5, [], r"latent dim \(seed 5\) 2: accepted are $"),
        ([2], 0, ["rotated"], "variant rotated: accepted are own, standard, symbolic"),
    ],
)
def test_what_was_not_trained_is_one_line(
    dims: list[int], seed: int, variants: list[str], line: str
) -> None:
    with pytest.raises(LatentLawsError, match=line):
        distilled(NAMED, dims, seed, variants)
