"""`--env text` and `--env imdb_full` through the command, on few reviews."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from latent_laws.cli import run
from latent_laws.tables.table import FeatureTable

FEW = ",".join(
    (
        "text_processing.reviews.n_reviews=40",
        "text_processing.embedding.max_length=16",
        "text_processing.embedding.precision=float32",
        "data_processing.split.test_fraction=0.3",
        "data_processing.split.validation_fraction=0.3",
    )
)
TO_FEATURES = ("--pipelines", "text_processing,data_processing")


@pytest.fixture
def text_project(project: Path) -> Path:
    bootstrap_project(project)
    return project


def invoke(env: str, *arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and the last line of the error stream."""
    result = CliRunner().invoke(run, ["--env", env, *arguments])
    return result.exit_code, (result.stderr.splitlines() or [""])[-1]


def test_reviews_become_features_that_a_second_run_repeats(text_project: Path) -> None:
    code, line = invoke("text", *TO_FEATURES, "--params", FEW)
    assert code == 0, line
    features = pd.read_parquet(text_project / "data/04_feature/imdb/features.parquet")
    info = pd.read_parquet(text_project / "data/04_feature/imdb/feature_info.parquet")
    texts = pd.read_parquet(text_project / "data/02_intermediate/imdb/texts.parquet")
    table = FeatureTable.from_frame(features)
    assert table.train.shape == (16, 384)
    np.testing.assert_allclose(table.train.std(axis=0)[~info["is_constant"]], 1, atol=1e-4)
    constant = ["embedding_127", "embedding_223", "embedding_319"]
    assert info["feature"][info["is_constant"]].tolist() == constant
    assert set(info["kind"]) == {"embedding"}
    assert info["group"].isna().all()
    assert texts["label"].value_counts().to_dict() == {0: 20, 1: 20}
    assert not texts["text"].str.contains("<br").any()

    code, line = invoke("text", *TO_FEATURES, "--params", FEW)
    assert code == 0, line
    again = pd.read_parquet(text_project / "data/04_feature/imdb/features.parquet")
    pd.testing.assert_frame_equal(again, features)


def test_fewer_reviews_than_latents_are_the_last_line(text_project: Path) -> None:
    pipelines = ["--pipelines", "text_processing,data_processing,training"]
    code, line = invoke("text", *pipelines, "--params", FEW)
    assert code == 1
    assert line.startswith(
        "Error: training.latent_dims has 32: accepted is 1 to 16, for there are 381 inputs"
    )
    assert "16 training rows" in line
    assert not (text_project / "data/06_models").exists()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("reviews.n_reviews=30000", "n_reviews is 30000 but there are 24902 different reviews"),
        (
            "reviews.text_column=body",
            "the reviews have no column 'body' (they have 'text', 'label'",
        ),
        ("reviews.n_reviews=0", "parameter text_processing.reviews.n_reviews: Input should"),
        ("reviews.n_reviews=some", "parameter text_processing.reviews.n_reviews: Input should"),
        ("embedding.precision=int8", "parameter text_processing.embedding.precision: Input should"),
        (
            "embedding.max_length=513",
            "parameter text_processing.embedding.max_length: Input should",
        ),
    ],
)
@pytest.mark.usefixtures("text_project")
def test_a_bad_parameter_is_the_last_line(given: str, line: str) -> None:
    arguments = ["--pipelines", "text_processing", "--params", f"text_processing.{given}"]
    assert invoke("text", *arguments)[1].startswith(f"Error: {line}")


@pytest.mark.usefixtures("text_project")
def test_the_full_environment_names_the_one_that_needs_no_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    code, line = invoke("imdb_full", "--pipelines", "text_processing")
    assert code == 1
    assert line.startswith("Error: 'stanfordnlp/imdb' ")
    assert line.endswith("kedro run --env text")
