"""Filled-in values and categories, learned on training rows alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import Column
from latent_laws.tables.preparation import CategoryOptions, ColumnPlan, learn_plans
from latent_laws.tables.records import Records, Values

ALL = CategoryOptions(min_share=0)


def plan_of(
    column: Column, values: Values, training: Sequence[bool], options: CategoryOptions = ALL
) -> ColumnPlan:
    records = Records((column,), {column.name: values}, pd.RangeIndex(len(values)))
    return learn_plans(records, np.array(training), options)[0]


def inputs_of(plan: ColumnPlan, values: Values) -> dict[str, list[float]]:
    names = [feature.name for feature in plan.features()]
    arrays = [array.tolist() for array in plan.arrays(values)]
    return dict(zip(names, arrays, strict=True))


def names(*given: str | None) -> "pd.Categorical[str]":
    return pd.Categorical(list(given))


def test_the_median_of_the_training_rows_is_filled_in_beside_an_indicator() -> None:
    values = np.array([1.0, np.nan, 3.0, 8.0, 100.0, np.nan])
    column = Column("höhe (m)", "numeric", unit="m", missing="median")
    plan = plan_of(column, values, [True] * 4 + [False] * 2)
    assert inputs_of(plan, values) == {
        "höhe (m)": [1, 3, 3, 8, 100, 3],
        "höhe (m)_missing": [0, 1, 0, 0, 0, 1],
    }
    assert [(f.kind, f.unit) for f in plan.features()] == [("numeric", "m"), ("binary", None)]


@pytest.mark.parametrize(
    ("kind", "policy", "filled"),
    [("numeric", "most_frequent", 1.0), ("numeric", "median", 0.5), ("binary", "median", 1.0)],
)
def test_what_is_filled_in(kind: str, policy: str, filled: float) -> None:
    values = np.array([0.0, 1.0, 1.0, 0.0, np.nan, 1.0, 0.0])
    known = [True] * 5 + [kind == "binary" or policy == "most_frequent", False]
    plan = plan_of(Column("x", kind, missing=policy), values, known)  # type: ignore[arg-type]  # as above
    assert inputs_of(plan, values)["x"][4] == filled


def test_gaps_only_outside_the_training_rows_are_filled_in_without_an_indicator() -> None:
    values = np.array([1.0, 2.0, 9.0, np.nan])
    plan = plan_of(Column("x", "numeric", missing="median"), values, [True] * 3 + [False])
    assert inputs_of(plan, values) == {"x": [1, 2, 9, 2]}


def test_few_gaps_need_no_indicator() -> None:
    values = np.array([np.nan, *np.arange(999)])
    column = Column("x", "numeric", missing="median")
    few, many = CategoryOptions(min_share=0.01), CategoryOptions(min_share=0.0005)
    assert not plan_of(column, values, [True] * 1000, few).has_indicator
    assert plan_of(column, values, [True] * 1000, many).has_indicator


def test_three_categories_become_a_group_that_sums_to_one() -> None:
    values = names("a", "b c", "ä", "a")
    plan = plan_of(Column("town", "categorical"), values, [True] * 4)
    inputs = inputs_of(plan, values)
    assert inputs == {"town_a": [1, 0, 0, 1], "town_b c": [0, 1, 0, 0], "town_ä": [0, 0, 1, 0]}
    assert {feature.group for feature in plan.features()} == {"town"}


def test_two_categories_become_one_column() -> None:
    values = names("yes", "no", "yes")
    plan = plan_of(Column("smoker", "categorical"), values, [True] * 3)
    assert inputs_of(plan, values) == {"smoker_yes": [1, 0, 1]}
    assert plan.features()[0].group is None


def test_rare_and_unseen_categories_become_other() -> None:
    values = names(*["a"] * 48, *["b"] * 50, "c", "d", "never seen")
    options = CategoryOptions(min_share=0.02)
    plan = plan_of(Column("town", "categorical"), values, [True] * 100 + [False], options)
    inputs = inputs_of(plan, values)
    assert list(inputs) == ["town_a", "town_b", "town_other"]
    assert inputs["town_other"][-3:] == [1, 1, 1]


def test_an_unseen_category_is_the_most_frequent_one_where_there_is_no_other() -> None:
    values = names("a", "b", "b", "c", "never seen")
    plan = plan_of(Column("town", "categorical"), values, [True] * 4 + [False])
    assert inputs_of(plan, values)["town_b"] == [0, 1, 1, 0, 1]


def test_the_most_frequent_categories_stay() -> None:
    counts = {"a": 5, "b": 4, "c": 3, "d": 2}
    values = names(*[name for name, count in counts.items() for _ in range(count)])
    options = CategoryOptions(min_share=0, max_categories=3)
    plan = plan_of(Column("x", "categorical"), values, [True] * 14, options)
    assert [feature.name for feature in plan.features()] == ["x_a", "x_b", "x_other"]


def test_a_missing_category_is_the_most_frequent_one_beside_an_indicator() -> None:
    values = names("a", "b", "b", None, "c")
    column = Column("town", "categorical", missing="most_frequent")
    inputs = inputs_of(plan_of(column, values, [True] * 5), values)
    assert inputs["town_b"] == [0, 1, 1, 1, 0]
    assert inputs["town_missing"] == [0, 0, 0, 1, 0]


def test_a_category_called_other_is_among_the_others() -> None:
    values = names(*["other"] * 5, *["a"] * 5, *["b"] * 5)
    plan = plan_of(Column("x", "categorical"), values, [True] * 15)
    assert [feature.name for feature in plan.features()] == ["x_a", "x_b", "x_other"]
    assert sum(inputs_of(plan, values)["x_other"]) == 5


def test_names_that_hardly_repeat_are_no_categories() -> None:
    values = names(*[f"person {number}" for number in range(200)])
    options = CategoryOptions(min_share=0.01)
    with pytest.raises(LatentLawsError, match="'who' has 200 different names, none of them"):
        plan_of(Column("who", "categorical"), values, [True] * 200, options)


def test_a_column_without_any_training_value_is_named() -> None:
    values = np.array([np.nan, np.nan, 1.0])
    with pytest.raises(LatentLawsError, match="column 'x' has no value in any training row"):
        plan_of(Column("x", "numeric", missing="median"), values, [True, True, False])


def test_two_inputs_of_one_name_are_refused() -> None:
    columns = (Column("x_missing", "numeric"), Column("x", "numeric", missing="median"))
    values: dict[str, Values] = {"x_missing": np.arange(4.0), "x": np.array([1, np.nan, 2, 3])}
    with pytest.raises(LatentLawsError, match="two inputs would be called 'x_missing'"):
        learn_plans(Records(columns, values, pd.RangeIndex(4)), np.full(4, True), ALL)


@given(
    st.lists(st.sampled_from([*"abcdefg", None]), min_size=1, max_size=30),
    st.integers(2, 5),
    st.floats(0, 0.3),
    st.integers(0, 9),
)
def test_every_row_has_exactly_one_category(
    given_names: list[str | None], most: int, least: float, seed: int
) -> None:
    values = names(*given_names)
    training = np.random.default_rng(seed).random(len(given_names)) < 0.7
    if not (training & (values.codes >= 0)).any():
        return
    options = CategoryOptions(min_share=least, max_categories=most)
    column = Column("x", "categorical", missing="most_frequent")
    try:
        plan = plan_of(column, values, list(training), options)
    except LatentLawsError as error:
        assert "different names, none of them" in str(error)
        return
    inputs = inputs_of(plan, values)
    inputs.pop("x_missing", None)
    sums = np.sum(list(inputs.values()), axis=0)
    assert len(inputs) <= most
    assert (sums == 1).all() if len(inputs) > 1 else (sums <= 1).all()
