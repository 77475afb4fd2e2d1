"""Files are written whole or not at all, versioned or not, and previewed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from kedro.io import DatasetError, Version

from latent_laws.atomic import replacing
from latent_laws.datasets.files import (
    JSONDataset,
    PageDataset,
    ParquetDataset,
    PlotlyDataset,
)

FRAME = pd.DataFrame({"feature": ["Slope", "Aspect"], "value": np.float32([0.5, 0.25])})
FIGURE = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))
DATASETS = [
    (ParquetDataset, FRAME),
    (JSONDataset, [{"a": 1.5, "text": "R² ≥ 0.9"}]),
    (PlotlyDataset, FIGURE),
    (PageDataset, "<p>R² ≥ 0.9</p>"),
]
ALL = pytest.mark.parametrize(("kind", "data"), DATASETS, ids=lambda value: type(value).__name__)


def same(left: object, right: object) -> bool:
    return left.equals(right) if isinstance(left, pd.DataFrame) else left == right


@ALL
def test_data_come_back(tmp_path: Path, kind: type, data: object) -> None:
    dataset = kind(filepath=str(tmp_path / "folder" / "file"))
    assert not dataset.exists()
    dataset.save(data)
    assert dataset.exists()
    assert same(dataset.load(), data)
    assert os.listdir(tmp_path / "folder") == ["file"]


@ALL
def test_a_second_save_replaces_the_first(tmp_path: Path, kind: type, data: object) -> None:
    dataset = kind(filepath=str(tmp_path / "file"))
    (tmp_path / "file").write_text("x" * 100_000)
    dataset.save(data)
    assert same(dataset.load(), data)


@ALL
def test_versions_stay_readable(tmp_path: Path, kind: type, data: object) -> None:
    path = str(tmp_path / "file")
    kind(filepath=path, version=Version(None, "2026-01-01")).save(data)
    kind(filepath=path, version=Version(None, "2026-01-02")).save(data)
    assert kind(filepath=path, version=Version(None, None)).resolve_load_version() == "2026-01-02"
    assert same(kind(filepath=path, version=Version("2026-01-01", None)).load(), data)


def test_a_failing_save_leaves_the_earlier_file(tmp_path: Path) -> None:
    dataset = JSONDataset(filepath=str(tmp_path / "file.json"))
    dataset.save({"a": 1})
    with pytest.raises(DatasetError):
        dataset.save({"a": list(range(10_000)), "b": object()})
    assert dataset.load() == {"a": 1}
    assert os.listdir(tmp_path) == ["file.json"]


def test_a_failing_save_leaves_no_version(tmp_path: Path) -> None:
    path = str(tmp_path / "file.json")
    JSONDataset(filepath=path, version=Version(None, "2026-01-01")).save({"a": 1})
    with pytest.raises(DatasetError):
        JSONDataset(filepath=path, version=Version(None, "2026-01-02")).save({"a": object()})
    assert JSONDataset(filepath=path, version=Version(None, None)).load() == {"a": 1}


KILLED_SAVE = """
import sys
from latent_laws.datasets.files import JSONDataset

class Slow(list):
    def __iter__(self):
        print("writing", flush=True)
        while True:
            yield 0

dataset = JSONDataset(filepath=sys.argv[1])
dataset.save({"a": 1})
dataset.save({"a": Slow([0])})
"""


def test_a_killed_save_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_SAVE, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert len(os.listdir(tmp_path)) == 2, "the save was over before it could be killed"
    assert JSONDataset(filepath=str(path)).load() == {"a": 1}


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    with replacing(path) as file:
        file.write("<p>")
        assert not path.exists()
    assert path.read_text() == "<p>"


def test_new_files_have_ordinary_permissions(tmp_path: Path) -> None:
    (tmp_path / "ordinary").touch()
    PageDataset(filepath=str(tmp_path / "file")).save("text")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_previews_show_the_data(tmp_path: Path) -> None:
    table = ParquetDataset(filepath=str(tmp_path / "a"), version=Version(None, "2026-01-01"))
    table.save(FRAME)
    assert table.preview(nrows=1)["data"] == [["Slope", 0.5]]
    results = JSONDataset(filepath=str(tmp_path / "b"))
    results.save({"a": 1})
    assert results.preview() == '{"a": 1}'
    plot = PlotlyDataset(filepath=str(tmp_path / "c"))
    plot.save(FIGURE)
    assert plot.preview()["data"][0]["y"] == [3, 4]


def test_a_page_is_previewed_without_what_is_not_read(tmp_path: Path) -> None:
    page = PageDataset(filepath=str(tmp_path / "page.html"))
    page.save(
        "<html><head><style>p {}</style></head><body class='x'><p>R² ≥ 0.9</p>"
        "<button>Copy</button><script>\nif (a < b) run();\n</script></body></html>"
    )
    assert page.preview() == "<p>R² ≥ 0.9</p></body></html>"
