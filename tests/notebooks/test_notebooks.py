"""The notebooks, executed from top to bottom in a project that has run."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.builders import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 300  # of a loaded machine; idle, each notebook takes less than 60


def read(path: Path) -> nbformat.NotebookNode:
    node: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # no annotations
    return node


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def executed(path: Path, project: Path) -> list[nbformat.NotebookNode]:
    """Execute a notebook inside a project and return its code cells with their outputs."""
    folder = project / "notebooks"
    folder.mkdir(exist_ok=True)
    shutil.copy(path, folder)
    notebook = read(folder / path.name)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=where).execute()
    return code_cells(notebook)


def printed(cell: nbformat.NotebookNode) -> str:
    """Return everything that a cell wrote, without colours."""
    texts = [output.get("text", "") for output in cell.outputs]
    texts += [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(texts))


@pytest.fixture
def in_test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `%load_ext kedro.ipython` load the outputs of the `test` environment."""
    monkeypatch.setenv("KEDRO_ENV", "test")
    monkeypatch.setenv("DO_NOT_TRACK", "1")


def test_there_are_four_notebooks() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None
    assert code_cells(notebook)[0].source == "%load_ext kedro.ipython"


@pytest.mark.usefixtures("in_test_environment")
def test_read_the_equations(finished: Path) -> None:
    cells = executed(NOTEBOOKS[0], finished)
    plots = [output for cell in cells for output in cell.outputs if "plotly" in str(output.keys())]
    figures = [o for cell in cells for o in cell.outputs if "application/vnd.plotly" in str(o)]
    assert len(plots or figures) == 2
    assert any("\\mathrm{" in printed(cell) for cell in cells)
    assert "typical" in printed(cells[-1])
    assert "changed" in printed(cells[-1])


@pytest.mark.usefixtures("in_test_environment")
def test_use_the_symbolic_encoder(finished: Path) -> None:
    cells = executed(NOTEBOOKS[1], finished)
    text = "\n".join(printed(cell) for cell in cells)
    network, formulas = (
        float(found) for found in re.findall(r"^(?:network|formulas): +([0-9.e-]+)$", text, re.M)
    )
    assert network <= formulas < 1
    errors = [float(found) for found in re.findall(r"squared error ([0-9.]+)", text)]
    assert errors[-1] < errors[0] / 2
    # the exported module computes what the torch module does
    assert float(re.findall(r"[0-9.e-]+", printed(cells[-1]).replace("float64", ""))[-1]) < 1e-9


def test_bring_your_own_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    monkeypatch.delenv("KEDRO_ENV", raising=False)
    for folder in ("src", "data/01_raw"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    cells = executed(NOTEBOOKS[2], tmp_path)
    report = tmp_path / "data" / "08_reporting" / "cells" / "report.html"
    assert "Cells" in report.read_text(encoding="utf-8")
    assert any("r2_median" in printed(cell) for cell in cells)
    assert "mean radius" in (tmp_path / "data" / "01_raw" / "cells.csv").read_text()


@pytest.mark.usefixtures("in_test_environment")
def test_bring_your_own_encoder(finished: Path) -> None:
    cells = executed(NOTEBOOKS[3], finished)
    text = "\n".join(printed(cell) for cell in cells)
    assert "variance lost by the network" in text
    assert "SELECT" in printed(cells[-1])
