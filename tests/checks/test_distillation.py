import numpy as np
import pandas as pd
import pytest

from latent_laws.checks.distillation import (
    DistillationPlan,
    search_all,
)
from latent_laws.checks.fidelity import measure_fidelity
from latent_laws.checks.records import formula_records, symbolic_encoders
from latent_laws.checks.stability import measure_stability
from latent_laws.checks.target import Target
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling
from latent_laws.scores import IntervalOptions
from latent_laws.search.options import SearchOptions
from latent_laws.search.problem import Knowledge
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions
from tests.builders import planted_table

HERE = TaskOptions(workers=1, cache=None)
LINEAR = SearchOptions(engines=("tied_linear",))
PLAN = DistillationPlan(seeds=(0, 1), checked_latents=2, nulls=2)
INTERVALS = IntervalOptions(bootstrap_samples=50)


def known(
    X: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return np.stack([X[:, 0] - X[:, 1], 2 * X[:, 2] + 1, X[:, 3] * 0.5], axis=1)


@pytest.fixture(scope="module")
def distilled() -> tuple[FeatureTable, list[Target], pd.DataFrame, pd.DataFrame]:
    table, Z = planted_table(known)
    latents = dict(zip(("train", "validation", "test"), Z, strict=True))
    target = Target("standard", latents, np.ones((3, 6)))
    return (table, [target], *search_all([target], table, Knowledge(), LINEAR, PLAN, HERE))


def test_every_latent_once_some_again(
    distilled: tuple[FeatureTable, list[Target], pd.DataFrame, pd.DataFrame],
) -> None:
    _, _, fronts, nulls = distilled
    chosen = fronts[fronts["selected"]]
    assert sorted(zip(chosen["seed"], chosen["latent"], strict=True)) == [
        *((0, 0), (0, 1), (0, 2), (1, 0), (1, 2)),
    ]
    assert set(nulls["latent"]) == {0, 1}
    assert (nulls[nulls["selected"]]["complexity"] == 1).all()


def test_records_and_encoder_are_the_truth(
    distilled: tuple[FeatureTable, list[Target], pd.DataFrame, pd.DataFrame],
) -> None:
    table, targets, fronts, _ = distilled
    scaling = Scaling.of({name: (5.0, 2.0) for name in table.names})
    records = formula_records(targets, table, fronts, 0, INTERVALS, scaling)
    assert [set(r.variables) for r in records] == [{"x0", "x1"}, {"x2"}, {"x3"}]
    assert all(r.r2.test_ci[0] <= r.r2.test <= r.r2.test_ci[1] for r in records)
    info = pd.DataFrame({"feature": table.names, "mean": 3.0, "scale": 2.0})
    encoder = symbolic_encoders(records, info)["standard-3"]
    np.testing.assert_allclose(encoder.on_scaled(table.test), targets[0].latents["test"], atol=1e-5)
    raw = table.test.astype(np.float64) * 2 + 3
    np.testing.assert_allclose(encoder(raw), targets[0].latents["test"], atol=1e-5)
    raw = Formula.parse(records[0].expression_raw, table.names)
    np.testing.assert_allclose(
        raw.evaluate(table.test * 2.0 + 5.0, table.names),
        targets[0].latents["test"][:, 0],
        atol=1e-4,
    )


def test_ladder_has_a_null_where_one_was_searched(
    distilled: tuple[FeatureTable, list[Target], pd.DataFrame, pd.DataFrame],
) -> None:
    table, targets, fronts, nulls = distilled
    ladder = measure_fidelity(targets, table, fronts, nulls, 0, INTERVALS, HERE)
    assert len(ladder) == 3 * 5 + 2
    assert set(ladder[ladder["surrogate"] == "null"]["latent"]) == {0, 1}


def test_stability_compares_variables(
    distilled: tuple[FeatureTable, list[Target], pd.DataFrame, pd.DataFrame],
) -> None:
    table, _, fronts, _ = distilled
    stability = measure_stability(fronts, table.names)
    assert sorted(stability["latent"]) == [0, 0, 2, 2]
    assert (stability["jaccard"] == 1).all()


def test_every_encoder_gets_as_many_nulls() -> None:
    table, Z = planted_table(known)
    latents = dict(zip(("train", "validation", "test"), Z, strict=True))
    target = Target("standard", latents, np.ones((3, 6)))
    plan = DistillationPlan(seeds=(3,), checked_latents=0, nulls=7)
    fronts, nulls = search_all([target], table, Knowledge(), LINEAR, plan, HERE)
    chosen = nulls[nulls["selected"]]
    assert len(chosen) == 7
    assert len(chosen[["latent", "seed"]].drop_duplicates()) == 7
    assert set(fronts["seed"]) == {3}


def test_formulas_that_an_encoder_is_are_offered_to_the_first_search_alone() -> None:
    table, Z = planted_table(known)
    latents = dict(zip(("train", "validation", "test"), Z, strict=True))
    target = Target("symbolic", latents, np.ones((3, 6)))
    own = {"symbolic-3": ["x0 - x1", "x2*2 + 1", "x3*0.5"]}
    fronts, nulls = search_all([target], table, Knowledge(), LINEAR, PLAN, HERE, own)
    by_engine = fronts.groupby("seed")["engine"].agg(set)
    assert "encoder" in by_engine[0]
    assert "encoder" not in by_engine[1]
    assert "encoder" not in set(nulls["engine"])
