"""The environment that loads from the Hugging Face hub, against a hub on this machine.

The reviews are sentences made here, in the files and splits that the hub has; the weights are real.
"""

from pathlib import Path

import pandas as pd
import pytest

from latent_laws.text.embedding_model import PACKAGED_MODEL, find_model
from tests.hub_server import COMMIT, serve
from tests.runs import kedro_run, make_project, start

CARD = """---
configs:
- config_name: plain_text
  data_files:
  - {split: train, path: plain_text/train-*}
  - {split: test, path: plain_text/test-*}
  - {split: unsupervised, path: plain_text/unsupervised-*}
---
"""
RUN = ("--env", "imdb_full", "--pipelines", "text_processing,data_processing")


def reviews(part: str, n_rows: int = 120) -> pd.DataFrame:
    texts = [
        f"Film {i} of the {part} part was {'good' if i % 2 else 'bad'}." for i in range(n_rows)
    ]
    return pd.DataFrame({"text": texts, "label": [i % 2 for i in range(n_rows)]})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "imdb"
    (folder / "plain_text").mkdir(parents=True)
    (folder / "README.md").write_text(CARD)
    for part in ("train", "test", "unsupervised"):
        reviews(part).to_parquet(folder / f"plain_text/{part}-00000-of-00001.parquet")
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "downloads"))
    (tmp_path / "project").mkdir()
    return make_project(tmp_path / "project")


def test_reviews_and_model_come_from_the_hub(
    project: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = find_model(PACKAGED_MODEL)
    hub = {"sentence-transformers/all-MiniLM-L6-v2": packaged.path}
    with serve({"stanfordnlp/imdb": repository}, hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        output = kedro_run(project, *RUN)
    assert "240 of 240 drawn (label: 120 of 0, 120 of 1)" in output
    assert "SentenceTransformer" not in output, "nothing that a user can do about it"
    frame = pd.read_parquet(project / "data/04_feature/imdb_full/features.parquet")
    assert len(frame) == 240
    assert [c for c in frame if c.startswith("embedding_")] == [
        f"embedding_{i:03}" for i in range(384)
    ]
    downloaded = tmp_path / "downloads/hub/models--sentence-transformers--all-MiniLM-L6-v2"
    assert find_model(str(downloaded / "snapshots" / COMMIT)).digest == packaged.digest


def test_what_the_hub_does_not_have_is_told_in_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve({}, {}) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        process = start(project, *RUN)
        output = process.communicate()[0]
    assert process.returncode != 0
    last = output.strip().splitlines()[-1]
    assert last.startswith(
        "Error: 'stanfordnlp/imdb' could not be loaded from the Hugging Face hub"
    )
    assert last.endswith("or use the installed reviews: kedro run --env text")
