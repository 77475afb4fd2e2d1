"""The feature table."""

import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.tables.table import FeatureTable


def test_each_split_keeps_its_rows_in_order() -> None:
    frame = pd.DataFrame(
        {
            "split": ["test", "train", "validation", "train"],
            "a": np.array([1, 2, 3, 4], dtype=np.float32),
            "b": np.array([5, 6, 7, 8], dtype=np.float32),
        }
    )
    table = FeatureTable.from_frame(frame)
    assert table.names == ("a", "b")
    np.testing.assert_array_equal(table.train, [[2, 6], [4, 8]])
    np.testing.assert_array_equal(table.validation, [[3, 7]])
    np.testing.assert_array_equal(table.test, [[1, 5]])


def test_arrays_are_float32_row_by_row(covertype_table: FeatureTable) -> None:
    for part in (covertype_table.train, covertype_table.validation, covertype_table.test):
        assert part.dtype == np.float32
        assert part.flags["C_CONTIGUOUS"]
    assert covertype_table.train.shape == (900, 54)


def test_a_frame_without_split_is_refused() -> None:
    with pytest.raises(LatentLawsError, match="no column 'split'"):
        FeatureTable.from_frame(pd.DataFrame({"a": [1.0]}))


def test_an_empty_split_is_named() -> None:
    frame = pd.DataFrame({"split": ["train", "test"], "a": [1.0, 2.0]})
    with pytest.raises(LatentLawsError, match="no row whose split is 'validation'"):
        FeatureTable.from_frame(frame)
