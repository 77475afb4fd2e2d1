"""Kinds of columns, and tables that do not have the ones asked for."""

import pandas as pd
import pytest
from pydantic import ValidationError

from latent_laws.errors import LatentLawsError
from latent_laws.tables.columns import Column, ColumnOptions
from latent_laws.tables.columns import resolve_columns as resolve_and_note
from latent_laws.tables.problems import Problems

TABLE = pd.DataFrame(
    {
        "height": [1.5, 2.5, 3.0],
        "urban": [0, 1, 1],
        "red": [1, 0, 0],
        "blue": [0, 1, 1],
        "identifier": ["a", "b", "c"],
    }
)
COLOUR = {"group": "colour", "columns": ["red", "blue"]}
LISTED = {
    "numeric": ["height"],
    "binary": ["urban"],
    "one_hot": [COLOUR],
    "ignore": ["identifier"],
}


def resolve_columns(table: pd.DataFrame, options: ColumnOptions) -> tuple[Column, ...]:
    problems = Problems()
    found = resolve_and_note(table, options, problems)
    problems.stop()
    return found


def options(**changes: object) -> ColumnOptions:
    return ColumnOptions.model_validate({**LISTED, **changes})


def test_listed_columns_have_their_kind_and_group() -> None:
    assert resolve_columns(TABLE, options()) == (
        Column("height", "numeric"),
        Column("urban", "binary"),
        Column("red", "binary", "colour"),
        Column("blue", "binary", "colour"),
    )


def test_columns_keep_the_order_of_the_table() -> None:
    turned = TABLE[TABLE.columns[::-1]]
    names = [column.name for column in resolve_columns(turned, options())]
    assert names == ["blue", "red", "urban", "height"]


def test_auto_makes_zero_and_one_binary_and_the_rest_numeric() -> None:
    automatic = options(numeric="auto", binary="auto")
    assert resolve_columns(TABLE, automatic) == resolve_columns(TABLE, options())


def test_auto_takes_booleans_as_binary() -> None:
    table = pd.DataFrame({"yes": [True, False], "many": [0, 2], "half": [0.0, 0.5]})
    kinds = {column.name: column.kind for column in resolve_columns(table, ColumnOptions())}
    assert kinds == {"yes": "binary", "many": "numeric", "half": "numeric"}


def test_without_auto_binary_a_zero_one_column_is_numeric() -> None:
    table = TABLE[["height", "urban"]]
    found = resolve_columns(table, ColumnOptions(binary=()))
    assert {column.kind for column in found} == {"numeric"}


