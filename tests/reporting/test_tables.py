"""What the tables of the page say, and when there is nothing to say."""

from collections.abc import Callable

import pytest

from latent_laws.reporting import tables
from latent_laws.reporting.saved import Saved
from tests.reporting import planted

OF_AN_ENCODER = (
    *(tables.inputs, tables.pairs, tables.law_use, tables.decoder_laws),
    *(tables.word_laws, tables.words_at_ends),
)
OF_THE_RUN = (tables.input_laws, tables.latents_needed, tables.late_variables)


def test_laws_come_with_their_checks() -> None:
    table = tables.input_laws(planted.saved())
    (row,) = table.rows
    found = dict(zip(table.heads, row, strict=True))
    assert found["input"] == "Copy"
    assert "<mi>Slope</mi>" in found["law"]
    assert found["95 % interval"] == "0.980 to 0.995"
    assert (found["best regression"], found["shuffled"]) == ("0.990", "0.010")


def test_a_rotation_uses_the_laws_that_its_network_uses() -> None:
    table = tables.law_use(planted.saved(), "rotated-4")
    assert table.rows == tables.law_use(planted.saved(), "standard-4").rows
    assert table.rows[0][-1] == "95.0\N{NO-BREAK SPACE}%"


def test_what_lies_beyond_the_largest_dim_is_no_number() -> None:
    (row,) = tables.latents_needed(planted.saved()).rows
    assert row == ("1\N{NO-BREAK SPACE}%", "2.5", "2.0 to over 4")


def test_decoder_laws_come_best_first() -> None:
    table = tables.decoder_laws(planted.saved(), "symbolic-2")
    assert [row[0] for row in table.rows] == ["Slope", "Elevation"]


def test_words_stand_beside_the_form_over_dimensions() -> None:
    table = tables.word_laws(planted.saved(), "symbolic-2")
    found = dict(zip(table.heads, table.rows[0], strict=True))
    assert found["the first 10 words"] == "awful, great"
    assert (found["R², 10 words"], found["R², 20 words"]) == ("0.300", "0.400")
    assert (found["permuted"], found["R² over dimensions"]) == ("0.030", "0.970")


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
