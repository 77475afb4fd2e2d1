"""What users see when a command ends early: one line."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from fsspec.implementations.local import LocalFileSystem
from kedro.framework.startup import bootstrap_project
from kedro.io import DatasetError
from sklearn.datasets import load_wine

from latent_laws.__main__ import main
from latent_laws.cli import cli, one_line, run
from latent_laws.datasets.files import JSONDataset
from latent_laws.errors import LatentLawsError


@pytest.fixture
def small_project(project: Path, raw_covertype: pd.DataFrame) -> Path:
    """A project whose raw records are a file of its own, which a test may spoil."""
    raw_covertype[:300].to_csv(project / "data" / "records.csv", index=False)
    (project / "conf" / "covertype" / "catalog_data_processing.yml").write_text(
        "raw_records: {type: pandas.CSVDataset, filepath: data/records.csv}\n"
    )
    bootstrap_project(project)
    return project


def last_line(*arguments: str) -> str:
    result = CliRunner().invoke(run, ["--pipelines", "data_processing", *arguments])
    assert result.exit_code == 1
    return result.stderr.splitlines()[-1]


def test_a_clean_run_ends_with_features(small_project: Path) -> None:
    result = CliRunner().invoke(run, ["--pipelines", "data_processing"])
    assert result.exit_code == 0, result.output
    features = pd.read_parquet(small_project / "data/04_feature/covertype/features.parquet")
    assert len(features) == 300


def test_a_table_of_ones_own_needs_a_folder_in_conf(project: Path) -> None:
    wine = load_wine(as_frame=True).frame.assign(organic=lambda table: table["hue"] > 1)
    wine.to_csv(project / "data" / "wine.csv", index=False)
    folder = project / "conf" / "wine"
    folder.mkdir()
    (folder / "globals.yml").write_text("dataset: wine\n")
    (folder / "catalog.yml").write_text(
        "raw_records: {type: pandas.CSVDataset, filepath: data/wine.csv}\n"
    )
    (folder / "parameters.yml").write_text("data_processing:\n  columns: {labels: [target]}\n")
    bootstrap_project(project)
    result = CliRunner().invoke(run, ["--env", "wine", "--pipelines", "data_processing"])
    assert result.exit_code == 0, result.output
    info = pd.read_parquet(project / "data/04_feature/wine/feature_info.parquet")
    assert list(info["feature"]) == [name for name in wine if name != "target"]
    assert dict(info["kind"].value_counts()) == {"numeric": 13, "binary": 1}
    labels = pd.read_parquet(project / "data/04_feature/wine/labels.parquet")
    assert labels["target"].tolist() == wine["target"].tolist()


def test_a_bad_value_is_the_last_line(small_project: Path) -> None:
    path = small_project / "data" / "records.csv"
    table = pd.read_csv(path)
    table.assign(Slope=table["Slope"].where(table.index != 6)).to_csv(path, index=False)
    assert last_line() == (
        "Error: column 'Slope' holds no value in row 7: accepted is a value in every row, or "
        "set missing to median, most_frequent or drop"
    )
    assert not (small_project / "data" / "04_feature").exists()


def test_a_missing_file_is_the_last_line(small_project: Path) -> None:
    (small_project / "data" / "records.csv").unlink()
    assert "records.csv" in last_line()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            "split.test_fraction=2",
            "data_processing.split.test_fraction: Input should be less than 1 (given: 2)",
        ),
        ("split.seed=abc", "data_processing.split.seed: Input should be a valid integer, unable"),
        (
            "split.test_fraction=0.95",
            "data_processing.split: validation_fraction and test_fraction sum to 1.05: accepted "
            "is less than 1, the rest being training rows",
        ),
        ("splt.seed=1", "data_processing.splt is unknown: did you mean split?"),
        ("split.sed=1", "data_processing.split.sed is unknown: did you mean seed?"),
        ("columns.missing.*=mean", "data_processing.columns.missing.*: Input should be 'refuse'"),
        ("columns.numeric=Slope", "data_processing.columns.numeric: Input should be a valid tuple"),
    ],
)
def test_a_bad_parameter_is_the_last_line(small_project: Path, given: str, line: str) -> None:
    shown = last_line("--params", f"data_processing.{given}")
    assert shown.startswith(f"Error: parameter {line}")
    assert not (small_project / "data" / "04_feature").exists()


def test_the_package_runs_as_a_module(
    small_project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["latent_laws", "--pipelines", "data_processing"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert (small_project / "data/04_feature/covertype/feature_info.parquet").exists()
    monkeypatch.setattr("sys.argv", ["latent_laws", "--params", "data_processing.seed=1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith(
            "Error: parameter data_processing.seed is unknown: accepted are categories, columns"
        )
    )


@pytest.mark.parametrize("command", ["lab", "notebook"])
def test_without_jupyter_its_install_line_is_told(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("jupyterlab", "notebook"):
        monkeypatch.setitem(sys.modules, module, None)
    result = CliRunner().invoke(cli, ["jupyter", command], obj=object())
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert result.output.startswith("Error: ")
    assert "pip install -e '.[notebooks]'" in result.output


def test_our_error_behind_kedros_is_shown() -> None:
    try:
        try:
            raise LatentLawsError("the weights\n are gone")
        except LatentLawsError as cause:
            raise DatasetError("Failed while loading data from dataset X(filepath=y).") from cause
    except DatasetError as error:
        assert one_line(error) == "the weights are gone"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--env", "tst"], "there is no environment 'tst': did you mean test?"),
        (["--pipelines", "trainig"], "there is no pipeline 'trainig': did you mean training?"),
        (["--pipeline", "trainig"], "there is no pipeline 'trainig': did you mean training?"),
        (
            ["--nodes", "find_laws_node"],
            "there is no node 'find_laws_node': did you mean find_law_node?",
        ),
        (["--to-nodes", "x"], "there is no node 'x': accepted are "),
        (["--from-inputs", "feature"], "there is no dataset 'feature': did you mean features?"),
        (["--load-versions", "formula:1"], "there is no dataset 'formula': did you mean formulas?"),
        (["--tags", "trainin"], "there is no tag 'trainin': did you mean training?"),
        (
            ["--namespaces", "distilation"],
            "there is no namespace 'distilation': did you mean distillation?",
        ),
        (
            ["--params", "trainig.seeds=1"],
            "parameter trainig is unknown: did you mean training?",
        ),
        (
            ["--params", "run.wokers=1,data_processing.split.seed=a"],
            "parameter data_processing.split.seed: Input should be a valid integer, unable to "
            "parse string as an integer (given: 'a'); run.wokers is unknown: did you mean workers?",
        ),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest_before_anything_runs(
    small_project: Path, arguments: list[str], line: str
) -> None:
    result = CliRunner().invoke(run, arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"Error: {line}")
    assert "Traceback" not in result.output
    assert list((small_project / "data").glob("0[2-8]*")) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "Error: environment mine has no folder for its outputs: write `dataset: mine`"),
        (
            "other: x",
            "Error: environment mine has no folder for its outputs: write `dataset: mine`",
        ),
        ("dataset: covertype", "Error: environments mine and covertype write to one folder"),
    ],
)
def test_an_environment_needs_a_folder_of_its_own(
    small_project: Path, content: str | None, line: str
) -> None:
    (small_project / "conf" / "mine").mkdir()
    if content:
        (small_project / "conf" / "mine" / "globals.yml").write_text(content)
    assert last_line("--env", "mine").startswith(line)


def test_an_environment_names_the_pipelines_of_its_plain_run(small_project: Path) -> None:
    (small_project / "conf" / "covertype" / "globals.yml").write_text(
        "dataset: covertype\npipelines: [data_processing]\n"
    )
    result = CliRunner().invoke(run, [])
    assert result.exit_code == 0, result.output
    assert (small_project / "data" / "04_feature" / "covertype" / "features.parquet").exists()
    assert not (small_project / "data" / "06_models").exists()


@pytest.mark.parametrize("name", ["make_features_node", "data.data_processing.make_features_node"])
def test_a_node_goes_by_its_name_with_or_without_a_namespace(
    small_project: Path, name: str
) -> None:
    result = CliRunner().invoke(run, ["--nodes", name])
    assert result.exit_code == 0, result.output
    assert (small_project / "data" / "04_feature" / "covertype" / "features.parquet").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_one_line() -> None:
    dataset = JSONDataset(filepath="/dev/full")
    dataset._fs = LocalFileSystem()  # in place: nothing can be renamed onto a device
    with pytest.raises(DatasetError) as caught:
        dataset.save(["text"] * 10_000)
    assert one_line(caught.value).startswith("the disk is full: make room")


def test_outputs_of_a_later_time_are_one_line(small_project: Path) -> None:
    later = small_project / "data/06_models/covertype/autoencoders/2999-01-01T00.00.00.000Z"
    later.mkdir(parents=True)
    line = last_line()
    assert "2999-01-01T00.00.00.000Z' is of a later time than now" in line
    assert line.endswith("set the clock, or remove it")
    later.rename(later.with_name("2020-01-01T00.00.00.000Z"))
    assert CliRunner().invoke(run, ["--pipelines", "data_processing"]).exit_code == 0
