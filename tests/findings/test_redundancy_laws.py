"""Laws between columns: thirty planted tables, real hillshades, and what is no law."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.law_search import RedundancyLawOptions
from latent_laws.findings.redundancy_laws import (
    COLUMNS,
    find_law,
    law_targets,
    redundancy_laws,
    sum_rules,
)
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling
from latent_laws.scores import r2_score
from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.split import SplitOptions
from latent_laws.tables.table import FeatureTable
from latent_laws.tasks import TaskOptions
from tests.builders import read_covertype
from tests.findings.planted_laws import LAWS, NO_LAWS, Planted, planted_table

OPTIONS = RedundancyLawOptions(seeds=(0,))
TASKS = TaskOptions(workers=1, cache=None)


@pytest.mark.parametrize("planted", LAWS, ids=lambda planted: planted.name)
def test_a_planted_law_is_found_and_right(planted: Planted) -> None:
    table, info, truth = planted_table(planted)
    law = find_law("y", table, info, OPTIONS)
    assert law is not None
    assert set(law["inputs"].split("|")) == planted.inputs
    raw = Scaling.from_feature_info(info).to_raw(table.test)
    predicted = Formula.parse(law["expression"], table.names).evaluate(raw, table.names)
    assert r2_score(truth, predicted) > 0.9995
    assert law["null_r2"] < 0.1
    assert law["r2_low"] < law["r2_test"] < law["r2_high"]
    assert law["stability"] == 1.0


@pytest.mark.parametrize("planted", NO_LAWS, ids=lambda planted: planted.name)
def test_where_there_is_no_law_none_is_claimed(planted: Planted) -> None:
    table, info, _ = planted_table(planted)
    assert find_law("y", table, info, OPTIONS) is None


def test_no_law_is_sought_for_dimensions_of_an_embedding() -> None:
    table, info, _ = planted_table(LAWS[0])
    assert "y" in law_targets(table, info, OPTIONS)
    assert law_targets(table, info.assign(kind="embedding"), OPTIONS) == []


def test_a_clipped_law_is_fitted_between_its_bounds() -> None:
    table, info, _ = planted_table(LAWS[0])
    y = info["feature"] == "y"
    mean, scale = info.loc[y, "mean"].item(), info.loc[y, "scale"].item()

    def clipped(part: np.ndarray) -> np.ndarray:
        made = part.copy()
        made[:, -1] = (np.clip(part[:, -1] * scale + mean, 5.0, 20.0) - mean) / scale
        return made

    splits = {name: clipped(getattr(table, name)) for name in ("train", "validation", "test")}
    law = find_law("y", replace(table, **splits), info, OPTIONS)
    assert law is not None
    assert (law["clipped_low"], law["clipped_high"]) == (5.0, 20.0)
    assert law["n_clipped"] > 500
    assert law["r2_test"] > 0.999
    assert set(law["inputs"].split("|")) == {"a", "b"}


def test_test_rows_only_report() -> None:
    table, info, _ = planted_table(LAWS[0])
    noisy = replace(table, test=np.random.default_rng(0).permuted(table.test, axis=0))
    first, second = (find_law("y", one, info, OPTIONS) for one in (table, noisy))
    assert first is not None
    assert second is not None
    assert first["expression"] == second["expression"]
    assert second["r2_test"] < 0.5 < first["r2_test"]


def test_a_law_of_a_column_that_is_constant_on_the_test_rows_explains_nothing_there() -> None:
    table, info, _ = planted_table(LAWS[0])
    test = table.test.copy()
    test[:, table.names.index("y")] = 0.5
    law = find_law("y", replace(table, test=test), info, OPTIONS)
    assert law is not None
    assert (law["r2_test"], law["r2_low"], law["r2_high"]) == (0, 0, 0)


@pytest.fixture(scope="module")
def one_hot() -> tuple[FeatureTable, pd.DataFrame]:
    """Return a table of two numbers, a group of three and a copy of one of its members."""
    generator = np.random.default_rng(0)
    members = np.eye(3)[generator.integers(0, 3, 900)]
    X = np.column_stack([generator.normal(size=(900, 2)), members, members[:, 1]])
    names = ("u", "v", "g_0", "g_1", "g_2", "copy")
    parts = np.split(X.astype(np.float32), [600, 750])
    info = pd.DataFrame({"feature": names, "kind": ["numeric"] * 2 + ["binary"] * 4})
    info["group"] = [None, None, "g", "g", "g", None]
    return FeatureTable(names, *parts), info.assign(unit=None, mean=0.0, scale=1.0)


def test_a_group_has_its_sum_rule(one_hot: tuple[FeatureTable, pd.DataFrame]) -> None:
    (rule,) = sum_rules(*one_hot)
    assert rule["feature"] == "g_2"
    raw = one_hot[0].test.astype(np.float64)
    formula = Formula.parse(rule["expression"], one_hot[0].names)
    np.testing.assert_allclose(formula.evaluate(raw, one_hot[0].names), raw[:, 4])
    assert set(rule["inputs"].split("|")) == {"g_0", "g_1"}


def test_a_group_with_a_missing_class_has_none(one_hot: tuple[FeatureTable, pd.DataFrame]) -> None:
    table, info = one_hot
    info = info.assign(group=info["group"].where(info["feature"] != "g_0", None))
    assert list(sum_rules(table, info)) == []


def test_members_follow_from_outside_their_group_only(
    one_hot: tuple[FeatureTable, pd.DataFrame],
) -> None:
    table, info = one_hot
    assert set(law_targets(table, info, OPTIONS)) == {"u", "v", "g_1", "copy"}
    laws = redundancy_laws(table, info, OPTIONS, TASKS)
    assert list(laws.columns) == COLUMNS
    assert laws[["feature", "kind"]].values.tolist() == [
        ["g_1", "law"],
        ["copy", "law"],
        ["g_2", "sum_rule"],
    ]
    assert laws["inputs"].tolist()[:2] == ["copy", "g_1"]


def test_of_many_columns_only_those_are_searched_that_others_predict() -> None:
    table, info, _ = planted_table(LAWS[-1])
    few = OPTIONS.model_copy(update={"max_targets": 2})
    assert set(law_targets(table, info, few)) <= {"a", "b", "y"}
    assert len(law_targets(table, info, few)) == 2


def test_a_table_without_laws_has_no_rows() -> None:
    table, info, _ = planted_table(NO_LAWS[0])
    info = info[info["feature"].isin(["p", "y"])]
    kept = [table.names.index(name) for name in ("p", "y")]
    parts = [
        np.ascontiguousarray(part[:, kept]) for part in (table.train, table.validation, table.test)
    ]
    assert redundancy_laws(FeatureTable(("p", "y"), *parts), info, OPTIONS, TASKS).empty


SUN = {
    "Hillshade_9am": (58.9, 114.0, 0.999),
    "Hillshade_Noon": (69.0, 218.0, 0.998),
    "Hillshade_3pm": (37.9, 269.0, 0.996),
}


@pytest.fixture(scope="module")
def covertype() -> tuple[FeatureTable, pd.DataFrame]:
    """Return all 20,000 records, angles in degrees."""
    group = {"group": "Soil_Type", "columns": ["Soil_Type_*"]}
    units = {"Aspect": "degree", "Slope": "degree"}
    columns = ColumnOptions.model_validate({"one_hot": [group], "units": units})
    options = TableOptions(columns=columns, split=SplitOptions(seed=0))
    features, info, *_ = table_features(read_covertype(20_000), options)
    return FeatureTable.from_frame(features), info


@pytest.mark.parametrize("shade", SUN)
def test_shaded_relief_tells_where_the_sun_stood(
    covertype: tuple[FeatureTable, pd.DataFrame], shade: str
) -> None:
    law = find_law(shade, *covertype, OPTIONS)
    assert law is not None
    assert set(law["inputs"].split("|")) == {"Slope", "Aspect"}
    assert law["r2_test"] > SUN[shade][2]
    assert law["complexity"] <= 35
    altitude, azimuth = sun(Formula.parse(law["expression"], ["Slope", "Aspect"]))
    assert altitude == pytest.approx(SUN[shade][0], abs=2)
    assert azimuth == pytest.approx(SUN[shade][1], abs=2)
    assert law["reading"].startswith("Lambert's law: light of 25")
    read = re.findall(r"from ([\d.]+)° high at azimuth (\d+)°", law["reading"])
    assert tuple(map(float, read[0])) == pytest.approx((altitude, azimuth), abs=0.6)
    assert "*cos(Aspect\N{NO-BREAK SPACE}[°] - " in law["printed"]
    assert "cos(Slope\N{NO-BREAK SPACE}[°])" in law["printed"]


def sun(law: Formula) -> tuple[float, float]:
    """Return altitude and azimuth in degrees, read off the law's values on a grid of slopes."""
    slope, aspect = (grid.ravel() for grid in np.meshgrid(np.arange(1, 40), np.arange(0, 360, 5)))
    value = law.evaluate(np.column_stack([slope, aspect]), ["Slope", "Aspect"])
    s, a = np.radians(slope), np.radians(aspect)
    parts = np.column_stack(
        [np.ones(len(s)), np.cos(s), np.sin(s) * np.cos(a), np.sin(s) * np.sin(a)]
    )
    _, up, north, east = np.linalg.lstsq(parts, value, rcond=None)[0]
    return (
        float(np.degrees(np.arctan2(up, np.hypot(north, east)))),
        float(np.degrees(np.arctan2(east, north)) % 360),
    )


LAWLESS = ["Elevation", "Aspect", "Slope", "Horizontal_Distance_To_Hydrology"]
LAWLESS += ["Vertical_Distance_To_Hydrology", "Horizontal_Distance_To_Roadways"]
LAWLESS += ["Horizontal_Distance_To_Fire_Points"]


@pytest.mark.parametrize("column", LAWLESS)
def test_no_law_is_claimed_for_what_only_trees_recover(
    covertype: tuple[FeatureTable, pd.DataFrame], column: str
) -> None:
    assert find_law(column, *covertype, OPTIONS) is None
