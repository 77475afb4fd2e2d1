import numpy as np
import torch

from latent_laws.encoders.model import Autoencoder, AutoencoderConfig
from latent_laws.encoders.sensitivity import sensitivity


def test_of_a_linear_encoder_it_is_weight_times_spread() -> None:
    model = Autoencoder(AutoencoderConfig(n_features=3, latent_dim=2, encoder="sparse"))
    weight = torch.tensor([[1.0, -2.0, 0.0], [0.5, 0.0, 3.0]])
    with torch.no_grad():
        model.encoder.linear.weight.copy_(weight)  # type: ignore[union-attr,operator]
    X = (np.random.default_rng(0).normal(size=(400, 3)) * [1, 2, 5]).astype(np.float32)
    np.testing.assert_allclose(
        sensitivity(model, X), np.abs(weight.numpy()) * X.std(axis=0), rtol=1e-5
    )
