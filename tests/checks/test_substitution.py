import numpy as np

from latent_laws.checks.substitution import SubstitutionOptions, substitute
from latent_laws.encoders.model import SparseEncoder, TrainedAutoencoder
from latent_laws.encoders.pruning import SparseOptions, train_distillable
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.training import FitOptions, NetworkOptions, train_standard
from latent_laws.findings.frontier import COLUMNS, exact_forms, measure_frontier
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions
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
    sparse = train_distillable(rotated, table, 4, SparseOptions(decoder_hidden=(8,), fit=FIT))
    return table, [standard, rotated, sparse.autoencoder]


def test_exact_formulas_cost_nothing_and_constants_cost_all() -> None:
    table, (_, _, sparse) = models()
    encoder = sparse.model.encoder
    assert isinstance(encoder, SparseEncoder)
    exact = SymbolicEncoder(exact_forms(encoder, table.names), table.names)
    options = SubstitutionOptions(epochs=3)
    report = substitute(sparse.encoder, exact, table, options)
    np.testing.assert_allclose(report["fvu_formulas"], report["fvu_encoder"], rtol=1e-4)
    assert report["undefined_rows"] == 0

    nothing = [Formula.linear(0.0, {}, table.names)] * 3
    blind = substitute(sparse.encoder, SymbolicEncoder(nothing, table.names), table, options)
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


def test_frontier_of_exact_and_of_read_encoders() -> None:
    table, (standard, rotated, sparse) = models()
    here = TaskOptions(workers=1, cache=None)
    options = SparseOptions(decoder_hidden=(8,), fit=FIT)
    unpruned = train_distillable(rotated, table, 6, options).autoencoder
    frame = measure_frontier([standard, rotated], [sparse, unpruned], table, here)
    assert frame.columns.tolist() == COLUMNS
    rows = frame.set_index("variant")
    assert rows["n_inputs"].to_dict() == {
        **{"standard": 4, "rotated": 4, "distillable": 4},
        "unpruned": 6,
    }
    assert rows.loc["unpruned", "r2_test"] > 0.999999
    assert rows.loc["distillable", "r2_test"] > 0.999999
    assert rows.loc["rotated", "fvu_test"] == rows.loc["standard", "fvu_test"] or np.isclose(
        rows.loc["rotated", "fvu_test"], rows.loc["standard", "fvu_test"], rtol=1e-3
    )
    assert rows.loc["rotated", "r2_test"] >= rows.loc["standard", "r2_test"] - 0.05
    assert (rows["substitution_fvu"] >= rows["fvu_test"] - 1e-6).all()
