import numpy as np
import pytest

from latent_laws.encoders.frontier import choose_symbolic, draw_frontier
from latent_laws.encoders.rotation import RotationOptions, rotate
from latent_laws.encoders.symbolic import SymbolicOptions, train_symbolic
from latent_laws.encoders.training import (
    FitOptions,
    NetworkOptions,
    TrainingResult,
    train_standard,
)
from latent_laws.tables.table import FeatureTable
from tests.builders import as_table

FIT = FitOptions(steps=150, batch_size=128, check_every=25)
OPTIONS = SymbolicOptions(
    max_nodes=(9, 21), distilled_nodes=9, decoder_hidden=(16,), start_steps=100, fit=FIT
)
GROUPS, SIZE = 4, 3


def grouped_table() -> FeatureTable:
    """Twelve inputs that are noisy copies of four hidden causes, three each."""
    rng = np.random.default_rng(0)
    causes = rng.normal(size=(2000, GROUPS))
    return as_table(np.repeat(causes, SIZE, axis=1) + 0.3 * rng.normal(size=(2000, GROUPS * SIZE)))


@pytest.fixture(scope="module")
def trained() -> tuple[FeatureTable, TrainingResult, list[TrainingResult]]:
    table = grouped_table()
    dense = train_standard(table, GROUPS, 0, NetworkOptions(hidden=(16,)), FIT)
    rotated = rotate(dense.autoencoder, table, RotationOptions(steps=300))
    return table, dense, train_symbolic(rotated, table, "linear", OPTIONS)


def test_formulas_are_the_encoder_and_short_enough(
    trained: tuple[FeatureTable, TrainingResult, list[TrainingResult]],
) -> None:
    table, _, results = trained
    assert [r.autoencoder.variant for r in results] == ["linear_n21", "linear_n9"]
    for result, nodes in zip(results, (21, 9), strict=True):
        formulas = result.autoencoder.encoder.formulas()
        assert all(formula.complexity <= nodes for formula in formulas)
        values = np.stack([f.evaluate(table.test, table.names) for f in formulas], axis=1)
        np.testing.assert_allclose(
            result.autoencoder.encoder.encode(table.test), values, rtol=1e-12
        )


def test_nine_nodes_find_the_three_inputs_of_each_cause(
    trained: tuple[FeatureTable, TrainingResult, list[TrainingResult]],
) -> None:
    _, dense, results = trained
    short = results[1]
    groups = [
        {int(name[1:]) // SIZE for name in formula.features}
        for formula in short.autoencoder.encoder.formulas()
    ]
    assert sorted(map(tuple, groups)) == [(0,), (1,), (2,), (3,)]
    assert short.autoencoder.n_inputs == SIZE
    assert short.metrics["fvu_validation"] < dense.metrics["fvu_validation"] + 0.02


def test_frontier_has_every_kind_and_the_dense_network_as_its_measure(
    trained: tuple[FeatureTable, TrainingResult, list[TrainingResult]],
) -> None:
    _, dense, results = trained
    frontier = draw_frontier([dense], results).set_index(["kind", "max_nodes"])
    assert frontier.loc[("dense", np.nan), "kept_share"] == pytest.approx(1)
    assert frontier.loc[("symbolic", 9), "nodes"] <= 9
    assert frontier.loc[("linear", 9), "fvu_test"] == frontier.loc[("symbolic", 9), "fvu_test"]
    assert frontier.loc[("pca", np.nan), "fvu_test"] == dense.metrics["pca_fvu_test"]
    chosen = choose_symbolic(results, [GROUPS], 9)
    assert [r.autoencoder.key for r in chosen] == ["symbolic-4-0"]
    assert chosen[0].metrics["variant"] == "symbolic"


def test_units_beat_linear_forms_where_one_latent_has_to_fold() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3000))
    table = as_table(np.stack([a, b, 3 * np.tanh(2 * (a - b)), 3 * np.tanh(2 * (a - b))], axis=1))
    dense = train_standard(table, 1, 0, NetworkOptions(hidden=(16, 16)), FIT)
    options = SymbolicOptions(
        max_nodes=(15,), distilled_nodes=15, units=("tanh",), decoder_hidden=(16, 16), fit=FIT
    )
    assert options.kinds == ("linear", "symbolic")
    found = train_symbolic(dense.autoencoder, table, "symbolic", options)[0]
    assert found.autoencoder.encoder.formulas()[0].complexity <= 15
    assert found.metrics["fvu_validation"] < dense.metrics["fvu_validation"] + 0.05


def test_same_seed_same_formulas() -> None:
    table = grouped_table()
    dense = train_standard(table, 2, 0, NetworkOptions(hidden=(8,)), FIT).autoencoder
    quick = OPTIONS.model_copy(update={"scratch_starts": 1, "units": ("gauss",)})
    first, again = (train_symbolic(dense, table, "symbolic", quick)[-1] for _ in range(2))
    assert first.autoencoder.encoder.formulas() == again.autoencoder.encoder.formulas()


def test_the_distilled_size_is_one_of_the_sizes() -> None:
    with pytest.raises(ValueError, match="distilled_nodes 33 is not in max_nodes"):
        SymbolicOptions(distilled_nodes=33)


def test_of_few_rows_formulas_lose_little_more_than_the_components_they_are_cut_from() -> None:
    """Training learns 36 rows by heart; forms that it does not touch are there as well."""
    rng = np.random.default_rng(0)
    table = as_table(
        rng.normal(size=(60, 4)) @ rng.normal(size=(4, 12)) + rng.normal(size=(60, 12))
    )
    dense = train_standard(table, 4, 0, NetworkOptions(hidden=(16,)), FIT).autoencoder
    for result in train_symbolic(dense, table, "linear", OPTIONS):
        assert result.metrics["fvu_validation"] < 1.5 * result.metrics["pca_fvu_test"]
