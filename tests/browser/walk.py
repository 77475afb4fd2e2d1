"""A reader's walk through the page of a finished run, held against the run's own network.

`python -m tests.browser.walk PROJECT DATASET [ENCODER]` takes it through any finished run.
"""

import io
import json
import math
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import Version
from numpy.typing import NDArray
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from latent_laws.datasets.autoencoders import AutoencodersDataset
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.tokens import Operation, Token, features_of, subtree_starts
from latent_laws.scores import r2_score
from tests.browser.conftest import errors, prefer, ready, resize, started
from tests.formulas.test_latex_values import read_latex

Array = NDArray[np.float64]
KINDS = ("py", "sql", "csv", "json", "tex")


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        project: Folder of the project.
        dataset: Folder of its outputs.
        table: The user's table, whose rows were all used, in its order.
    """

    project: Path
    dataset: str
    table: pd.DataFrame

    def path(self, layer: str, name: str) -> Path:
        return self.project / "data" / layer / self.dataset / name

    @cached_property
    def features(self) -> pd.DataFrame:
        return pd.read_parquet(self.path("04_feature", "features.parquet"))

    @property
    def raw(self) -> pd.DataFrame:
        """The test rows of the table as the user has them."""
        return self.table[(self.features["split"] == "test").to_numpy()].reset_index(drop=True)

    def network(self, encoder: str) -> Array:
        """What the network itself makes of the test rows, rows x latents."""
        folder = self.path("06_models", "autoencoders")
        found = AutoencodersDataset(filepath=str(folder), version=Version(None, None)).load()
        test = self.features[self.features["split"] == "test"].drop(columns="split")
        return found[f"{encoder}-0"].encoder.encode(test.to_numpy(np.float32))


def one(page: Chrome, query: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, query)


def number(text: str) -> float:
    """Read a number as the page writes it."""
    found = re.match(r"-?\d[\d,]*(?:\.\d+)?(?:·10(-?\d+))?", text.translate(_PLAIN))
    assert found, text
    mantissa = float(found[0].split("·")[0].replace(",", ""))
    return mantissa * 10.0 ** int(found[1] or 0)


_PLAIN = str.maketrans("\N{MINUS SIGN}⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def choose_encoder(page: Chrome, encoder: str) -> None:
    variant, dim = encoder.rsplit("-", 1)
    for name, value in (("dim", dim), ("variant", variant)):
        box = one(page, f"#switch [name={name}][value='{value}']")
        page.execute_script("arguments[0].click()", box)
    assert one(page, "#h-equations").text == f"Equations of {encoder}"


def shown_r2(page: Chrome) -> list[str]:
    page.execute_script("document.getElementById('more').click()")
    boxes = page.find_elements(By.CSS_SELECTOR, "#list .score b")
    return [box.text.replace("\N{MINUS SIGN}", "-") for box in boxes]


def download(page: Chrome, kind: str, encoder: str) -> str:
    with TemporaryDirectory() as folder:
        behaviour = {"behavior": "allow", "downloadPath": folder}
        page.execute_cdp_cmd("Page.setDownloadBehavior", behaviour)
        button = one(page, f"[data-export={kind}]")
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()  # as a reader does: a browser may refuse downloads that a script starts
        path = Path(folder) / f"{encoder}.{kind}"
        WebDriverWait(page, 30).until(lambda _: path.exists() and path.stat().st_size)
        return path.read_text(encoding="utf-8")


def by_python(source: str, raw: pd.DataFrame) -> Array:
    module: dict[str, Any] = {}
    exec(source, module)  # noqa: S102 -- our own export
    return np.asarray(module["encode"](raw))


def by_sql(source: str, raw: pd.DataFrame) -> Array:
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("EXP", 1, math.exp)
        raw.to_sql("features", database, index=False)
        return pd.read_sql(source, database).to_numpy(np.float64)


def by_formulas(formulas: list[Formula], raw: pd.DataFrame) -> Array:
    names = list(raw)
    return np.stack([form.evaluate(raw.to_numpy(np.float64), names) for form in formulas], axis=1)


def by_expressions(texts: list[str], raw: pd.DataFrame) -> Array:
    return by_formulas([Formula.parse(text, list(raw)) for text in texts], raw)


def by_latex(source: str, raw: pd.DataFrame) -> Array:
    r"""Read the cells back, `\cos(x [°])` as what it means."""
    cells = re.findall(r"^\$.*?\$ & \$(.*)\$ & \d+ ", source, flags=re.MULTILINE)
    return by_formulas([_from_latex(cell, list(raw)) for cell in cells], raw)


def _from_latex(latex: str, names: list[str]) -> Formula:
    degrees = re.findall(r"\\mathrm\{([^{}]*)\}\\,\[\{\}\^\{\\circ\}\]", latex)
    angles = {name.replace(r"\_", "_").replace("\\ ", " ") for name in degrees}
    unit = r"\\,\[(\\(?:mathrm|mbox)\{.*?\}|\{\}\^\{\\circ\})\]"
    return _in_radians(read_latex(re.sub(unit, "", latex), names), angles)


def _in_radians(formula: Formula, angles: set[str]) -> Formula:
    starts, found = subtree_starts(formula.tokens), list[Token]()
    for place, token in enumerate(formula.tokens):
        if isinstance(token, Operation) and token.name in {"sin", "cos", "tan"}:
            if angles & set(features_of(formula.tokens[starts[place] : place])):
                found += [math.pi / 180, Operation("*")]
        found.append(token)
    return Formula(tuple(found))


RUN_BY: Mapping[str, Callable[[str, pd.DataFrame], Array]] = {
    "py": by_python,
    "sql": by_sql,
    "csv": lambda text, raw: by_expressions(
        pd.read_csv(io.StringIO(text))["expression_raw"].tolist(), raw
    ),
    "json": lambda text, raw: by_expressions(
        [record["expression_raw"] for record in json.loads(text)], raw
    ),
    "tex": by_latex,
}


def check_files(page: Chrome, run: Run, encoder: str) -> Array:
    """Run every file on the raw rows; return what the Python says, rows x latents.

    Each has the R² against the network that the page shows, and all say the same.
    """
    network, shown = run.network(encoder), shown_r2(page)
    values = {kind: RUN_BY[kind](download(page, kind, encoder), run.raw) for kind in KINDS}
    for kind, made in values.items():
        assert made.shape == network.shape, kind
        for latent, text in enumerate(shown):
            r2 = r2_score(network[:, latent], made[:, latent])
            # the page rounds, LaTeX rounds its constants as far as a ten-thousandth of R²
            off = 0.51 * 10.0 ** -len(text.partition(".")[2]) + (2e-3 if kind == "tex" else 1e-5)
            assert abs(r2 - float(text)) <= off, (kind, latent, r2, text)
        if kind != "tex":
            np.testing.assert_allclose(made, values["py"], rtol=1e-5, atol=1e-6, err_msg=kind)
    return values["py"]


def type_another(page: Chrome, row: pd.DataFrame) -> None:
    """Change every field of a row, a number or a choice of categories, and the row with it."""
    for field in page.find_elements(By.CSS_SELECTOR, "#values label"):
        label = str(field.get_property("firstChild")["textContent"])
        name = label.split("\N{NO-BREAK SPACE}[", maxsplit=1)[0]
        if boxes := field.find_elements(By.CSS_SELECTOR, "select"):
            choice = Select(boxes[0])
            other = next(one for one in choice.options if not one.is_selected()).text
            choice.select_by_visible_text(other)
            row[[column for column in row if column.startswith(f"{name}_")]] = 0
            row[f"{name}_{other}"] = 1
        else:
            box = field.find_element(By.CSS_SELECTOR, "input")
            row[name] = float(row[name].iloc[0]) + 1
            box.clear()
            box.send_keys(str(row[name].iloc[0]))


def check_row(page: Chrome, run: Run, encoder: str, made: Array) -> None:
    """Ask for the third shown row, then type another value into its first field."""
    row = one(page, "#row")
    row.clear()
    row.send_keys("3")
    places = np.linspace(0, len(made) - 1, min(len(made), 300)).round().astype(int)
    place, said = places[2], one(page, "#said").text
    formula, network = (number(said.split(word)[1]) for word in ("says ", "network "))
    assert math.isclose(formula, made[place, 0], rel_tol=6e-3, abs_tol=1e-6), said
    wanted = run.network(encoder)[place, 0]
    assert math.isclose(network, wanted, rel_tol=6e-3, abs_tol=1e-6), said
    typed = run.raw.iloc[[place]].copy()
    type_another(page, typed)
    said = one(page, "#said").text
    assert "network" not in said
    again = by_python(download(page, "py", encoder), typed)[0, 0]
    assert math.isclose(number(said.split("says ")[1]), again, rel_tol=6e-3, abs_tol=1e-6), said


def walk(page: Chrome, run: Run, encoder: str, width: int, scheme: str) -> None:
    """Choose an encoder, read, take away, pick another formula, take away, type a row."""
    resize(page, width)
    prefer(page, scheme)
    ready(page, run.path("08_reporting", "report.html").as_uri())
    choose_encoder(page, encoder)
    before = one(page, "#list .formula").text
    assert before.startswith("z0")
    made = check_files(page, run, encoder)
    check_row(page, run, encoder, made)
    slider = one(page, "#list input[type=range]")
    slider.send_keys(Keys.ARROW_LEFT)
    assert one(page, "#list .formula").text != before
    picked = check_files(page, run, encoder)
    assert not np.allclose(picked[:, 0], made[:, 0])
    assert page.execute_script("return document.documentElement.scrollWidth") == width
    assert errors(page) == []


if __name__ == "__main__":
    project, dataset, encoder = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    run = Run(project, dataset, pd.read_csv(sys.argv[4]))
    with TemporaryDirectory() as profile, started(Path(profile)) as page:
        for width in (1280, 400):
            for scheme in ("light", "dark"):
                walk(page, run, encoder, width, scheme)
