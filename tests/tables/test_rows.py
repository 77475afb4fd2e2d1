import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.tables.rows import assigned_splits, read_row, read_rows, standardising

X = np.random.default_rng(0).normal(size=(60, 3))
TRAIN = np.ones(60, dtype=bool)


def test_frames_and_images_come_back_in_their_own_form() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    rows = read_rows(frame, None)
    pd.testing.assert_frame_equal(rows.make_input(rows.values[:5]), frame.head(5))
    images = read_rows(X.reshape(30, 2, 3), None)
    assert images.names == ("x0", "x1", "x2", "x3", "x4", "x5")
    assert images.make_input(images.values).shape == (30, 2, 3)


def test_columns_of_size_one_stay_as_they_are() -> None:
    mean, scale = standardising(X, TRAIN)
    assert (mean == 0).all()
    assert (scale == 1).all()


def test_other_columns_are_standardised_but_for_binary_and_constant_ones() -> None:
    flags = (X[:, :1] > 0).astype(float)
    table = np.hstack([X[:, :1] * 1000 + 5, flags, np.full((60, 1), 7.0)])
    mean, scale = standardising(table, TRAIN)
    assert mean == pytest.approx([table[:, 0].mean(), 0, 0])
    assert scale == pytest.approx([table[:, 0].std(), 1, 1])


def test_splits_are_taken_as_given_or_drawn() -> None:
    drawn = assigned_splits(None, 200, seed=1)
    assert dict(zip(*np.unique(drawn, return_counts=True), strict=True)) == {
        "test": 20,
        "train": 160,
        "validation": 20,
    }
    np.testing.assert_array_equal(assigned_splits(list(drawn), 200, seed=5), drawn)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (pd.DataFrame({"a": ["x", "y"]}), "column 'a' of X holds no numbers"),
        (np.array([[1.0, np.inf]]), "X holds inf in row 1 of 'x1'"),
        (pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "1 different names for 2 inputs"),
    ],
)
def test_what_is_no_table_of_numbers_is_one_line(rows: object, line: str) -> None:
    with pytest.raises(LatentLawsError, match=line):
        read_rows(rows, None)


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "row has 2 rows; accepted is one"),
        ({"a": 1}, "row has no value of 'b'"),
        ({"a": 1, "b": "much"}, "row holds what is no number"),
        ([1.0, 2.0, 3.0], "row has 3 values; accepted are 2"),
    ],
)
def test_a_row_that_does_not_fit_is_one_line(row: object, line: str) -> None:
    with pytest.raises(LatentLawsError, match=line):
        read_row(row, ("a", "b"))


def test_a_row_is_read_in_the_order_of_the_columns() -> None:
    for row in (pd.DataFrame({"b": [2], "a": [1]}), {"b": 2, "a": 1}, [1, 2]):
        assert read_row(row, ("a", "b")).tolist() == [1, 2]
