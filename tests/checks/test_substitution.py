import numpy as np

from latent_laws.checks.substitution import SubstitutionOptions, substitute
from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.symbolic import SymbolicOptions, train_symbolic
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.tables.table import FeatureTable
from tests.builders import as_table

FIT = FitOptions(steps=60, batch_size=128)


def low_rank_table() -> FeatureTable:
    rng = np.random.default_rng(0)
    causes = rng.normal(size=(1500, 3))
    return as_table(causes @ rng.normal(size=(3, 6)) + 0.1 * rng.normal(size=(1500, 6)))


def models() -> tuple[FeatureTable, list[TrainedAutoencoder]]:
    table = low_rank_table()
    standard = train_standard(table, 3, 0, NetworkOptions(hidden=(8,)), FIT).autoencoder
    rotated = rotate(standard, table, RotationOptions(steps=200))
    options = SymbolicOptions(max_nodes=(13,), distilled_nodes=13, decoder_hidden=(8,), fit=FIT)
    symbolic = train_symbolic(rotated, table, "linear", options)[0]
    return table, [standard, rotated, symbolic.autoencoder]


def test_exact_formulas_cost_nothing_and_constants_cost_all() -> None:
    table, (_, _, symbolic) = models()
    exact = SymbolicEncoder(symbolic.encoder.formulas(), table.names)
    options = SubstitutionOptions(epochs=3)
    report = substitute(symbolic.encoder, exact, table, options)
    np.testing.assert_allclose(report["fvu_formulas"], report["fvu_encoder"], rtol=1e-4)
    assert report["undefined_rows"] == 0

    nothing = [Formula.linear(0.0, {}, table.names)] * 3
    blind = substitute(symbolic.encoder, SymbolicEncoder(nothing, table.names), table, options)
    assert blind["fvu_formulas"] > 0.9
    assert blind["fvu_finetuned"] > 0.99


def test_undefined_rows_are_counted() -> None:
    table, (standard, _, _) = models()
    forms = [Formula.parse(f"log({table.names[i]})", table.names) for i in range(3)]
    report = substitute(
        standard.encoder, SymbolicEncoder(forms, table.names), table, SubstitutionOptions(epochs=1)
    )
    undefined = (table.test[:, :3] <= 0).any(axis=1).sum()
    assert report["undefined_rows"] == undefined > 0
    assert np.isfinite(report["fvu_formulas"])
