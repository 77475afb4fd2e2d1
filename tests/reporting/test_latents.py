import math

import pandas as pd
import pytest

from latent_laws.reporting.latents import latent_rows, records
from latent_laws.reporting.outputs import RunOutputs


def test_every_formula_has_a_row_in_order(covertype: RunOutputs) -> None:
    rows = list(latent_rows(covertype))
    assert len(rows) == 96
    assert [row.latent for row in rows if row.variant == "rotated"] == list(range(32))


def test_a_row_holds_the_evidence_of_its_latent(covertype: RunOutputs) -> None:
    fidelity = covertype.frame("fidelity")
    row = next(row for row in latent_rows(covertype) if (row.variant, row.latent) == ("rotated", 3))
    own = fidelity[(fidelity["variant"] == "rotated") & (fidelity["latent"] == 3)]
    scores = own.set_index("surrogate")["r2_test"]
    assert row.r2 == pytest.approx(scores["symbolic"])
    assert row.gain == pytest.approx(scores["symbolic"] - scores["sparse_linear"])
    assert [rung[0] for rung in row.ladder][:2] == ["formula", "sparse linear, same size"]
    assert row.front is not None
    assert "rotated latent 3" in row.front.title


def test_the_front_is_that_of_the_formulas_seed() -> None:
    formula = {"variant": "standard", "latent": 0, "seed": 1, "expression": "2.0*a"}
    point = {"variant": "standard", "latent": 0, "engine": "operon", "r2_test": 0.5}
    fronts = pd.DataFrame(
        [{**point, "seed": seed, "complexity": 3, "selected": True} for seed in (0, 1, 2)]
    )
    outputs = RunOutputs(formulas=[{**formula, "variables": ["a"]}], pareto_fronts=fronts)
    (row,) = latent_rows(outputs)
    assert row.front is not None
    assert row.front.chart.count("<circle") == 2  # the dot and the ring around it


def test_a_formula_without_evidence_still_has_a_row() -> None:
    formula = {"variant": "standard", "latent": 0, "expression": "2.0*a", "variables": ["a"]}
    (row,) = latent_rows(RunOutputs(formulas=[formula]))
    assert math.isnan(row.gain)
    assert row.ladder == []
    assert row.front is None
    assert "<math>" in row.equation


def test_words_stand_beside_the_formula(text: RunOutputs) -> None:
    row = next(latent_rows(text))
    assert row.labels[0] == ("this latent", "lovely, a delight / not: dull")
    assert {name for name, _ in row.labels[1:]} <= set(row.inputs)


def test_records_have_none_for_what_is_missing() -> None:
    assert records(pd.DataFrame({"a": [1.0, None]})) == [{"a": 1.0}, {"a": None}]
