"""What is found in tables nobody prepared."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import Kind
from latent_laws.tables.profile import ColumnProfile, profile_table
from tests.builders import read_covertype

N = 120
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=N)


def found(values: object, name: str = "x") -> ColumnProfile:
    table = pd.DataFrame({name: pd.Series(values), "beside": NUMBERS[: len(pd.Series(values))]})
    return profile_table(table).columns[0]


@pytest.mark.parametrize(
    ("values", "kind", "why"),
    [
        (NUMBERS, "numeric", "from -2"),
        (np.arange(N) % 7, "numeric", "whole numbers from 0 to 6: if they are codes, move it to"),
        (np.arange(N) * 3, "numeric", "from 0 to 357"),
        (np.arange(N) + 5, None, "another whole number in every row: an identifier"),
        (np.arange(N) % 2, "binary", "0 and 1 only"),
        (np.arange(N) % 2 > 0, "binary", "0 and 1 only"),
        ([True, None, False] * 40, "binary", "0 and 1 only"),
        (["a", "b", "c", "a"] * 30, "categorical", "3 different texts: 'a', 'b', 'c'"),
        ([f"text {i}" for i in range(N)], None, "120 different texts in 120 rows: an identifier"),
        ([f"{x:.2f}" for x in NUMBERS], "numeric", "numbers kept as text"),
        ([*(f"{x:.2f}" for x in NUMBERS[:-2]), "?", "?"], "numeric", "numbers, and '?' for no"),
        (pd.date_range("2020", periods=N), "date", "dates"),
        (pd.date_range("2020", periods=N).strftime("%Y-%m-%d"), "date", "dates from 2020-01-01"),
        (pd.date_range("2020", periods=N).strftime("%d.%m.%Y"), "date", "dates from 01.01.2020"),
        ([7.0] * N, None, "the same in every row (7.0)"),
        (["one"] * N, None, "the same in every row (one)"),
        ([None] * N, None, "no value in any row"),
        ([*NUMBERS[:-1], np.inf], None, "an infinite value"),
    ],
)
def test_the_kind_of_a_column(values: object, kind: Kind | None, why: str) -> None:
    profile = found(values)
    assert profile.kind == kind
    assert profile.why.startswith(why)


@pytest.mark.parametrize("name", ["target", "Label", "class"])
def test_a_column_called_like_a_target_is_left_out(name: str) -> None:
    assert found(NUMBERS, name).kind is None


@pytest.mark.parametrize("name", ["id", "customer_id", "Unnamed: 0", "row index"])
def test_whole_numbers_called_like_an_identifier_are_left_out(name: str) -> None:
    assert found(RNG.permutation(10**6)[:N], name).kind is None
    assert found(NUMBERS, name).kind == "numeric"


def test_gaps_and_what_stands_for_them_are_counted() -> None:
    texts = [None, "?", *(f"{x:.2f}" for x in NUMBERS[:-2])]
    profile = found(texts)
    assert (profile.n_missing, profile.placeholders, profile.n_inputs) == (2, ("?",), 2)
    assert found([None, *NUMBERS[1:]]).n_inputs == 1


def test_categories_become_as_many_inputs_as_the_run_will_make() -> None:
    assert found(["a", "b"] * 60).n_inputs == 1
    assert found(["a", "b", "c"] * 40).n_inputs == 3
    assert found([*["a", "b", "c"] * 39, "a", "b", "rare"]).n_inputs == 4


def test_columns_that_sum_to_one_are_a_group() -> None:
    pick = RNG.integers(0, 3, N)
    table = pd.DataFrame({f"colour_{k}": (pick == k).astype(int) for k in range(3)})
    table["colour_of_eyes"] = NUMBERS
    table["is_a"] = (NUMBERS > 0).astype(int)
    table["is_b"] = (NUMBERS > 1).astype(int)
    profile = profile_table(table)
    groups = [column.group for column in profile.columns]
    assert groups == ["colour", "colour", "colour", None, None, None]
    assert (profile.n_inputs, profile.n_variables) == (6, 4)


def test_the_groups_of_covertype_are_found() -> None:
    profile = profile_table(read_covertype(3000))
    groups = pd.Series([c.group for c in profile.used if c.group]).value_counts().to_dict()
    constant = sum(column.why.startswith("the same") for column in profile.columns)
    assert groups == {"Wilderness_Area": 4, "Soil_Type": 40 - constant}
    assert [column.kind for column in profile.columns[:10]] == ["numeric"] * 10


def test_repeated_rows_are_counted() -> None:
    table = pd.DataFrame({"a": NUMBERS, "b": NUMBERS**2})
    assert profile_table(pd.concat([table, table[:7]])).n_repeated == 7


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"a": []}), "no rows"),
        (pd.DataFrame([[1.5, 2.5]], columns=["a", "a"]), "column 'a' more than once"),
        (pd.DataFrame({"a": [1.5, 1.5]}), "no column to learn from .'a': the same in every row"),
    ],
)
def test_a_table_without_anything_to_learn_is_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(LatentLawsError, match=message):
        profile_table(table)


_CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.dates()
)


@given(st.lists(st.lists(_CELLS, min_size=4, max_size=4), min_size=1, max_size=4))
def test_any_table_has_a_profile_or_one_line(columns: list[list[object]]) -> None:
    table = pd.DataFrame(
        {f"x{i}": pd.Series(cells, dtype=object) for i, cells in enumerate(columns)}
    ).infer_objects()
    try:
        profile = profile_table(table)
    except LatentLawsError as error:
        assert str(error).startswith("the table has no column to learn from")
    else:
        assert len(profile.columns) == len(columns)
        assert all(column.why for column in profile.columns)
