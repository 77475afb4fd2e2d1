import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.findings.distillation import Distillation, selected_formulas, usage
from latent_laws.formulas.formula import Formula
from tests.findings.planted import front_of, info_of, linear_autoencoder, table_of

NAMES = ["a", "b", "c"]


def about(fronts: pd.DataFrame, null: pd.DataFrame | None = None) -> Distillation:
    model = linear_autoencoder(np.eye(3)[:1], np.eye(3)[:, :1])
    table = table_of(np.random.default_rng(0).normal(size=(50, 3)), NAMES)
    if null is None:
        null = front_of(0, ["a"], NAMES).iloc[:0]
    return Distillation({"standard": model}, table, info_of(NAMES), [], fronts, null)


def texts(formulas: tuple[Formula, ...]) -> list[str]:
    return [one.expression for one in formulas]


def test_near_best_formulas_are_grouped_by_latent_and_seed() -> None:
    first = front_of(0, ["a", "a + b", "a + b + c"], NAMES, seed=0)
    first["near_best"] = [False, True, True]
    second = front_of(0, ["c"], NAMES, seed=1)
    other = front_of(1, ["b"], NAMES)
    near = about(pd.concat([first, second, other])).readings("standard").near_best
    assert {latent: list(by_seed) for latent, by_seed in near.items()} == {0: [0, 1], 1: [0]}
    assert texts(near[0][0]) == ["a + b", "a + b + c"]
    assert texts(near[1][0]) == ["b"]


def test_without_marks_the_selected_formulas_stand_alone() -> None:
    fronts = front_of(0, ["a", "a + b"], NAMES).drop(columns="near_best")
    near = about(fronts).readings("standard").near_best
    assert texts(near[0][0]) == ["a + b"]


def test_null_formulas_match_the_complexity_of_the_near_best() -> None:
    fronts = front_of(0, ["0.5*a + b"], NAMES)
    null = front_of(0, ["1.0", "c", "b + c", "a + b + c", "sin(a + b + c) + 2.0*a"], NAMES)
    null = null.assign(selected=null["complexity"] == 1)
    matched = about(fronts, null).readings("standard").null
    # 0.5*a + b has five nodes, as has a + b + c
    assert texts(matched[0][0]) == ["a + b + c"]


def test_null_of_a_latent_without_formulas_is_left_out() -> None:
    null = front_of(7, ["c"], NAMES)
    assert about(front_of(0, ["a"], NAMES), null).readings("standard").null == {}


def test_seeds_of_a_latent_weigh_alike() -> None:
    first = front_of(0, ["a", "b"], NAMES).assign(near_best=True)
    second = front_of(0, ["a + c"], NAMES, seed=1)
    near = about(pd.concat([first, second])).readings("standard").near_best
    assert usage(near, [("a",), ("b",), ("c",), ("a", "b")]).tolist() == [[0.75, 0.25, 0.5, 1.0]]


@pytest.mark.parametrize(
    ("encoder", "change", "message"),
    [
        ("rotated", {}, "no formula of encoder 'rotated'"),
        ("standard", {"selected": False, "near_best": False}, "latent 0 has no selected formula"),
    ],
)
def test_what_is_missing_is_named(encoder: str, change: dict[str, bool], message: str) -> None:
    fronts = front_of(0, ["a"], NAMES).assign(**change)
    with pytest.raises(LatentLawsError, match=message):
        about(fronts).readings(encoder)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(LatentLawsError, match="no column 'complexity'"):
        about(front_of(0, ["a"], NAMES).drop(columns="complexity")).readings("standard")


def test_selected_formulas_are_read_by_latent() -> None:
    records = [
        {"encoder": "standard", "latent": 1, "expression": "a + b"},
        {"encoder": "rotated", "latent": 0, "expression": "c"},
    ]
    assert selected_formulas(records, "standard", NAMES) == {1: Formula.parse("a + b", NAMES)}
    with pytest.raises(LatentLawsError, match="'distillable'"):
        selected_formulas(records, "distillable", NAMES)
