"""What users see when `kedro run` ends early: one line."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project
from kedro.io import DatasetError
from kedro.validation.exceptions import ParameterValidationError
from pydantic import BaseModel, ValidationError
from sklearn.datasets import load_wine

from latent_laws.__main__ import main
from latent_laws.cli import one_line, run
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
    (folder / "parameters.yml").write_text("data_processing:\n  columns: {ignore: [target]}\n")
    bootstrap_project(project)
    result = CliRunner().invoke(run, ["--env", "wine", "--pipelines", "data_processing"])
    assert result.exit_code == 0, result.output
    info = pd.read_parquet(project / "data/04_feature/wine/feature_info.parquet")
    assert list(info["feature"]) == [name for name in wine if name != "target"]
    assert dict(info["kind"].value_counts()) == {"numeric": 13, "binary": 1}


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
        ("sorce=table", "data_processing.sorce: Extra inputs are not permitted (given: 'table')"),
        ("source=images", "data_processing.source: Input should be 'table' or 'text'"),
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
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Error: parameter data_processing.seed: Extra inputs are not permitted (given: 1)"
    )


def test_our_error_behind_kedros_is_shown() -> None:
    try:
        try:
            raise LatentLawsError("the weights\n are gone")
        except LatentLawsError as cause:
            raise DatasetError("Failed while loading data from dataset X(filepath=y).") from cause
    except DatasetError as error:
        assert one_line(error) == "the weights are gone"


def test_two_bad_parameters_are_both_shown() -> None:
    class Sizes(BaseModel):
        widths: tuple[int, ...]
        rate: float

    with pytest.raises(ValidationError) as caught:
        Sizes.model_validate({"widths": [1, "wide"]})
    text = f"Parameter validation failed:\n- Parameter 'training': Failed: {caught.value}"
    assert one_line(ParameterValidationError(f"{text}\n- Parameter 'law': value is None")) == (
        "parameter training.widths.1: Input should be a valid integer, unable to parse string as "
        "an integer (given: 'wide'); training.rate: Field required; law: value is None"
    )
