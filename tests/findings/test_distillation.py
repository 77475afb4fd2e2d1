from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.findings.distillation import Distillation, believed, named
from latent_laws.formulas.formula import Formula
from tests.findings.planted import ENCODER, front_of, info_of, linear_autoencoder, table_of

NAMES = ["a", "b", "c"]


def about(fronts: pd.DataFrame, null: pd.DataFrame | None = None) -> Distillation:
    model = linear_autoencoder(np.eye(3)[:1], np.eye(3)[:, :1])
    table = table_of(np.random.default_rng(0).normal(size=(50, 3)), NAMES)
    if null is None:
        null = front_of(0, ["a"], NAMES).iloc[:0]
    return Distillation({ENCODER: model}, table, info_of(NAMES), [], fronts, null)


def texts(formulas: Mapping[Formula, float]) -> list[str]:
    return [one.expression for one in formulas]


def test_candidates_are_grouped_by_latent_and_seed() -> None:
    first = front_of(0, ["a", "a + b", "a + b + c"], NAMES, seed=0)
    first["r2_validation"] = [0.1, 0.98, 0.99]
    second = front_of(0, ["c"], NAMES, seed=1)
    other = front_of(1, ["b"], NAMES)
    front = about(pd.concat([first, second, other])).front(ENCODER)
    assert {latent: list(by_seed) for latent, by_seed in front.items()} == {0: [0, 1], 1: [0]}
    # the second leaves twice as much as the third: it counts a quarter; the first counts nothing
    assert texts(front[0][0]) == ["a + b", "a + b + c"]
    assert list(front[0][0].values()) == pytest.approx([0.2, 0.8])
    assert texts(front[1][0]) == ["b"]


def test_an_undefined_candidate_is_not_believed() -> None:
    front = front_of(0, ["a", "a + b"], NAMES).assign(r2_validation=[np.nan, 0.5])
    assert texts(about(front).front(ENCODER)[0][0]) == ["a + b"]
    undefined = front.assign(r2_validation=np.nan)
    assert list(about(undefined).front(ENCODER)[0][0].values()) == [0.5, 0.5]


def test_null_formulas_match_the_complexity_of_the_candidates() -> None:
    fronts = front_of(0, ["0.5*a + b"], NAMES)
    null = front_of(0, ["1.0", "c", "b + c", "a + b + c", "sin(a + b + c) + 2.0*a"], NAMES)
    null = null.assign(selected=null["complexity"] == 1, r2_validation=-0.01)
    matched = about(fronts, null).null(ENCODER)
    # 0.5*a + b has five nodes, as has a + b + c
    assert texts(matched[0][0]) == ["a + b + c"]


def test_a_null_formula_that_validation_rows_refute_is_no_match() -> None:
    null = front_of(0, ["1.0", "c", "a + b + c"], NAMES).assign(r2_validation=[0.0, -0.1, -20.0])
    matched = about(front_of(0, ["0.5*a + b"], NAMES), null).null(ENCODER)
    assert texts(matched[0][0]) == ["c"]


def test_null_of_a_latent_without_formulas_is_left_out() -> None:
    null = front_of(7, ["c"], NAMES)
    assert about(front_of(0, ["a"], NAMES), null).null(ENCODER) == {}


def test_seeds_of_a_latent_weigh_alike() -> None:
    first = front_of(0, ["a", "b"], NAMES).assign(r2_validation=0.9)
    second = front_of(0, ["a + c"], NAMES, seed=1)
    front = about(pd.concat([first, second])).front(ENCODER)
    beliefs = [(formula.expression, belief) for _, formula, belief in believed(front)]
    assert beliefs == [("a", 0.25), ("b", 0.25), ("a + c", 0.5)]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(LatentLawsError, match="no formula of encoder 'rotated-3'"):
        about(front_of(0, ["a"], NAMES)).front("rotated-3")


def test_selected_formulas_are_read_by_latent() -> None:
    records = [
        {"encoder": ENCODER, "latent": 1, "expression": "a + b"},
        {"encoder": "rotated-3", "latent": 0, "expression": "c"},
    ]
    about_both = replace(about(front_of(0, ["a"], NAMES)), formulas=records)
    assert about_both.selected(ENCODER) == {1: Formula.parse("a + b", NAMES)}
    with pytest.raises(LatentLawsError, match="'symbolic-3'"):
        about_both.selected("symbolic-3")


def test_names_of_encoders_stand_in_front() -> None:
    frame = named("own-net-12", pd.DataFrame({"x": [1]}))
    assert frame.to_dict("records") == [
        {"encoder": "own-net-12", "variant": "own-net", "latent_dim": 12, "x": 1}
    ]
