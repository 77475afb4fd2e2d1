"""`latent-laws new`: from a table on disk to a configuration that runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from latent_laws.cli import main, run


def mixed_table(n_rows: int = 300) -> pd.DataFrame:
    """A table with a column of every kind, gaps, and names that are hard to write."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "id": np.arange(n_rows) + 1000,
            "Höhe (m)": rng.normal(1000, 300, n_rows),
            'a "quoted" - ${name}: #1': rng.normal(size=n_rows),
            "sex": rng.choice(["m", "f"], n_rows),
            "island": rng.choice(
                ["Dream", "Biscoe", "Ål", "rare"], n_rows, p=[0.5, 0.3, 0.195, 0.005]
            ),
            "seen": pd.date_range("2020", periods=n_rows).strftime("%d.%m.%Y"),
            "weight": rng.normal(70, 10, n_rows).round(1).astype(str),
            "flat": 1,
            "target": rng.integers(0, 2, n_rows),
        }
    )
    pick = rng.integers(0, 3, n_rows)
    for member in range(3):
        table[f"soil_{member}"] = (pick == member).astype(int)
    table.loc[rng.random(n_rows) < 0.1, "Höhe (m)"] = np.nan
    table.loc[rng.random(n_rows) < 0.1, "weight"] = "?"
    table.loc[5, "island"] = None
    return table


def new(name: str, table: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["new", name, table])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def parameters(project: Path, name: str, pipeline: str) -> dict[str, object]:
    text = (project / "conf" / name / f"parameters_{pipeline}.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)[pipeline])


def test_a_mixed_table_runs_as_it_is(project: Path) -> None:
    table = mixed_table()
    table.to_csv(project / "data" / "mine.csv", index=False, sep=";", decimal=",")
    code, told = new("mine", "data/mine.csv")
    assert code == 0
    assert "conf/mine: 300 rows, 9 columns in use, 3 left out" in told
    assert "kedro run --env mine" in told
    bootstrap_project(project)
    result = CliRunner().invoke(run, ["--env", "mine", "--pipelines", "data_processing"])
    assert result.exit_code == 0, result.output
    info = pd.read_parquet(project / "data/04_feature/mine/feature_info.parquet")
    assert [name for name in info["feature"] if name != "island_other"] == [
        *("Höhe (m)", "Höhe (m)_missing", 'a "quoted" - ${name}: #1', "sex_m"),
        *("island_Biscoe", "island_Dream", "island_Ål", "seen"),
        *("weight", "weight_missing", "soil_0", "soil_1", "soil_2"),
    ]
    features = pd.read_parquet(project / "data/04_feature/mine/features.parquet")
    assert len(features) == 300
    assert np.isfinite(features.drop(columns="split").to_numpy()).all()


def test_what_was_found_stands_in_the_files_with_its_reason(project: Path) -> None:
    mixed_table().to_parquet(project / "data" / "mine.parquet")
    assert new("mine", "data/mine.parquet")[0] == 0
    text = (project / "conf" / "mine" / "parameters_data_processing.yml").read_text()
    assert '- "id"  # another whole number in every row: an identifier' in text
    assert "# units: {" in text
    given = parameters(project, "mine", "data_processing")
    columns = given["columns"]
    assert isinstance(columns, dict)
    assert columns["categorical"] == ["sex", "island"]
    assert columns["labels"] == ["target"]
    assert columns["ignore"] == ["id", "flat"]
    assert columns["one_hot"] == [{"group": "soil", "columns": ["soil_0", "soil_1", "soil_2"]}]
    assert columns["missing"]["Höhe (m)"] == "median"
    assert given["dates"] == {"format": "%d.%m.%Y"}
    assert parameters(project, "mine", "run")["distilled_dims"] == [2]


def test_of_a_long_table_a_sample_is_taken(project: Path) -> None:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(130_000, 3)), columns=list("abc"))
    table.to_parquet(project / "data" / "mine.parquet")
    code, told = new("mine", "data/mine.parquet")
    assert code == 0 and "conf/mine: 130,000 rows" in told
    given = parameters(project, "mine", "data_processing")
    title = parameters(project, "mine", "run")["title"]
    assert title == f"mine (130,000 records, of which {given['max_rows']:,} are drawn)"
    bootstrap_project(project)
    short = ["--params", "data_processing.max_rows=5000"]
    result = CliRunner().invoke(run, ["--env", "mine", "--pipelines", "data_processing", *short])
    assert result.exit_code == 0, result.output
    features = pd.read_parquet(project / "data/04_feature/mine/features.parquet")
    assert features["split"].value_counts()["test"] == 500


def test_a_table_elsewhere_is_named_in_full(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.csv"
    mixed_table().to_csv(elsewhere, index=False)
    assert new("mine", str(elsewhere))[0] == 0
    catalog = yaml.safe_load((project / "conf/mine/catalog_data_processing.yml").read_text())
    assert catalog["raw_records"]["filepath"] == elsewhere.as_posix()
    assert catalog["raw_records"]["load_args"] == {"na_values": {"weight": ["?"]}}


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("mine", "data/none.csv", "there is no file 'data/none.csv'"),
        ("covertype", "data/good.csv", "is there already: choose another name"),
        ("base", "data/good.csv", "'base' cannot name an environment"),
        ("../up", "data/good.csv", "'../up' cannot name an environment"),
        ("", "data/good.csv", "'' cannot name an environment"),
        ("mine", "data/short.csv", "the table has 6 rows"),
        ("mine", "data/header.csv", "the table has no rows"),
        ("mine", "data/broken.parquet", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_nothing_is_written(
    project: Path, name: str, table: str, message: str
) -> None:
    mixed_table().to_csv(project / "data" / "good.csv", index=False)
    mixed_table(6).to_csv(project / "data" / "short.csv", index=False)
    (project / "data" / "header.csv").write_text("a,b\n")
    (project / "data" / "broken.parquet").write_bytes(b"PAR1")
    before = sorted((project / "conf").rglob("*"))
    code, told = new(name, table)
    assert code == 1
    assert told.startswith("Error: ")
    assert message in told
    assert len(told.splitlines()) == 1
    assert sorted((project / "conf").rglob("*")) == before


def test_outside_a_project_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert new("mine", "t.csv") == (
        1,
        "Error: this is no project folder: go to the one with pyproject.toml\n",
    )
