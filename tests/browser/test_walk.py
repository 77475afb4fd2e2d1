"""The page of a real run in a real browser, against the network it is about."""

from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.walk import Run, walk
from tests.builders import read_covertype

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("encoder", "scheme", "width"),
    [
        ("standard-4", "light", 1280),
        ("symbolic-4", "dark", 1280),
        ("symbolic-4", "light", 400),
        ("standard-4", "dark", 400),
    ],
)
def test_what_a_reader_takes_away_is_what_the_network_computes(
    browser: Chrome, finished: Path, encoder: str, scheme: str, width: int
) -> None:
    walk(browser, Run(finished, "test", read_covertype(2000)), encoder, width, scheme)
