"""Every bad value is told by the name of its column and row, all of a table in one message."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.records import DateOptions, Records, missing_values, read_records

DATES = DateOptions(origin=datetime.date(2024, 1, 1))
GIVEN = {
    "numeric": ["height"],
    "binary": ["urban"],
    "one_hot": [{"group": "colour", "columns": ["red", "blue"]}],
    "categorical": ["town"],
    "dates": ["day"],
    "ignore": ["identifier"],
}


def table(**changes: list[object]) -> pd.DataFrame:
    columns: dict[str, list[object]] = {
        "height": [1.5, 2.5, 3.0],
        "urban": [0, 1, 1],
        "red": [1, 0, 0],
        "blue": [0, 1, 1],
        "town": ["York", "Ål", "York"],
        "day": ["2024-01-02", "2024-01-01", "2023-12-31"],
        "identifier": ["a", "b", "c"],
    }
    return pd.DataFrame({**columns, **changes})


def read(given: pd.DataFrame, dates: DateOptions = DATES, **changes: object) -> Records:
    return read_records(given, ColumnOptions.model_validate({**GIVEN, **changes}), dates)


def test_numbers_come_out_as_float64_in_the_order_of_the_columns() -> None:
    values = read(table()).values
    assert list(values) == ["height", "urban", "red", "blue", "town", "day"]
    assert values["urban"].dtype == np.float64
    np.testing.assert_array_equal(values["height"], [1.5, 2.5, 3.0])


def test_booleans_and_nullable_numbers_are_numbers() -> None:
    given = table(urban=[True, False, True]).astype({"height": "Float64", "red": "Int64"})
    values = read(given).values
    np.testing.assert_array_equal(values["urban"], [1, 0, 1])
    np.testing.assert_array_equal(values["red"], [1, 0, 0])


def test_numbers_that_came_as_text_are_read() -> None:
    np.testing.assert_array_equal(
        read(table(height=["1.5", 2, "3e0"])).values["height"], [1.5, 2, 3]
    )


def test_categories_are_the_names_that_occur() -> None:
    assert list(read(table()).values["town"]) == ["York", "Ål", "York"]
    numbered = read(table(town=[1, 2, 1])).values["town"]
    with_gaps = read(table(town=[1.0, None, 2.0]), missing={"town": "median"}).values["town"]
    assert list(numbered) == ["1", "2", "1"]
    assert list(with_gaps.astype(object)) == ["1", np.nan, "2"]


@pytest.mark.parametrize(
    ("days", "format_"),
    [
        (["2024-01-02", "2024-01-01", "2023-12-31T12:00"], "ISO8601"),
        (["02.01.2024 00:00", "01.01.2024 00:00", "31.12.2023 12:00"], "%d.%m.%Y %H:%M"),
        (
            list(
                pd.to_datetime(["2024-01-02", "2024-01-01", "2023-12-31 12:00"], format="ISO8601")
            ),
            "ISO8601",
        ),
        (["2024-01-02T01:00+01:00", "2024-01-01T00:00Z", "2023-12-31T14:00+02:00"], "ISO8601"),
    ],
)
def test_dates_become_days_since_the_origin(days: list[object], format_: str) -> None:
    dates = DateOptions(format=format_, origin=datetime.date(2024, 1, 1))
    np.testing.assert_array_equal(read(table(day=days), dates).values["day"], [1, 0, -0.5])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"height": [1.5, "steep", 2.0]},
            "column 'height' holds 'steep' in row 2: accepted is a finite number, or list it under",
        ),
        (
            {"height": [1.5, 2.5, None]},
            "column 'height' holds no value in row 3: accepted is a value in every row, or set",
        ),
        (
            {"height": [np.nan, 2.5, np.nan]},
            "column 'height' holds no value in row 1 and 1 more row: accepted is a value",
        ),
        (
            {"height": [1.5, -np.inf, 2.0]},
            "column 'height' holds '-inf' in row 2: accepted is a finite number",
        ),
        (
            {"height": [pd.Timestamp("2020-01-01")] * 3},
            "column 'height' holds '2020-01-01 00:00:00' in row 1 and 2 more rows: accepted is",
        ),
        ({"height": [None] * 3}, "column 'height' holds no value in any row: list it under ignore"),
        ({"urban": [0, 1, 2]}, "column 'urban' holds '2' in row 3: accepted is 0 or 1"),
        ({"urban": [0, "yes", 1]}, "column 'urban' holds 'yes' in row 2: accepted is a finite"),
        (
            {"blue": [0, 0, 1]},
            "one-hot group 'colour' sums to 0 in row 2: accepted is 1, exactly one of its 2 "
            "columns set",
        ),
        (
            {"red": [1, 1, 1]},
            "one-hot group 'colour' sums to 2 in row 2 and 1 more row: accepted is 1",
        ),
        (
            {"day": ["2024-01-02", "2024-13-01", "soon"]},
            "column 'day' holds '2024-13-01' in row 2 and 1 more row: accepted is a date as of ISO",
        ),
        ({"day": [20240102] * 3}, "column 'day' holds '20240102' in row 1 and 2 more rows"),
    ],
    ids=[
        *("text", "none", "nan", "inf", "a date", "empty", "two", "binary text", "no member"),
        *("two members", "no date", "number as date"),
    ],
)
def test_the_first_bad_value_is_named(changes: dict[str, list[object]], message: str) -> None:
    with pytest.raises(LatentLawsError) as caught:
        read(table(**changes))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_all_faults_are_told_at_once_those_of_a_kind_together() -> None:
    given = table(
        height=[1, None, 2], urban=[0, 1, 7], town=["a", None, None], blue=[1, 1, 1], width=[1] * 3
    )
    with pytest.raises(LatentLawsError) as caught:
        read(given, units={"hieght": "m"})
    told = str(caught.value)
    assert told.startswith("the table has 5 problems: (1) the table has column 'width', which")
    assert "(2) the table has no column 'hieght' (is it 'height'?); (3)" in told
    assert "column 'height' holds no value in row 2 (also 'town'): accepted is a value" in told
    assert "column 'urban' holds '7' in row 3: accepted is 0 or 1" in told
    assert "one-hot group 'colour' sums to 2 in row 1: accepted is 1" in told


def test_gaps_stay_where_they_are_to_be_filled_in() -> None:
    given = table(height=[1.5, None, 3.0], town=["York", None, "York"])
    records = read(given, missing={"*": "median"})
    for name in ("height", "town"):
        assert list(missing_values(records.values[name])) == [False, True, False]


def test_rows_are_dropped_where_that_is_the_policy() -> None:
    given = table(height=[1.5, None, 3.0], town=["York", "Ål", None], urban=[None, 1, 1])
    policy = {"height": "drop", "town": "drop", "urban": "median"}
    records = read(given, missing=policy)
    assert records.n_rows == 1
    assert list(records.values["day"]) == [1]


def test_policies_that_leave_no_row_are_refused() -> None:
    given = table(height=[None, 2, None], town=["York", None, "York"])
    with pytest.raises(LatentLawsError, match="every row lacks a value of some column"):
        read(given, missing={"*": "drop"})


def test_a_group_is_not_filled_in_column_by_column() -> None:
    given = table(red=[1, None, 0])
    with pytest.raises(LatentLawsError, match="0 or 1 in every column of a one-hot group"):
        read(given, missing={"*": "median"})
    assert read(given, missing={"red": "drop"}).n_rows == 2


def test_no_rows_are_named() -> None:
    with pytest.raises(LatentLawsError, match="the table has no rows"):
        read(table()[:0])


def test_the_bundled_sample_is_clean(raw_covertype: pd.DataFrame) -> None:
    records = read_records(raw_covertype, ColumnOptions(binary=()), DATES)
    pd.testing.assert_frame_equal(pd.DataFrame(records.values), raw_covertype.astype(float))


_CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates(),
    st.binary(max_size=3), st.lists(st.integers(), max_size=2),
)  # fmt: skip


@given(
    st.lists(_CELLS, min_size=1, max_size=6),
    st.sampled_from(["numeric", "binary", "categorical", "dates"]),
    st.sampled_from(["refuse", "drop", "median"]),
)
def test_any_column_is_read_or_refused_in_one_line(
    cells: list[object], kind: str, policy: str
) -> None:
    frame = pd.DataFrame({"x": pd.Series(cells, dtype=object), "y": np.arange(len(cells)) / 2})
    options = ColumnOptions.model_validate({kind: ["x"], "missing": {"x": policy}})
    if kind == "numeric":
        options = ColumnOptions.model_validate({"missing": {"x": policy}})
    try:
        records = read_records(frame, options, DATES)
    except LatentLawsError as error:
        assert "'x'" in str(error) or "every row" in str(error)
        assert "\n" not in str(error)
    else:
        values = records.values["x"]
        assert kind == "categorical" or np.isfinite(values[~missing_values(values)]).all()
