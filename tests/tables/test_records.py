"""Every bad value stops the run by the name of its column and row."""

import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import Column
from latent_laws.tables.records import check_records

COLUMNS = (
    Column("height", "numeric"),
    Column("urban", "binary"),
    Column("red", "binary", "colour"),
    Column("blue", "binary", "colour"),
)


def table(**changes: list[object]) -> pd.DataFrame:
    columns: dict[str, list[object]] = {
        "height": [1.5, 2.5, 3.0],
        "urban": [0, 1, 1],
        "red": [1, 0, 0],
        "blue": [0, 1, 1],
        "identifier": ["a", "b", "c"],
    }
    return pd.DataFrame({**columns, **changes})


def test_numbers_come_out_as_float64_in_the_order_of_the_columns() -> None:
    records = check_records(table(), COLUMNS)
    assert list(records.columns) == ["height", "urban", "red", "blue"]
    assert set(records.dtypes) == {np.dtype(np.float64)}
    np.testing.assert_array_equal(records["height"], [1.5, 2.5, 3.0])


def test_rows_are_numbered_anew() -> None:
    filtered = table()[1:]
    assert list(check_records(filtered, COLUMNS).index) == [0, 1]


def test_booleans_and_nullable_numbers_are_numbers() -> None:
    given = table(urban=[True, False, True]).astype({"height": "Float64", "red": "Int64"})
    records = check_records(given, COLUMNS)
    np.testing.assert_array_equal(records["urban"], [1, 0, 1])
    np.testing.assert_array_equal(records["red"], [1, 0, 0])


def test_numbers_that_came_as_text_are_read() -> None:
    np.testing.assert_array_equal(
        check_records(table(height=["1.5", 2, "3e0"]), COLUMNS)["height"], [1.5, 2, 3]
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"height": [1.5, "steep", 2.0]},
            "column 'height' holds 'steep' in row 2: accepted is a finite number",
        ),
        (
            {"height": [1.5, 2.5, None]},
            "column 'height' holds no value in row 3: accepted is a finite number",
        ),
        (
            {"height": [np.nan, 2.5, np.nan]},
            "column 'height' holds no value in row 1: accepted is a finite number "
            "(1 more such row)",
        ),
        (
            {"height": [1.5, -np.inf, 2.0]},
            "column 'height' holds '-inf' in row 2: accepted is a finite number",
        ),
        (
            {"height": [pd.Timestamp("2020-01-01")] * 3},
            "column 'height' holds '2020-01-01 00:00:00' in row 1: accepted is a finite number "
            "(2 more such rows)",
        ),
        ({"urban": [0, 1, 2]}, "column 'urban' holds '2' in row 3: accepted is 0 or 1"),
        ({"urban": [0, "yes", 1]}, "column 'urban' holds 'yes' in row 2: accepted is a finite"),
        (
            {"blue": [0, 0, 1]},
            "one-hot group 'colour' sums to 0 in row 2: accepted is 1, exactly one of its 2 "
            "columns set",
        ),
        (
            {"red": [1, 1, 1]},
            "one-hot group 'colour' sums to 2 in row 2: accepted is 1, exactly one of its 2 "
            "columns set (1 more such row)",
        ),
    ],
    ids=["text", "none", "nan", "inf", "date", "two", "binary text", "no member", "two members"],
)
def test_the_first_bad_value_is_named(changes: dict[str, list[object]], message: str) -> None:
    with pytest.raises(LatentLawsError) as caught:
        check_records(table(**changes), COLUMNS)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_no_rows_are_named() -> None:
    with pytest.raises(LatentLawsError, match="the table has no rows"):
        check_records(table()[:0], COLUMNS)


def test_the_bundled_sample_is_clean(raw_covertype: pd.DataFrame) -> None:
    columns = [Column(str(name), "numeric") for name in raw_covertype]
    records = check_records(raw_covertype, columns)
    pd.testing.assert_frame_equal(records, raw_covertype.astype(float))
