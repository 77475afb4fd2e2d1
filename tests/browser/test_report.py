"""The report in a real browser, opened from disk."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from latent_laws.reporting.report import RunDetails, render_report
from latent_laws.reporting.results import summarise
from tests.browser.conftest import errors, prefer, resize, write_page
from tests.reporting.synthetic_run import covertype_run, text_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Reports of two runs on disk."""
    runs = {"covertype": covertype_run(), "text": text_run()}
    return {
        name: write_page(
            tmp_path_factory.mktemp(name),
            render_report(run, summarise(run, dataset=name), RunDetails(title=name)),
        )
        for name, run in runs.items()
    }


@pytest.fixture
def page(browser: Chrome, addresses: dict[str, str]) -> Iterator[Chrome]:
    """The report of the first run, freshly opened at 1280 pixels in light."""
    resize(browser, 1280)
    prefer(browser, "light")
    browser.get(addresses["covertype"])
    yield browser
    assert errors(browser) == []


def shown(page: Chrome, table: str) -> list[WebElement]:
    """Return the bodies of a table that are displayed, top down; each holds one record."""
    script = "return [...arguments[0].tBodies].filter(body => body.getClientRects().length)"
    found: list[WebElement] = page.execute_script(script, page.find_element(By.ID, table))
    return found


def press(page: Chrome, button: WebElement) -> None:
    """Click a button, scrolled to where the bar at the top does not cover it."""
    page.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button
    )
    button.click()


def control(page: Chrome, table: str, name: str) -> WebElement:
    """Return a control above a table."""
    return page.find_element(By.CSS_SELECTOR, f"[data-table={table}] [data-filter={name}]")


def test_claims_stand_beside_their_checks(page: Chrome) -> None:
    rows = page.find_elements(By.CSS_SELECTOR, ".claims tbody tr")
    assert len(rows) >= 10
    assert {chip.text for row in rows for chip in row.find_elements(By.CSS_SELECTOR, ".chip")} <= {
        *("yes", "partly", "no", "reported")
    }


def test_sections_are_reached_from_the_top(page: Chrome) -> None:
    links = page.find_elements(By.CSS_SELECTOR, "nav a")
    assert len(links) >= 8
    for link in links:
        target = str(link.get_dom_attribute("href")).removeprefix("#")
        assert page.find_element(By.ID, target).is_displayed()


def test_the_latent_table_opens_on_one_encoder_and_filters(page: Chrome) -> None:
    assert len(shown(page, "latents")) == 32
    Select(control(page, "latents", "variant")).select_by_value("")
    assert len(shown(page, "latents")) == 96
    Select(control(page, "latents", "fidelity")).select_by_value("low")
    low = shown(page, "latents")
    assert 0 < len(low) < 96
    assert all(float(str(row.get_dom_attribute("data-r2"))) < 0.9 for row in low)
    Select(control(page, "latents", "fidelity")).select_by_value("")
    control(page, "latents", "text").send_keys("elevation slope")
    found = shown(page, "latents")
    assert 0 < len(found) < 96
    for row in found:
        assert {"Elevation", "Slope"} <= set(str(row.get_dom_attribute("data-text")).split())
    output = page.find_element(By.CSS_SELECTOR, "[data-table=latents] output").text
    assert output == f"{len(found)} of 96"


@pytest.mark.parametrize(("key", "first"), [("r2", "descending"), ("latent", "ascending")])
def test_the_latent_table_sorts_both_ways(page: Chrome, key: str, first: str) -> None:
    button = page.find_element(By.CSS_SELECTOR, f"#latents [data-sort={key}]")
    heading = button.find_element(By.XPATH, "..")
    for order in (first, "ascending" if first == "descending" else "descending"):
        press(page, button)
        assert heading.get_dom_attribute("aria-sort") == order
        rows = shown(page, "latents")
        values = [float(str(row.get_dom_attribute(f"data-{key}"))) for row in rows]
        assert values == sorted(values, reverse=order == "descending")


def test_an_equation_unfolds_by_mouse_and_by_keyboard(page: Chrome) -> None:
    first, second = shown(page, "latents")[:2]
    for row, by_mouse in ((first, True), (second, False)):
        button = row.find_element(By.CSS_SELECTOR, ".unfold")
        detail = row.find_element(By.CSS_SELECTOR, ".detail")
        assert not detail.is_displayed()
        if by_mouse:
            press(page, button)
        else:
            button.send_keys(Keys.ENTER)
        assert button.get_dom_attribute("aria-expanded") == "true"
        assert detail.find_element(By.CSS_SELECTOR, "math").size["height"] > 5
        assert detail.find_element(By.CSS_SELECTOR, "svg").size["width"] > 200
        assert "sparse linear" in detail.text
        press(page, button)
        assert not detail.is_displayed()


def test_verdicts_filter_and_sort(page: Chrome) -> None:
    Select(control(page, "verdicts", "verdict")).select_by_visible_text("recoverable")
    rows = shown(page, "verdicts")
    assert len(rows) == 3
    assert all("Slope, Aspect" in row.text for row in rows)


@pytest.mark.parametrize("run", ["covertype", "text"])
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_sticks_out(
    browser: Chrome, addresses: dict[str, str], run: str, width: int
) -> None:
    resize(browser, width)
    browser.get(addresses[run])
    for button in browser.find_elements(By.CSS_SELECTOR, "#latents tbody:not([hidden]) .unfold")[
        :3
    ]:
        browser.execute_script("arguments[0].click()", button)
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    outside = browser.execute_script(
        """return [...document.querySelectorAll("section > p, h2, figure, .unfolded, form")]
        .filter(e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert outside == []
    assert errors(browser) == []


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
    const texts = [...document.querySelectorAll(
      "p, td, th, a, .chip, caption, .caption, .chart text")]
      .filter(e => e.textContent.trim() && e.getClientRects().length);
    const worst = Math.min(...texts.map(e => contrast(
      lightness(e.closest("svg") ? getComputedStyle(e).fill : getComputedStyle(e).color),
      behind(e))));
    return [lightness(paper), worst];"""
    light, light_contrast = page.execute_script(script)
    prefer(page, "dark")
    dark, dark_contrast = page.execute_script(script)
    assert light > 0.9
    assert dark < 0.05
    # WCAG AA for text
    assert min(light_contrast, dark_contrast) >= 4.5


def test_controls_have_names_and_charts_alt_texts(page: Chrome) -> None:
    unnamed = page.execute_script(
        """return [...document.querySelectorAll("button, select, input, svg, a")]
        .filter(e => !(e.textContent.trim() || e.getAttribute("aria-label") ||
                       (e.closest("label") && e.closest("label").textContent.trim())))
        .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert unnamed == []
