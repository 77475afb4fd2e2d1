"""`kedro run --env own_encoder`: an encoder that this project did not train, without a decoder."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.runs import kedro_run, make_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment as it is, on fewer rows and with the budgets of the test environment."""
    folder = make_project(tmp_path_factory.mktemp("own"))
    conf = folder / "conf" / "own_encoder"
    catalog = conf / "catalog.yml"
    rows = "covertype_sample.csv.gz\n  load_args: {nrows: 1500}"
    catalog.write_text(catalog.read_text().replace("covertype_sample.csv.gz", rows))
    shutil.copy(folder / "conf/test/parameters_symbolic_distillation.yml", conf)
    (folder / "output.txt").write_text(kedro_run(folder, "--env", "own_encoder"))
    return folder


def formulas(project: Path) -> pd.DataFrame:
    path = next((project / "data/07_model_output/own_encoder/formulas.json").rglob("*.json"))
    return pd.DataFrame(json.loads(path.read_text()))


def test_the_formulas_read_what_the_encoder_reads(project: Path) -> None:
    found = formulas(project)
    assert found["encoder"].tolist() == ["own-3"] * 3
    above_water = found["variables"][2]
    assert {"Elevation", "Vertical_Distance_To_Hydrology"} <= set(above_water)
    r2 = found["r2"].map(lambda scores: scores["test"])
    assert r2[2] > 0.999
    assert (r2 > 0.8).all()


def test_nothing_was_trained(project: Path) -> None:
    assert "training autoencoders" not in (project / "output.txt").read_text()
    assert list((project / "data/06_models/own_encoder").rglob("*.safetensors")) == []


def test_what_needs_training_or_a_decoder_is_absent(project: Path) -> None:
    outputs = project / "data/08_reporting/own_encoder"
    names = ("frontier.parquet", "reconstruction_law.json", "dimension_labels.parquet")
    assert [name for name in names if (outputs / name).exists()] == []
    substitution = pd.read_parquet(
        project / "data/07_model_output/own_encoder/substitution.parquet"
    )
    assert substitution.empty


def test_the_report_reads_well_without_them(project: Path) -> None:
    page = (project / "data/08_reporting/own_encoder/report.html").read_text()
    assert "three terrain indices" in page
    assert "nan" not in page.replace("nano", "").lower().split("<script")[0]
