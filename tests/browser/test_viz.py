"""Kedro-Viz in a real browser, on the outputs of a whole run."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.conftest import resize

pytestmark = pytest.mark.browser

SECONDS = 180  # for a server to start on a loaded machine
PIPELINES = {"data_processing", "training", "symbolic_distillation", "meta_analysis"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answer(address: str) -> Any:
    """Return JSON from the server."""
    with urlopen(address, timeout=30) as response:  # noqa: S310 -- our own server
        return json.load(response)


@pytest.fixture(scope="module")
def address(finished: Path) -> Iterator[str]:
    """A running Kedro-Viz on the finished project."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # what `kedro viz run` starts, without its limit of 60 s for the server to answer
    program = (
        "from kedro_viz.server import run_server; "
        f"run_server('127.0.0.1', {port}, env='test', project_path={str(finished)!r})"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=finished,
        env={**os.environ, "DO_NOT_TRACK": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, "Kedro-Viz ended before it answered"
        try:
            answer(f"{url}/api/main")
        except (URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"Kedro-Viz did not answer within {SECONDS} s")


@pytest.fixture(scope="module")
def graph(address: str) -> Any:
    """What the server tells the page about the pipelines."""
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


def test_datasets_lie_in_layers(graph: Any) -> None:
    order = ["raw", "feature", "models", "model_output", "reporting"]
    assert [layer for layer in graph["layers"] if layer in order] == order


def test_the_first_view_is_folded(graph: Any) -> None:
    root = graph["modular_pipelines"]["__root__"]["children"]
    boxes = {child["id"] for child in root if child["type"] == "modularPipeline"}
    assert boxes == {"data_processing", "training", "interpretation"}
    shown = {child["id"] for child in root}
    names = {node["name"] for node in graph["nodes"] if node["id"] in shown}
    assert {"raw_records", "features", "autoencoders", "report"} <= names
    assert not names & {"formulas", "latents", "redundancy", "results", "word_laws"}


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
    # the test run has no texts
    assert set(without) <= {"dimension_labels", "texts", "word_laws"}
