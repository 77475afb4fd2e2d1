"""Decoders of known form, and autoencoders trained as formulas both ways."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.encoders.symbolic_autoencoder import (
    SymbolicAutoencoderOptions,
    train_symbolic_autoencoder,
)
from latent_laws.findings.decoder_laws import COLUMNS, DecoderLawOptions, Losses, decoder_laws
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions
from tests.builders import as_table

Array = NDArray[np.float64]
SHORT = SymbolicAutoencoderOptions(steps=300, max_nodes=24, batch_size=128)
OPTIONS = DecoderLawOptions(autoencoder=SHORT)
TASKS = TaskOptions(workers=1, cache=None)
NAMES = ("a", "b", "line", "bent")
SCALING = Scaling.of({name: (100.0 * place, 10.0) for place, name in enumerate(NAMES)})


class Planted(Encoder):
    """Encodes the first two of four inputs, and decodes the others by known forms of them."""

    @property
    def latent_dim(self) -> int:
        return 2

    @property
    def can_decode(self) -> bool:
        return True

    def encode(self, X: NDArray[np.floating]) -> Array:
        return np.asarray(X[:, :2], dtype=np.float64)

    def decode(self, Z: Array) -> Array:
        a, b = Z.T
        return np.column_stack([a, b, 2 * a - b + 1, a * b - 0.5 * b**2])


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Return rows on which the planted decoder is exact."""
    free = np.random.default_rng(0).normal(size=(1500, 2))
    return as_table(Planted().decode(free), NAMES)


@pytest.fixture(scope="module")
def found(table: FeatureTable) -> tuple[pd.DataFrame, Losses]:
    """Return the laws of the planted decoder."""
    laws, losses = decoder_laws({"planted-2": Planted()}, table, SCALING, OPTIONS, TASKS)
    return laws, losses[0]


def test_the_planted_decoder_is_read(found: tuple[pd.DataFrame, Losses]) -> None:
    laws = found[0].set_index("feature")
    assert list(found[0].columns) == COLUMNS
    assert (laws["r2_test"] > 1 - 1e-6).all()
    assert (laws["null_r2"] < 0.1).all()
    assert (laws["jaccard"] == 1).all()
    assert laws.loc["line", "complexity"] <= 9
    bent = Formula.parse(laws.loc["bent", "expression"], ["z0", "z1"])
    Z = np.array([[1.0, 2.0], [-1.0, 0.5]])
    np.testing.assert_allclose(bent.evaluate(Z, ["z0", "z1"]), [0.0, -0.625], atol=1e-6)


def test_forms_are_given_in_the_units_of_the_table(found: tuple[pd.DataFrame, Losses]) -> None:
    raw = Formula.parse(found[0].set_index("feature").loc["line", "expression_raw"], ["z0", "z1"])
    Z = np.array([[1.0, 2.0], [-1.0, 0.5]])
    line = 2 * Z[:, 0] - Z[:, 1] + 1
    np.testing.assert_allclose(raw.evaluate(Z, ["z0", "z1"]), 200 + 10 * line, atol=1e-4)


def test_all_losses_are_on_one_scale(found: tuple[pd.DataFrame, Losses]) -> None:
    losses = found[1]
    assert losses["fvu_network"] == pytest.approx(0.0, abs=1e-9)
    assert losses["fvu_decoder_forms"] == pytest.approx(0.0, abs=1e-6)
    assert losses["fvu_pca"] > 0.05
    assert losses["fvu_all_symbolic"] < losses["fvu_pca"]
    assert losses["max_nodes"] <= SHORT.max_nodes


def test_formulas_both_ways_are_in_the_units_of_the_table(
    table: FeatureTable, found: tuple[pd.DataFrame, Losses]
) -> None:
    coded, decoded = found[1]["encoder_formulas"], found[1]["decoder_formulas"]
    assert isinstance(coded, list) and isinstance(decoded, dict)
    raw = SCALING.to_raw(table.test)
    Z = np.column_stack([Formula.parse(text, NAMES).evaluate(raw, NAMES) for text in coded])
    columns = [
        Formula.parse(decoded[name], ["z0", "z1"]).evaluate(Z, ["z0", "z1"]) for name in NAMES
    ]
    loss = fvu(table.test, SCALING.to_scaled(np.column_stack(columns)))
    assert loss == pytest.approx(found[1]["fvu_all_symbolic"], rel=1e-4)


def test_formulas_both_ways_are_what_was_trained(table: FeatureTable) -> None:
    one, again = (train_symbolic_autoencoder(Planted(), table, SHORT) for _ in range(2))
    assert (one.encoder, one.decoder) == (again.encoder, again.decoder)
    assert len(one.encoder) == one.latent_dim == 2
    assert {name for f in one.decoder for name in f.features} <= {"z0", "z1"}
    assert one.reconstruct(table.test).shape == table.test.shape


def test_wide_encoders_and_those_without_a_decoder_are_passed_over(table: FeatureTable) -> None:
    narrow = OPTIONS.model_copy(update={"max_latent_dim": 1})
    laws, losses = decoder_laws({"planted-2": Planted()}, table, SCALING, narrow, TASKS)
    assert (laws.empty, losses) == (True, [])