def test_names_that_are_no_text_become_text() -> None:
    found = resolve_columns(pd.DataFrame({0: [1.5], 1: [2.5]}), ColumnOptions())
    assert [column.name for column in found] == ["0", "1"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.drop(columns="height"), r"^the table has no column 'height'$"),
        (
            TABLE.rename(columns={"height": "Heights"}),
            r"has 2 problems: \(1\) the table has no column 'height' \(is it 'Heights'\?\); ",
        ),
        (
            TABLE.assign(weight=1.0),
            r"^the table has column 'weight', which the parameters do not expect: list it under",
        ),
        (TABLE.drop(columns=["red", "blue"]), r"^the table has no column 'red', 'blue'$"),
        (
            pd.concat([TABLE, TABLE[["height"]]], axis="columns"),
            r"^the table has column 'height' more than once: rename one of them$",
        ),
    ],
    ids=["missing", "renamed", "extra", "two missing", "twice"],
)
def test_other_columns_than_asked_for_are_named(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(LatentLawsError, match=message):
        resolve_columns(table, options())


def test_many_missing_columns_are_counted() -> None:
    wanted = options(one_hot=[{"group": "soil", "columns": ["soil_{0..9}"]}])
    with pytest.raises(LatentLawsError, match=r"no column 'soil_0', 'soil_1', 'soil_2' and 7 more"):
        resolve_columns(TABLE.drop(columns=["red", "blue"]), wanted)


def test_a_column_of_two_kinds_is_named() -> None:
    with pytest.raises(LatentLawsError, match="column 'red' is listed under two kinds"):
        resolve_columns(TABLE, options(numeric=["height", "red"]))


def test_a_second_column_of_one_name_is_found_behind_the_name_pandas_gave_it() -> None:
    table = pd.DataFrame({"slope": [1.5], "slope.1": [2.5]})
    with pytest.raises(LatentLawsError, match="column 'slope' seems to be there twice"):
        resolve_columns(table, ColumnOptions())
    listed = ColumnOptions(numeric=("slope", "slope.1"))
    assert len(resolve_columns(table, listed)) == 2


@pytest.mark.parametrize("name", ["split", "a`b", "two\nlines", " "])
def test_a_name_that_cannot_be_used_is_shown(name: str) -> None:
    with pytest.raises(LatentLawsError, match="cannot be used: accepted is"):
        resolve_columns(pd.DataFrame({name: [1.5], "b": [2.5]}), ColumnOptions())


def test_a_table_of_ignored_columns_is_refused() -> None:
    with pytest.raises(LatentLawsError, match="no column left"):
        resolve_columns(TABLE[["identifier"]], ColumnOptions(ignore=("identifier",)))


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ValidationError, match="nummeric"):
        ColumnOptions.model_validate({"nummeric": []})


def test_units_go_by_name_the_full_one_first() -> None:
    given = options(units={"*e*": "m", "height": "cm", "re*": "share"})
    units = {column.name: column.unit for column in resolve_columns(TABLE, given)}
    assert units == {"height": "cm", "urban": None, "red": "m", "blue": "m"}


def test_a_date_counts_days() -> None:
    table = pd.DataFrame({"seen": ["2020-01-01"], "born": ["2020-01-01"]})
    given = ColumnOptions(dates=("seen", "born"), units={"born": "d"})
    assert [column.unit for column in resolve_columns(table, given)] == ["day", "d"]


def test_policies_for_missing_values_go_by_name_and_refuse_otherwise() -> None:
    given = options(missing={"height": "drop", "u*": "median"})
    found = [column.missing for column in resolve_columns(TABLE, given)]
    assert found == ["drop", "median", "refuse", "refuse"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ignore": ["identifer"]}, r"no column 'identifer' \(is it 'identifier'\?\)"),
        ({"units": {"heigth": "m"}}, r"no column 'heigth' \(is it 'height'\?\)"),
        ({"missing": {"Urban": "drop"}}, r"no column 'Urban' \(is it 'urban'\?\)"),
        ({"units": {"heigt*": "m"}}, r"no column matches 'heigt\*' \(is it 'height'\?\)"),
    ],
)
def test_a_misspelt_name_gets_the_nearest_one(change: dict[str, object], message: str) -> None:
    with pytest.raises(LatentLawsError, match=message):
        resolve_columns(TABLE, options(**change))


def test_booleans_with_gaps_are_binary() -> None:
    table = pd.DataFrame({"yes": [True, None, False], "name": ["a", None, "b"]})
    found = resolve_columns(table, ColumnOptions(categorical=("name",)))
    assert [column.kind for column in found] == ["binary", "categorical"]


@pytest.mark.parametrize("unit", ["", "  ", "a`b", "m\n"])
def test_a_unit_that_cannot_be_printed_is_refused(unit: str) -> None:
    with pytest.raises(ValidationError, match="the unit of 'height' is"):
        ColumnOptions(units={"height": unit})


def test_labels_are_no_inputs() -> None:
    labelled = options(ignore=[], labels=["identifier"], numeric="auto", binary="auto")
    assert resolve_columns(TABLE, labelled) == resolve_columns(TABLE, options())
    with pytest.raises(LatentLawsError, match="no column 'identifer'"):
        resolve_columns(TABLE, options(labels=["identifer"]))
