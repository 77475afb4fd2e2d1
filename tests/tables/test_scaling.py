"""Scaling by the training rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from latent_laws.tables.columns import Column
from latent_laws.tables.preparation import ColumnPlan
from latent_laws.tables.records import Records
from latent_laws.tables.scaling import INFO_COLUMNS, scale_records

SPLITS = np.array(["train", "train", "train", "train", "validation", "test"])


def scaled_and_info(
    values: list[float], kind: str = "numeric", **options: bool
) -> tuple[pd.Series, pd.Series]:
    """Scale one column; return its values and its row of `feature_info`."""
    column = Column("x", kind)  # type: ignore[arg-type]  # the kinds below are real ones
    numbers = np.array(values, dtype=np.float64)
    records = Records((column,), {"x": numbers}, pd.RangeIndex(len(values)))
    features, info = scale_records(records, [ColumnPlan(column)], SPLITS, **options)
    return features["x"], info.iloc[0]


def info_of(values: list[float], kind: str = "numeric", **options: bool) -> pd.Series:
    return scaled_and_info(values, kind, **options)[1]


def test_mean_and_scale_come_from_the_training_rows_alone() -> None:
    info = info_of([1, 2, 3, 4, 1000, -1000])
    assert info["mean"] == 2.5
    assert info["scale"] == pytest.approx(np.sqrt(1.25))
    assert not info["is_constant"]


def test_scaled_training_rows_have_mean_zero_and_deviation_one(
    covertype_frames: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    features, info = covertype_frames
    numeric = info.loc[info["kind"] == "numeric", "feature"]
    training = features.loc[features["split"] == "train", list(numeric)].astype(float)
    assert len(numeric) == 10
    np.testing.assert_allclose(training.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(training.std(ddof=0), 1, atol=1e-6)


def test_scaling_can_be_undone(
    raw_covertype: pd.DataFrame, covertype_frames: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    features, info = covertype_frames
    scaled = features[list(info["feature"])].to_numpy(dtype=np.float64)
    raw = scaled * info["scale"].to_numpy() + info["mean"].to_numpy()
    np.testing.assert_allclose(raw, raw_covertype, atol=1e-3)


def test_features_are_float32_beside_their_split(
    covertype_frames: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    features, info = covertype_frames
    assert list(features.columns) == ["split", *info["feature"]]
    assert set(features.dtypes[1:]) == {np.dtype(np.float32)}


def test_binary_columns_stay_as_they_are() -> None:
    info = info_of([0, 1, 1, 1, 0, 0], "binary")
    assert (info["mean"], info["scale"], info["is_constant"]) == (0, 1, False)


def test_binary_columns_can_be_standardised() -> None:
    info = info_of([0, 1, 1, 1, 0, 0], "binary", standardise_binary=True)
    assert info["mean"] == 0.75
    assert info["scale"] == pytest.approx(np.sqrt(0.75 * 0.25))


@pytest.mark.parametrize("kind", ["numeric", "binary"])
def test_a_column_constant_on_the_training_rows_is_flagged_and_not_blown_up(kind: str) -> None:
    info = info_of([1, 1, 1, 1, 0, 1], kind)
    assert info["is_constant"]
    assert info["scale"] == 1


def test_a_rounded_constant_is_constant() -> None:
    assert info_of([0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3])["is_constant"]


def test_small_units_are_no_constants() -> None:
    assert not info_of([1e-30, 2e-30, 3e-30, 4e-30, 0, 0])["is_constant"]


def test_a_dead_embedding_dimension_is_constant() -> None:
    for size in (1e-33, 1e-8):
        dead = [size, -2 * size, 3 * size, 0.1 * size, 0, 0]
        assert info_of(dead, "embedding")["is_constant"]
    assert not info_of([0.1, 0.2, 0.1, 0.3, 0, 0], "embedding")["is_constant"]


@pytest.mark.parametrize(
    ("values", "kind", "scaled"),
    [
        ([1e-33, -2e-33, 3e-33, 1e-34, 2e-33, 0.5], "embedding", [0, 0, 0, 0, 0, 0.5]),
        ([0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.4], "numeric", [0, 0, 0, 0, 0, 0.1]),
        ([1, 1, 1, 1, 1, 0], "binary", [1, 1, 1, 1, 1, 0]),
    ],
)
def test_a_constant_column_is_exactly_that_where_it_stays_constant(
    values: list[float], kind: str, scaled: list[float]
) -> None:
    result = scaled_and_info(values, kind)[0]
    assert list(result[:5]) == scaled[:5]
    assert result[5] == pytest.approx(scaled[5])


def test_the_constant_soil_types_of_the_sample_are_flagged(
    raw_covertype: pd.DataFrame, covertype_frames: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    features, info = covertype_frames
    training = raw_covertype[(features["split"] == "train").to_numpy()]
    expected = [name for name in training if training[name].nunique() == 1]
    assert list(info.loc[info["is_constant"], "feature"]) == expected
    assert "Soil_Type_14" in expected


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6), st.floats(0.5, 20), st.floats(-9, 9))
def test_units_do_not_matter(values: list[float], factor: float, shift: float) -> None:
    assume(np.std(values[:4]) > 1)
    changed = [factor * value + shift for value in values]
    first, second = (scaled_and_info(given)[0] for given in (values, changed))
    np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-4)


def test_groups_and_units_are_text_or_missing(
    covertype_frames: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    info = covertype_frames[1].set_index("feature")
    assert info.loc["Soil_Type_3", "group"] == "Soil_Type"
    assert pd.isna(info.loc["Slope", "group"])
    assert info.loc["Slope", "unit"] == "degree"
    assert pd.isna(info.loc["Elevation", "unit"])


def test_the_columns_of_feature_info(
    covertype_frames: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    assert tuple(covertype_frames[1].columns) == INFO_COLUMNS
