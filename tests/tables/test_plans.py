"""What was made of a table's columns, made again of other rows of it."""

import json

import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling
from latent_laws.tables.columns import ColumnOptions
from latent_laws.tables.features import TableOptions, table_features
from latent_laws.tables.plans import ColumnPlans

OPTIONS = TableOptions(
    columns=ColumnOptions(
        categorical=("island",),
        dates=("seen",),
        ignore=("id",),
        missing={"mass": "median", "island": "most_frequent"},
    )
)


def records(n_rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "id": [f"row {i}" for i in range(n_rows)],
            "mass": rng.normal(4, 1, n_rows),
            "island": rng.choice(["Dream", "Biscoe", "Ål"], n_rows),
            "seen": pd.date_range("2020", periods=n_rows).strftime("%Y-%m-%d"),
            "adult": rng.integers(0, 2, n_rows),
        }
    )
    table.loc[rng.random(n_rows) < 0.2, "mass"] = np.nan
    table.loc[3, "island"] = None
    return table


def test_saved_plans_make_the_same_inputs_of_the_same_rows() -> None:
    table = records()
    features, info, plans, _ = table_features(table, OPTIONS)
    again = ColumnPlans.model_validate(json.loads(json.dumps(plans.model_dump(mode="json"))))
    assert again == plans
    inputs = again.inputs(table.drop(columns="id"))
    assert list(inputs) == list(info["feature"])
    scaled = (inputs - info["mean"].to_numpy()) / info["scale"].to_numpy()
    np.testing.assert_allclose(scaled, features[info["feature"]], atol=1e-5)


def test_a_symbolic_encoder_reads_rows_with_categories_dates_and_gaps() -> None:
    table = records()
    _, info, plans, _ = table_features(table, OPTIONS)
    names = tuple(info["feature"])
    formula = Formula.parse("2*island_Dream - seen + mass", names)
    encoder = SymbolicEncoder([formula], names, Scaling.from_feature_info(info))
    row = pd.DataFrame(
        {"mass": [np.nan], "island": ["Dream"], "seen": ["2020-01-11"], "adult": [1]}
    )
    mean, scale = info.set_index("feature")["mean"], info.set_index("feature")["scale"]
    median = plans.inputs(row)["mass"].iloc[0]
    days = (pd.Timestamp("2020-01-11") - pd.Timestamp("2000-01-01")).days
    expected = 2 - (days - mean["seen"]) / scale["seen"] + (median - mean["mass"]) / scale["mass"]
    np.testing.assert_allclose(encoder(plans.inputs(row)), [[expected]])


def test_rows_that_do_not_fit_are_told_at_once() -> None:
    _, _, plans, _ = table_features(records(), OPTIONS)
    wrong = records(5).drop(columns="seen").assign(adult="yes")
    with pytest.raises(LatentLawsError, match=r"2 problems: .*no column 'seen'.*'adult'.*'yes'"):
        plans.inputs(wrong)


def test_labels_stay_beside_their_rows() -> None:
    """Rows that are dropped take their labels with them; names stay text, numbers numbers."""
    table = records().assign(kind=lambda table: table["id"], size=lambda table: table["mass"])
    columns = OPTIONS.columns.model_copy(
        update={"labels": ("kind", "size"), "missing": {"mass": "drop", "island": "drop"}}
    )
    options = OPTIONS.model_copy(update={"columns": columns})
    features, info, plans, labels = table_features(table, options)
    kept = table.dropna(subset=["mass", "island"])
    assert len(features) == len(kept) < len(table)
    assert labels["kind"].tolist() == kept["kind"].tolist()
    scale, mean = (info.set_index("feature")[name]["mass"] for name in ("scale", "mean"))
    np.testing.assert_allclose(features["mass"] * scale + mean, labels["size"], rtol=1e-5)
    assert {plan.column.name for plan in plans.plans} == {"mass", "island", "seen", "adult"}
    assert table_features(
        table,
        OPTIONS.model_copy(
            update={
                "columns": OPTIONS.columns.model_copy(update={"ignore": ("id", "kind", "size")})
            }
        ),
    )[3].shape == (len(table), 0)
