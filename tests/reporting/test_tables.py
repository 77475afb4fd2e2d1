"""What the tables of the page say, and when there is nothing to say."""

from collections.abc import Callable

import pandas as pd
import pytest

from latent_laws.reporting import sentences, tables
from latent_laws.reporting.numbers import MISSING
from latent_laws.reporting.saved import Saved
from tests.reporting import planted

OF_AN_ENCODER = (
    *(tables.inputs, tables.pairs, tables.decoder_laws, tables.word_laws, tables.ends),
)
NEVER = {"variable": "x", "variance_share": 0.1, "at_10_percent": None, "at_1_percent": None}
LATE = {"latents": None, "low": None, "high": None}
OF_THE_RUN = (tables.input_laws, tables.latents_needed, tables.late_variables)


def test_laws_come_with_their_checks() -> None:
    table = tables.input_laws(planted.saved())
    (row,) = table.rows
    found = dict(zip(table.heads, row, strict=True))
    assert found["input"] == "Copy"
    assert '<mi>Slope</mi><mtext class="unit">\N{NO-BREAK SPACE}[°]</mtext>' in found["law"]
    assert found["R² (95 % interval)"] == "0.990\n(0.980 to 0.995)"
    assert (found["best regression"], found["shuffled"]) == ("0.990", "0.010")


def test_a_rotation_uses_the_laws_that_its_network_uses() -> None:
    (said,) = sentences.law_use(planted.saved(), "rotated-4")
    assert [said] == sentences.law_use(planted.saved(), "standard-4")
    assert said.startswith("Copy: 2.0\N{NO-BREAK SPACE}% of its variance is lost")
    assert "95.0\N{NO-BREAK SPACE}% of what the law says" in said
    assert sentences.law_use(Saved(), "standard-4") == []


def test_columns_of_a_group_add_up() -> None:
    rule = {"feature": "Soil_2", "kind": "sum_rule", "inputs": "Soil_0|Soil_1"}
    (said,) = sentences.sum_rules(planted.saved(redundancy_laws=pd.DataFrame([rule])))
    assert said == "The 3 columns of Soil add up to 1 in every row: each follows from the others."
    assert sentences.sum_rules(planted.saved()) == sentences.sum_rules(Saved()) == []


def test_inputs_that_hardly_count_are_counted() -> None:
    importance = planted.datasets()["feature_importance"]
    tiny = importance["importance"] == 0
    importance = importance.assign(
        importance_low=importance["importance_low"].mask(tiny, 0),
        importance_high=importance["importance_high"].mask(tiny, 4e-7),
    )
    rows = tables.inputs(planted.saved(feature_importance=importance), "standard-4").rows
    assert [row[0] for row in rows] == ["Elevation", "Slope", "Aspect", "3 more"]
    assert rows[0][1:] == ("used", "0.500", "0.480 to 0.520")
    assert set(rows[-1][1].split(", ")) == {"1 used", "1 recoverable", "1 constant"}
    assert rows[-1][2] == "below 0.001"


def test_inputs_that_formulas_use_no_more_than_noise_are_called_so() -> None:
    verdicts = planted.datasets()["redundancy"].assign(verdict="formula_silent")
    rows = tables.inputs(planted.saved(redundancy=verdicts), "standard-4").rows
    assert {row[1] for row in rows} == {"not above noise"}


def test_what_no_latent_dim_reaches_is_left_out() -> None:
    law = {"latent_dims": [1, 2], "latents_for": [LATE | {"loss": 0.01}], "variables": [NEVER]}
    saved = planted.saved(reconstruction_law={"standard": law})
    assert tables.latents_needed(saved).rows == [("1\N{NO-BREAK SPACE}%", "over 2", MISSING)]
    assert not tables.late_variables(saved).rows


def test_reviews_are_quoted_where_a_latent_is_highest_and_lowest() -> None:
    row = tables.ends(planted.saved(), "symbolic-2").rows[0]
    latents = planted.datasets()["latents"].query("split == 'test'")["symbolic-2:0"]
    for cell, words, place in zip(
        row[1:3], ("bright", "dull"), (latents.idxmax(), latents.idxmin()), strict=True
    ):
        said, quoted = cell.split("\n")
        assert said == words
        assert quoted.startswith(f"\N{LEFT DOUBLE QUOTATION MARK}text {place} is {words}")
        assert len(quoted) <= tables.LINE + 2
    without = tables.ends(planted.saved(texts=None), "symbolic-2").rows[0]
    assert without[1:3] == ("bright", "dull")


def test_what_lies_beyond_the_largest_dim_is_no_number() -> None:
    (row,) = tables.latents_needed(planted.saved()).rows
    assert row == ("1\N{NO-BREAK SPACE}%", "2.5", "2.0 to over 4")


def test_decoder_laws_come_best_first() -> None:
    table = tables.decoder_laws(planted.saved(), "symbolic-2")
    assert [row[0] for row in table.rows] == [
        "Slope\N{NO-BREAK SPACE}[°]",
        "Elevation\N{NO-BREAK SPACE}[m]",
    ]


def test_words_stand_beside_the_form_over_dimensions() -> None:
    table = tables.word_laws(planted.saved(), "symbolic-2")
    found = dict(zip(table.heads, table.rows[0], strict=True))
    assert found["the first 10 words"] == "awful, great"
    scores = found["R², 10 words"], found["R², 20 words"]
    assert scores == ("0.300\n(0.250 to 0.350)", "0.400\n(0.300 to 0.500)")
    assert found["R² over dimensions"] == "0.970"


def test_forms_of_each_number_of_words_stand_beside_what_permuted_texts_reach() -> None:
    table = tables.word_laws(planted.saved(), "symbolic-2")
    nulls = dict(zip(table.heads, table.rows[-1], strict=True))
    assert nulls["latent"] == "permuted"
    assert (nulls["R², 10 words"], nulls["R², 20 words"]) == ("0.020", "0.030")


@pytest.mark.parametrize("make", OF_AN_ENCODER)
def test_of_an_encoder_without_findings_there_is_nothing(
    make: Callable[[Saved, str], tables.Table],
) -> None:
    assert not make(Saved(), "standard-4").rows


@pytest.mark.parametrize("make", OF_THE_RUN)
def test_of_a_run_without_findings_there_is_nothing(
    make: Callable[[Saved], tables.Table],
) -> None:
    assert not make(Saved()).rows
