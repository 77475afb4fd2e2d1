import pickle
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import torch

from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, TrainedAutoencoder
from latent_laws.fingerprint import fingerprint
from tests.builders import gaussian_table


def model(activation: str = "silu") -> TrainedAutoencoder:
    torch.manual_seed(0)
    config = AutoencoderConfig.model_validate(
        {"n_features": 4, "latent_dim": 2, "activation": activation}
    )
    return TrainedAutoencoder("standard", 2, 0, Autoencoder(config))


FRAME = pd.DataFrame({"name": ["a", None], "number": [1.0, np.nan], "flag": [True, False]})


@pytest.mark.parametrize(
    "value",
    [model(), {"a": model()}, FRAME, FRAME["name"], gaussian_table(), [1, "two", None], 3.5],
    ids=lambda value: type(value).__name__,
)
def test_a_loaded_copy_has_the_same(value: object) -> None:
    assert fingerprint(pickle.loads(pickle.dumps(value))) == fingerprint(value)  # noqa: S301


def test_another_content_has_another() -> None:
    changed = model()
    with torch.no_grad():
        next(changed.model.parameters())[0] += 1e-6
    assert fingerprint(changed) != fingerprint(model())
    assert fingerprint(model("tanh")) != fingerprint(model())
    assert fingerprint(FRAME.rename(columns={"name": "other"})) != fingerprint(FRAME)
    assert fingerprint(FRAME.iloc[::-1]) != fingerprint(FRAME)


def test_types_of_equal_fields_differ() -> None:
    @dataclass
    class One:
        x: int

    @dataclass
    class Two:
        x: int

    assert fingerprint(One(1)) != fingerprint(Two(1))
