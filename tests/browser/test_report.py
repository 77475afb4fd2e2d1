"""The page as a reader walks through it, in a real browser."""

import subprocess
import time
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.page import RunDetails, render
from latent_laws.reporting.saved import Saved
from tests.browser.conftest import errors, prefer, program, ready, resize, write_page
from tests.browser.walk import KINDS, RUN_BY, download, one
from tests.reporting import planted

pytestmark = pytest.mark.browser

AXE = "4.14.1"
LONG = RunDetails(credit=f"From https://example.org/{'tables' * 12}")
UNDECODED = ("features", "feature_info", "latents", "formulas", "pareto_fronts", "linearity")


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    data = planted.datasets()
    pages = {
        "whole": planted.saved(),
        "undecoded": Saved(**{name: data[name] for name in UNDECODED}),
    }
    return {
        name: write_page(tmp_path_factory.mktemp(name), render(saved, details=LONG))
        for name, saved in pages.items()
    }


@pytest.fixture
def page(browser: Chrome, addresses: dict[str, str]) -> Chrome:
    resize(browser, 1280)
    prefer(browser, "light")
    ready(browser, addresses["whole"])
    return browser


def plotted(page: Chrome, name: str) -> Any:
    return page.execute_script(f"return document.getElementById('chart-{name}').data")


def choose(page: Chrome, name: str, value: str) -> None:
    page.execute_script("arguments[0].click()", one(page, f"[name={name}][value={value!r}]"))


def test_equations_are_typeset_and_follow_the_switch(page: Chrome) -> None:
    assert one(page, "#h-equations").text == "Equations of symbolic-2"
    assert len(page.find_elements(By.CSS_SELECTOR, "#list li")) == 2
    raw = one(page, "#list .formula").text
    assert one(page, "#list math").size["height"] > 5
    choose(page, "units", "scaled")
    assert one(page, "#list .formula").text != raw
    choose(page, "dim", "4")
    assert one(page, "#h-equations").text == "Equations of standard-4"
    assert len(page.find_elements(By.CSS_SELECTOR, "#list li")) == 4
    shown = page.find_elements(By.CSS_SELECTOR, "#claims [data-of='standard-4']")
    assert shown
    assert all(claim.is_displayed() for claim in shown)
    assert not one(page, "#claims [data-of='symbolic-2']").is_displayed()
    assert one(page, "#decoder [data-of='standard-4']").is_displayed()
    assert errors(page) == []


def test_a_shorter_formula_is_chosen_by_keyboard(page: Chrome) -> None:
    before = one(page, "#shown").text
    one(page, "#list input[type=range]").send_keys(Keys.ARROW_LEFT)
    assert "3 nodes" in one(page, "#list .score").text
    assert one(page, "#shown").text != before
    assert one(page, "#shown").text == one(page, "#list .formula").text


def test_the_scatter_shows_latent_against_formula(page: Chrome) -> None:
    dots = plotted(page, "scatter")[0]
    assert np.corrcoef(dots["x"], dots["y"])[0, 1] > 0.95
    assert len(dots["x"]) == 200


def test_a_typed_row_is_explained(page: Chrome) -> None:
    raw = planted.saved().raw_rows
    text = one(page, "#said").text.replace("\N{MINUS SIGN}", "-")
    said = float(text.split("says ")[1].split(",")[0])
    scaled = planted.saved().frame("features").query("split == 'test'")[list(planted.NAMES)]
    curved = Formula.parse(planted.CURVED, planted.NAMES)
    assert said == pytest.approx(
        curved.evaluate(scaled.to_numpy(np.float64), planted.NAMES)[0], rel=0.01
    )
    field = one(page, "#values input")
    assert float(str(field.get_property("value"))) == pytest.approx(raw["Elevation"][0], rel=1e-4)
    field.clear()
    field.send_keys("2800")
    bars = plotted(page, "contributions")[0]
    added = dict(zip(bars["y"], bars["x"], strict=True))
    assert added["Elevation"] == pytest.approx(0, abs=1e-9)
    assert "network" not in one(page, "#said").text


def test_effects_and_map_are_drawn(page: Chrome) -> None:
    assert {trace["name"] for trace in plotted(page, "effects")} == {"Elevation", "Slope", "Aspect"}
    classes = plotted(page, "map")
    assert [trace["name"] for trace in classes] == ["0", "1"]  # the label of the texts
    assert sum(len(trace["x"]) for trace in classes) == 200
    page.execute_script(
        "arguments[0].value = 'z1'; arguments[0].onchange()", one(page, "#map-colour")
    )
    assert len(plotted(page, "map")[0]["x"]) == 200


