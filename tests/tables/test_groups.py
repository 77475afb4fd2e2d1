"""Short ways to write columns, and groups read back."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.errors import LatentLawsError, nearest
from latent_laws.tables.groups import expand_names, one_hot_groups


def test_a_plain_name_stands_for_itself() -> None:
    assert expand_names(["Slope", "Aspect"], available=["Aspect"]) == ["Slope", "Aspect"]


def test_a_range_is_written_out_whether_there_or_not() -> None:
    assert expand_names(["s{8..11}_x"], available=["s9_x"]) == ["s8_x", "s9_x", "s10_x", "s11_x"]


def test_a_beginning_takes_what_is_there() -> None:
    assert expand_names(["Soil_*"], ["Soil_2", "Slope", "Soil_1"]) == ["Soil_2", "Soil_1"]


def test_a_column_of_that_very_name_is_meant_literally() -> None:
    assert expand_names(["a*", "b{1..2}"], ["a*", "ab", "b{1..2}"]) == ["a*", "b{1..2}"]


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_range_has_every_number_once(first: int, length: int) -> None:
    names = expand_names([f"c{{{first}..{first + length}}}"], [])
    assert names == [f"c{number}" for number in range(first, first + length + 1)]


def test_a_backward_range_is_named() -> None:
    with pytest.raises(LatentLawsError, match=r"'s\{3\.\.1\}' runs backwards"):
        expand_names(["s{3..1}"], [])


def test_a_star_stands_for_any_text_and_nothing_else_is_special() -> None:
    names = ["a.b", "axb", "a[1]b", "ab", "b"]
    assert expand_names(["a*b"], names) == ["a.b", "axb", "a[1]b", "ab"]
    assert expand_names(["a[1]*"], names) == ["a[1]b"]
    assert expand_names(["*"], names) == names


def test_a_star_that_matches_nothing_is_named() -> None:
    with pytest.raises(LatentLawsError, match=r"no column matches 'Rock_\*'$"):
        expand_names(["Rock_*"], ["Soil_1"])


def test_a_range_longer_than_any_table_is_refused() -> None:
    with pytest.raises(LatentLawsError, match="is too long"):
        expand_names(["s{0..999999999999}"], [])


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_any_pattern_gives_names_or_one_line(patterns: list[str], available: list[str]) -> None:
    try:
        names = expand_names(patterns, available)
    except LatentLawsError as error:
        assert "no column matches" in str(error) or "column range" in str(error)
    else:
        assert all(name in names for name in patterns if name in available)


@pytest.mark.parametrize(
    ("name", "meant"), [("slop", "Slope"), ("ASPECT", "Aspect"), ("zzz", None), ("", None)]
)
def test_the_nearest_name(name: str, meant: str | None) -> None:
    assert nearest(name, ["Slope", "Aspect"]) == meant


def test_groups_in_the_order_of_the_table(
    covertype_frames: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    groups = one_hot_groups(covertype_frames[1])
    assert list(groups) == ["Wilderness_Area", "Soil_Type"]
    assert groups["Wilderness_Area"] == tuple(f"Wilderness_Area_{i}" for i in range(4))
    assert len(groups["Soil_Type"]) == 40
