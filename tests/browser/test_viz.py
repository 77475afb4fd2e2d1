"""Kedro-Viz in a real browser, on the outputs of a whole run."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.conftest import resize

pytestmark = pytest.mark.browser

PIPELINES = {"data_processing", "training", "symbolic_distillation", "meta_analysis"}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *message: object) -> None: ...


def answer(address: str) -> Any:
    """Return JSON from the server."""
    with urlopen(address, timeout=30) as response:  # noqa: S310 -- our own server
        return json.load(response)


@pytest.fixture(scope="module")
def address(finished: Path) -> Iterator[str]:
    """What `kedro viz build` makes of the finished project, served as a web server would."""
    built = subprocess.run(
        [sys.executable, "-m", "kedro", "viz", "build", "--include-previews"],
        cwd=finished,
        env={**os.environ, "DO_NOT_TRACK": "1", "KEDRO_ENV": "test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Success" in built.stdout, built.stdout[-2000:] + built.stderr[-2000:]
    if artefacts := os.environ.get("ARTEFACTS"):  # a site to publish, and the page it shows
        shutil.copytree(finished / "build", Path(artefacts) / "kedro-viz", dirs_exist_ok=True)
        shutil.copy(finished / "data" / "08_reporting" / "test" / "report.html", artefacts)
    handler = partial(Quiet, directory=str(finished / "build"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def graph(address: str) -> Any:
    """What the page is told about the pipelines."""
    return answer(f"{address}/api/main")


def open_node(browser: Chrome, address: str, graph: Any, name: str) -> None:
    """Open the page with the panel of one node."""
    resize(browser, 1400)
    node = next(node["id"] for node in graph["nodes"] if node["name"] == name)
    browser.get(f"{address}/?pid=__default__&sid={node}&sn={node}")
    title = (By.CSS_SELECTOR, ".pipeline-metadata--visible .pipeline-metadata__title")
    WebDriverWait(browser, 60).until(lambda page: name in page.find_element(*title).text)


def test_all_pipelines_are_listed(browser: Chrome, address: str) -> None:
    resize(browser, 1400)
    browser.get(address)
    options = (By.CSS_SELECTOR, ".pipeline-list .menu-option")
    WebDriverWait(browser, 60).until(lambda page: len(page.find_elements(*options)) > 1)
    names = {option.get_property("textContent") for option in browser.find_elements(*options)}
    assert names >= PIPELINES


def test_the_first_view_is_folded(graph: Any) -> None:
    root = graph["modular_pipelines"]["__root__"]["children"]
    boxes = {child["id"] for child in root if child["type"] == "modularPipeline"}
    assert boxes == {"data", "distillation"}
    shown = {child["id"] for child in root}
    data = [node for node in graph["nodes"] if node["id"] in shown and node["type"] == "data"]
    assert {node["name"] for node in data} == {
        *("raw_records", "columns", "features", "feature_info", "timings"),
        *("counting", "labels", "report", "training_curves"),
    }


def test_the_first_view_is_read_without_zooming(browser: Chrome, address: str) -> None:
    resize(browser, 1280, 800)
    browser.get(address)
    zoom = (By.CSS_SELECTOR, "[class*=scale]")
    shown = re.compile(r"(\d+)%")
    WebDriverWait(browser, 60).until(lambda page: shown.match(page.find_element(*zoom).text))
    time.sleep(2)  # it grows to its size
    (percent,) = shown.findall(browser.find_element(*zoom).text)
    assert int(percent) >= 90


def test_a_panel_opens_with_a_table(browser: Chrome, address: str, graph: Any) -> None:
    open_node(browser, address, graph, "feature_importance")
    table = (By.CSS_SELECTOR, ".pipeline-metadata__preview table")
    WebDriverWait(browser, 60).until(lambda page: page.find_elements(*table))
    shown = str(browser.find_element(*table).get_property("textContent"))
    assert "standard" in shown
    assert "Elevation" in shown


@pytest.mark.parametrize("plot", ["plot_importance", "plot_frontier"])
def test_a_plot_is_previewed(browser: Chrome, address: str, graph: Any, plot: str) -> None:
    open_node(browser, address, graph, plot)
    lines = (By.CSS_SELECTOR, ".pipeline-metadata__preview .js-plotly-plot .scatterlayer .trace")
    WebDriverWait(browser, 60).until(lambda page: len(page.find_elements(*lines)) >= 2)


def test_every_plot_and_table_has_a_preview(address: str, graph: Any) -> None:
    without = []
    for node in graph["nodes"]:
        kind = str(node.get("dataset_type") or "")
        if kind.endswith(("PlotlyDataset", "ParquetDataset", "PageDataset")):
            told = answer(f"{address}/api/nodes/{node['id']}")
            if not told.get("preview"):
                without.append(node["name"])
    # the test run has no texts and no labels
    assert set(without) <= {"dimension_labels", "labels", "texts", "word_laws"}
