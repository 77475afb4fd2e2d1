"""Exported Python and SQL, run on the table as it comes: categories, dates, gaps."""

import sqlite3
from contextlib import closing
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.page import page_data
from latent_laws.reporting.results import summarise
from latent_laws.reporting.saved import Saved
from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.plans import ColumnPlans
from latent_laws.tables.preparation import CategoryOptions
from latent_laws.tables.records import DateOptions

FORMATS = ("ISO8601", "%d.%m.%Y", "%m/%d/%Y")
POLICIES = {name: "most_frequent" for name in ("island", "sex", "code", "colour", "adult")} | {
    "mass (kg)": "median",
    "length": "median",
    "seen": "median",
}


def table(date_format: str, n_rows: int = 400) -> pd.DataFrame:
    """A table with a column of every kind, each with gaps, and names that need quotes."""
    rng = np.random.default_rng(0)
    seen = pd.Series(pd.date_range("1999-11-03", periods=n_rows, freq="17D"))
    pattern = "%Y-%m-%d" if date_format == "ISO8601" else date_format
    found = pd.DataFrame(
        {
            "island": rng.choice(
                ["Dream", 'L\'Île "B"', "Ål", "rare"], n_rows, p=[0.5, 0.3, 0.19, 0.01]
            ),
            "sex": rng.choice(["m", "f"], n_rows),
            "code": rng.choice([3.0, 7.0, 10.0], n_rows),
            "colour": rng.choice(["red", "blue", "green"], n_rows),
            "mass (kg)": rng.normal(4, 1, n_rows),
            "length": rng.normal(20, 5, n_rows),
            "adult": rng.integers(0, 2, n_rows).astype(float),
            "seen": seen.dt.strftime(pattern),
        }
    )
    shares = {"island": 0.1, "sex": 0.1, "code": 0.1, "mass (kg)": 0.2, "adult": 0.1, "seen": 0.1}
    for name, share in (shares | {"length": 0.003, "colour": 0.003}).items():
        found.loc[rng.random(n_rows) < share, name] = None
    return found


def mixed(date_format: str) -> TableOptions:
    columns = ColumnOptions(
        categorical=("island", "sex", "code", "colour"), dates=("seen",), missing=POLICIES
    )
    return TableOptions(
        columns=columns,
        dates=DateOptions(format=date_format),
        categories=CategoryOptions(min_share=0.05),
    )


def prepared(rows: pd.DataFrame, options: TableOptions) -> tuple[ColumnPlans, Saved]:
    """What a run saves of the table, with one latent an input: that input alone."""
    features, info, plans, _ = table_features(rows, options)
    scales = info.set_index("feature")[["mean", "scale"]]
    formulas = [
        {
            "encoder": "standard-1",
            "variant": "standard",
            "latent_dim": 1,
            "latent": place,
            "expression": Formula.parse(
                f"{scale!r}*`{name}` + {mean!r}", list(info["feature"])
            ).expression,
            "complexity": 5,
            "variables": [name],
            "r2": {"test": 1.0},
        }
        for place, (name, (mean, scale)) in enumerate(
            zip(scales.index, scales.to_numpy().tolist(), strict=True)
        )
    ]
    saved = Saved(
        features=features,
        feature_info=info,
        formulas=formulas,
        columns=plans.model_dump(mode="json"),
    )
    return plans, saved


def file(saved: Saved, kind: str) -> str:
    """Return a file as the script of the page fills it in."""
    encoder = page_data(saved, summarise(saved))["encoders"]["standard-1"]
    source: str = encoder["files"][kind]
    for place, latent in enumerate(encoder["latents"]):
        source = source.replace(f"⟦{place}⟧", latent["front"][0]["files"][kind])
    return source


def by_python(source: str, rows: pd.DataFrame) -> Any:
    module: dict[str, Any] = {}
    exec(source, module)  # noqa: S102 -- our own export
    return module["encode"](rows)


def by_sql(source: str, rows: pd.DataFrame) -> Any:
    with closing(sqlite3.connect(":memory:")) as database:
        rows.to_sql("features", database, index=False)
        return pd.read_sql(source, database).to_numpy(float)


@pytest.mark.parametrize("date_format", FORMATS)
@pytest.mark.parametrize(("kind", "run"), [("py", by_python), ("sql", by_sql)])
def test_they_make_the_inputs_of_the_rows_as_they_come(
    kind: str, run: Any, date_format: str
) -> None:
    rows = table(date_format)
    plans, saved = prepared(rows, mixed(date_format))
    wanted = plans.inputs(rows)
    made = {"island_other", "sex_m", "sex_missing", "code_3", "seen_missing", "mass (kg)_missing"}
    assert made <= set(wanted) and "length_missing" not in wanted
    source = file(saved, kind)
    np.testing.assert_allclose(run(source, rows), wanted, atol=1e-6)
    unseen = rows[:3].assign(island=["Ål", "new", None], code=[7, 3, 99], colour=["x", None, "red"])
    np.testing.assert_allclose(run(source, unseen), plans.inputs(unseen), atol=1e-6)


def test_python_reads_dates_of_a_database_too() -> None:
    rows = table("ISO8601")
    plans, saved = prepared(rows, mixed("ISO8601"))
    dated = rows.assign(seen=pd.to_datetime(rows["seen"]))
    np.testing.assert_allclose(by_python(file(saved, "py"), dated), plans.inputs(rows), atol=1e-6)


def test_a_table_without_such_columns_needs_none_of_it() -> None:
    plain = table("ISO8601")[["mass (kg)", "length"]].dropna()
    _, saved = prepared(plain, TableOptions())
    assert "CASE" not in file(saved, "sql")
    source = file(saved, "py")
    assert "days" not in source and "among" not in source
    shuffled = plain[["length", "mass (kg)"]]
    np.testing.assert_allclose(by_python(source, shuffled), by_sql(file(saved, "sql"), plain))