@pytest.mark.parametrize("kind", KINDS)
def test_files_hold_the_formulas_that_were_picked(page: Chrome, kind: str) -> None:
    """Run on raw rows they give what the formulas give on scaled rows, before and after a pick."""
    raw = planted.saved().raw_rows
    scaled = planted.saved().frame("features").query("split == 'test'")[list(planted.NAMES)]

    def expected(*texts: str) -> Any:
        forms = [Formula.parse(text, planted.NAMES) for text in texts]
        X = scaled.to_numpy(np.float64)
        return np.stack([form.evaluate(X, planted.NAMES) for form in forms], axis=1)

    chosen = RUN_BY[kind](download(page, kind, "symbolic-2"), raw)
    # LaTeX is to be read: rounded as the page is
    off = 0.05 if kind == "tex" else 1e-6
    np.testing.assert_allclose(chosen, expected(planted.CURVED, planted.LINEAR), atol=off)
    latents = planted.saved().frame("latents").query("split == 'test'")
    for latent in (0, 1):
        stored = latents[f"symbolic-2:{latent}"]
        assert np.corrcoef(chosen[:, latent], stored)[0, 1] > 0.95
    one(page, "#list input[type=range]").send_keys(Keys.ARROW_LEFT)
    picked = RUN_BY[kind](download(page, kind, "symbolic-2"), raw)
    np.testing.assert_allclose(picked, expected("0.4*Elevation", planted.LINEAR), atol=off)


def test_charts_keep_their_room_when_the_window_changes(page: Chrome) -> None:
    """A chart alone in its row, too: plotly forgets a height that only its drawing sets."""
    page.execute_script("document.getElementById('chart-deletion').closest('figure').hidden = true")
    heights = """return [...document.querySelectorAll(".chart .svg-container")]
        .filter(e => e.getClientRects().length)
        .map(e => [e.clientHeight, e.closest(".chart").offsetHeight])"""
    drawn, room = (
        f"return document.querySelector('#chart-importance{part}').clientWidth"
        for part in (" .svg-container", "")
    )
    for width, height in ((900, 6000), (1280, 9000)):
        resize(page, width, height)
        WebDriverWait(page, 10).until(
            lambda page: page.execute_script(drawn) == page.execute_script(room)
        )
        time.sleep(0.5)  # until all others are drawn again
        for inside, around in page.execute_script(heights):
            assert 120 <= inside <= around


@pytest.mark.parametrize("run", ["whole", "undecoded"])
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_sticks_out(
    browser: Chrome, addresses: dict[str, str], run: str, width: int
) -> None:
    resize(browser, width)
    ready(browser, addresses[run])
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    assert errors(browser) == []


def test_without_a_decoder_nothing_empty_is_shown(
    browser: Chrome, addresses: dict[str, str]
) -> None:
    resize(browser, 1280)
    ready(browser, addresses["undecoded"])
    for name in ("frontier", "loss", "importance", "deletion"):
        assert not one(browser, f"#chart-{name}").is_displayed()
    assert one(browser, "#chart-linearity").is_displayed()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility checker axe-core, from npm; skipped where that is out of reach."""
    npm = program("npm")
    if npm is None:
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("axe")
    fetched = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", f"--prefix={folder}", f"axe-core@{AXE}"],
        capture_output=True,
        check=False,
    )
    if fetched.returncode:
        pytest.skip("axe-core cannot be fetched from npm")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("run", ["whole", "undecoded"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_axe_finds_no_serious_fault(
    browser: Chrome, addresses: dict[str, str], axe: str, run: str, scheme: str, width: int
) -> None:
    resize(browser, width)
    prefer(browser, scheme)
    ready(browser, addresses[run])
    browser.execute_script("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    browser.execute_script(axe)
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    serious = [
        (fault["id"], fault["nodes"][0]["html"][:120])
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert found["passes"]


def test_no_cell_of_a_table_is_cut_off(browser: Chrome, addresses: dict[str, str]) -> None:
    resize(browser, 400)
    ready(browser, addresses["whole"])
    browser.execute_script("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    cut = browser.execute_script(
        """return [...document.querySelectorAll("td, th")]
        .filter(e => e.clientWidth && (e.scrollWidth > e.clientWidth + 1 ||
                     e.getBoundingClientRect().right > 400))
        .map(e => e.textContent.slice(0, 60))"""
    )
    assert cut == []


def test_dark_is_dark_and_readable(page: Chrome) -> None:
    script = """const lightness = c => {
      const [r, g, b] = c.match(/[0-9.]+/g).map(Number).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const paper = getComputedStyle(document.body).backgroundColor;
    const behind = e => { for (let p = e; p; p = p.parentElement) {
      const c = getComputedStyle(p).backgroundColor;
      if (c !== "rgba(0, 0, 0, 0)") return lightness(c); } return lightness(paper); };
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const texts = [...document.querySelectorAll("p, td, th, label, button, .badge, figcaption")]
      .filter(e => e.textContent.trim() && e.getClientRects().length);
    return [lightness(paper), Math.min(...texts.map(e => contrast(
      lightness(getComputedStyle(e).color), behind(e))))];"""
    light, light_contrast = page.execute_script(script)
    prefer(page, "dark")
    dark, dark_contrast = page.execute_script(script)
    assert light > 0.9
    assert dark < 0.05
    # WCAG AA for text
    assert min(light_contrast, dark_contrast) >= 4.5


def test_controls_have_names_and_charts_alt_texts(page: Chrome) -> None:
    unnamed = page.execute_script(
        """return [...document.querySelectorAll("button, select, input, a, .chart")]
        .filter(e => !(e.textContent.trim() || e.getAttribute("aria-label") ||
                       (e.closest("label") && e.closest("label").textContent.trim())))
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert unnamed == []
