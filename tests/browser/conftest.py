"""A headless Chromium, where it is installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *(
        "--hide-scrollbars",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ),
)


def program(*names: str) -> str | None:
    """Return the path of the first of some programs that is installed."""
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A Chromium with an empty profile; without one the test is skipped."""
    with started(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@contextmanager
def started(profile: Path) -> Iterator[Chrome]:
    """Start a Chromium whose profile lies in a folder."""
    chromium, driver = program("chromium", "chromium-browser"), program("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs chromium and chromedriver (Debian: chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={profile}")
    # what a page writes to the console is part of what is tested
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options=options, service=ChromeService(driver)) as chrome:
        chrome.set_page_load_timeout(60)
        yield chrome


def resize(browser: Chrome, width: int, height: int = 900) -> None:
    """Give the page exactly this many pixels, also fewer than a window may have."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(browser: Chrome, scheme: str) -> None:
    """Let the page see a colour scheme, light or dark."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def errors(browser: Chrome) -> list[str]:
    """Return what the page complained about since last asked."""
    entries = browser.execute("getLog", {"type": "browser"})["value"]
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]


def write_page(folder: Path, html: str) -> str:
    """Write a page to a file and return its address."""
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


def ready(browser: Chrome, address: str) -> None:
    """Open a report and wait until its figures are unpacked."""
    errors(browser)  # of pages before, of other tests
    browser.get(address)
    WebDriverWait(browser, 60).until(
        lambda page: page.execute_script("return document.body.dataset.ready") == "yes"
    )
