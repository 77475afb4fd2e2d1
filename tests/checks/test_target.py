import numpy as np
import pandas as pd
import pytest

from latent_laws.checks.target import Target, latents_frame, read_targets, sensitivities_frame
from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.errors import LatentLawsError
from tests.builders import as_table

X = np.random.default_rng(0).normal(size=(100, 3))


def target(variant: str = "standard") -> Target:
    return Target.of(variant, FunctionEncoder(lambda x: x[:, :2] * 2, 2), as_table(X))


def test_latents_and_sensitivities_come_back_from_their_frames() -> None:
    table, targets = as_table(X), [target(), target("rotated")]
    sizes = [len(part) for part in (table.train, table.validation, table.test)]
    splits = np.repeat(["train", "validation", "test"], sizes)
    latents = latents_frame(targets, splits)
    assert latents.columns.tolist() == [
        *("split", "standard-2:0", "standard-2:1", "rotated-2:0", "rotated-2:1"),
    ]
    sensitivities = sensitivities_frame(targets, table.names)
    assert sensitivities["latent_dim"].eq(2).all()
    for back, given in zip(read_targets(latents, sensitivities), targets, strict=True):
        assert back.encoder == given.encoder
        np.testing.assert_array_equal(back.sensitivity, given.sensitivity)
        for split in ("train", "validation", "test"):
            np.testing.assert_array_equal(back.latents[split], given.latents[split])


def test_a_null_keeps_the_values_and_loses_the_rows() -> None:
    real, null, other = (target().values(0, number) for number in (None, 0, 1))
    for split, y in real.items():
        np.testing.assert_array_equal(np.sort(null[split]), np.sort(y))
        assert (null[split] != y).any()
        assert (null[split] != other[split]).any(), "every permutation is another one"


def test_names_stand_in_front() -> None:
    named = target().named(pd.DataFrame({"r2": [0.5]}))
    assert named.columns.tolist() == ["encoder", "variant", "latent_dim", "r2"]
    assert named.loc[0, "encoder"] == "standard-2"


def test_an_undefined_latent_is_named() -> None:
    encoder = FunctionEncoder(lambda x: np.where(x[:, :1] > 2, np.inf, x[:, :1]), 1)
    with pytest.raises(LatentLawsError, match="latent 0 is inf in row"):
        Target.of("own", encoder, as_table(X))
