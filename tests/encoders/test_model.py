import numpy as np
import pytest
import torch
from pydantic import ValidationError

from latent_laws.encoders.model import (
    Activation,
    Autoencoder,
    AutoencoderConfig,
    SkipMLP,
    TrainedAutoencoder,
)

FORMULAS = AutoencoderConfig(
    n_features=3, latent_dim=2, formulas=("a - 2*b", "tanh(c)"), names=("a", "b", "c")
)


def test_shapes_of_networks_and_of_formulas() -> None:
    x = torch.randn(7, 3)
    for config in (AutoencoderConfig(n_features=3, latent_dim=2, hidden=(4,)), FORMULAS):
        model = Autoencoder(config)
        assert model.encode(x).shape == (7, 2)
        assert model(x).shape == (7, 3)


def test_an_encoder_of_formulas_computes_them() -> None:
    model = Autoencoder(FORMULAS)
    x = torch.randn(7, 3)
    expected = torch.stack([x[:, 0] - 2 * x[:, 1], x[:, 2].tanh()], dim=1)
    torch.testing.assert_close(model.encode(x), expected)
    trained = TrainedAutoencoder("symbolic", 2, 0, model)
    assert [one.expression for one in trained.encoder.formulas()] == ["a - 2*b", "tanh(c)"]
    assert trained.n_inputs == 2
    dense = Autoencoder(AutoencoderConfig(n_features=5, latent_dim=2))
    assert TrainedAutoencoder("standard", 2, 0, dense).encoder.formulas() == ()
    assert TrainedAutoencoder("standard", 2, 0, dense).n_inputs == 5


def test_decoder_mirrors_the_encoder_unless_told() -> None:
    mirrored = Autoencoder(AutoencoderConfig(n_features=5, latent_dim=2, hidden=(6, 4)))
    own = Autoencoder(
        AutoencoderConfig(n_features=5, latent_dim=2, hidden=(6,), decoder_hidden=(9,))
    )
    assert isinstance(mirrored.decoder.hidden[0], torch.nn.Linear)
    assert mirrored.decoder.hidden[0].out_features == 4
    assert isinstance(own.decoder.hidden[0], torch.nn.Linear)
    assert own.decoder.hidden[0].out_features == 9


@pytest.mark.parametrize("bad", [{"latent_dim": 0}, {"hidden": (0,)}, {"activation": "sine"}])
def test_impossible_config_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AutoencoderConfig.model_validate({"n_features": 3, "latent_dim": 2} | bad)


def config(activation: Activation, linear_path: bool) -> AutoencoderConfig:
    return AutoencoderConfig(
        n_features=4, latent_dim=3, activation=activation, linear_path=linear_path
    )


@pytest.mark.parametrize("linear_path", [True, False])
def test_absorbing_an_affine_map_is_the_map(linear_path: bool) -> None:
    torch.manual_seed(0)
    mlp = SkipMLP(4, (6,), 3, config("tanh", linear_path)).double()
    x, matrix, shift = torch.randn(9, 4).double(), torch.randn(3, 3).double(), torch.randn(3)
    before = mlp(x) @ matrix.T + shift
    mlp.absorb_output(matrix, shift)
    torch.testing.assert_close(mlp(x), before)


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_absorbing_an_affine_input_is_the_map(hidden: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    mlp = SkipMLP(4, hidden, 3, config("silu", True)).double()
    if not hidden:
        with torch.no_grad():
            mlp.out.weight.zero_()
    x, matrix, shift = torch.randn(9, 4).double(), torch.randn(4, 4).double(), torch.randn(4)
    expected = mlp(x @ matrix.T + shift)
    mlp.absorb_input(matrix, shift.double())
    torch.testing.assert_close(mlp(x), expected)


def test_arrays_in_arrays_out() -> None:
    model = Autoencoder(AutoencoderConfig(n_features=3, latent_dim=2))
    X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    trained = TrainedAutoencoder("standard", 2, 7, model)
    assert trained.key == "standard-2-7"
    assert trained.encoder.encode(X).dtype == np.float64
    np.testing.assert_allclose(
        trained.encoder.reconstruct(X), model(torch.from_numpy(X)).detach().numpy(), rtol=1e-6
    )
