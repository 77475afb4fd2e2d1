import base64
import gzip
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latent_laws.formulas.formula import Formula
from latent_laws.reporting import figures
from latent_laws.reporting.page import RunDetails, page_data, render
from latent_laws.reporting.results import summarise
from latent_laws.reporting.saved import Saved
from tests.reporting import planted

OPERATIONS = {"+": np.add, "-": np.subtract, "*": np.multiply, "**": np.power, "tanh": np.tanh}


@pytest.fixture(scope="module")
def page() -> str:
    saved = planted.saved()
    results = summarise(saved, title="planted <b>", versions={"torch": "2.13.0"})
    return render(saved, results, RunDetails("From a seed.", {"run": {"title": "</script>"}}))


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    saved = planted.saved()
    return page_data(saved, summarise(saved))


def unpacked(page: str, name: str) -> str:
    found = re.search(f'id="{name}">([^<]*)</script>', page)
    assert found
    return gzip.decompress(base64.b64decode(found[1])).decode()


def test_the_page_is_one_small_file_without_network(page: str) -> None:
    assert len(page) < 6e6
    assert not re.search(r"(src|href)=[\"']?https?:", page)
    assert "plotly.js" in unpacked(page, "plotly")[:200]
    assert set(json.loads(unpacked(page, "data"))["encoders"]) == {"symbolic-2", "standard-4"}


def test_it_begins_with_a_sentence_a_latent_dim(page: str) -> None:
    leads = re.findall(r'class="lead">([^<]*)<', page)
    assert [lead.split()[0] for lead in leads] == ["Two", "Four"]
    assert page.index("Equations of") < page.index("All encoders") < page.index("Claims and")


def test_what_the_head_says_is_not_said_again() -> None:
    saved = planted.saved(formulas=planted.datasets()["formulas"][2:])
    results = summarise(saved)
    assert "Four latents keep" in render(saved, results)
    assert page_data(saved, results)["encoders"]["standard-4"]["opening"] == ""


def test_the_form_of_the_loss_stands_on_the_page_with_its_verdict(page: str) -> None:
    form = "share lost = exp(-0.4*latent_dim) + 0.01."
    assert form in page
    assert page.index(form) < page.index("A law gives the loss by latent dim")
    assert "share lost" not in render(planted.saved(reconstruction_law=None))


def test_laws_between_inputs_are_typeset(page: str) -> None:
    row = re.search(r"Copy</th><td data-head=\"law\" class=\"t\">(<math.*?)</td>", page)
    assert row
    assert "<mi>Aspect</mi>" in row[1]


def test_what_users_wrote_is_escaped(page: str) -> None:
    assert "planted <b>" not in page
    assert "planted &lt;b&gt;" in page


def test_tokens_compute_what_the_raw_formula_does(data: dict[str, Any]) -> None:
    """A stack machine on the shown raw rows gives the values of the formula on scaled rows."""
    saved = planted.saved()
    names = list(planted.NAMES)
    rows = saved.frame("features")
    test = rows[rows["split"] == "test"][names].to_numpy(np.float64)
    columns = {one["place"]: np.array(one["values"]) for one in data["inputs"]}
    for latent in data["encoders"]["standard-4"]["latents"]:
        chosen = latent["front"][latent["chosen"]]
        stack: list[Any] = []
        for part in chosen["tokens"]:
            if isinstance(part, float):
                stack.append(part)
            elif part.startswith("$"):
                stack.append(columns[int(part[1:])])
            else:
                operands = stack[-1:] if part == "tanh" else stack[-2:]
                del stack[-len(operands) :]
                stack.append(OPERATIONS[part](*operands))
        formula = planted.LINEAR if latent["latent"] % 2 else planted.CURVED
        expected = Formula.parse(formula, names).evaluate(test, names)
        np.testing.assert_allclose(stack[0], expected, atol=1e-4)


def test_labels_colour_the_map_as_classes_or_by_their_size() -> None:
    features = planted.datasets()["features"]
    test = features["split"] == "test"
    labels = pd.DataFrame(
        {
            "target": np.arange(len(features)) % 3,
            "kind": np.where(np.arange(len(features)) % 2, "odd", "even"),
            "price": np.arange(len(features)) / 10,
            "gap": [None if i % 2 else 1.0 for i in range(len(features))],
        }
    )
    saved = planted.saved(labels=labels, texts=None)
    classes = page_data(saved, summarise(saved))["classes"]
    assert classes["target"] == labels["target"][test].astype(str).tolist()
    assert classes["kind"] == labels["kind"][test].tolist()
    assert classes["price"] == pytest.approx(labels["price"][test].tolist())
    assert set(classes["gap"]) == {"1", "none"}


def test_fronts_go_from_short_to_long_with_the_chosen_one(data: dict[str, Any]) -> None:
    front = data["encoders"]["symbolic-2"]["latents"][0]["front"]
    assert [one["chosen"] for one in front] == [False, True]
    assert front[0]["nodes"] < front[1]["nodes"]
    assert front[1]["scores"]["r2_low"] == 0.96
    assert "<math>" in front[1]["math"]["raw"]
    assert front[1]["math"]["raw"] != front[1]["math"]["scaled"]


def test_the_matrix_is_the_least_squares_one() -> None:
    features = planted.datasets()["features"]
    X = features[list(planted.NAMES)].to_numpy(np.float64)
    columns = {f"standard-4:{i}": 2.0 * X[:, 1] - X[:, i % 3] for i in range(4)}
    latents = pd.DataFrame({"split": features["split"]} | columns)
    linear = planted.datasets()["linearity"].assign(linearity=1.0)
    formulas = planted.datasets()["formulas"][2:]
    saved = planted.saved(latents=latents, formulas=formulas, linearity=linear)
    matrix = page_data(saved, summarise(saved))["encoders"]["standard-4"]["matrix"]
    weights = dict(zip(matrix["inputs"], matrix["weights"][0], strict=True))
    # Copy holds what Slope holds: the shortest weights share it
    assert weights["Slope"] + weights["Copy"] == pytest.approx(2, abs=1e-4)
    assert weights["Elevation"] == pytest.approx(-1, abs=1e-4)


def test_no_matrix_is_shown_of_an_encoder_that_is_none(data: dict[str, Any]) -> None:
    assert {one["matrix"] for one in data["encoders"].values()} == {None}


@pytest.mark.parametrize(
    "kept",
    [
        ("formulas", "feature_info"),
        ("features", "feature_info", "latents", "formulas", "pareto_fronts", "linearity"),
        (),
    ],
)
def test_a_page_of_few_findings_still_reads(kept: tuple[str, ...]) -> None:
    data = planted.datasets()
    html = render(Saved(**{name: data[name] for name in kept}))
    assert "Claims and their checks" in html
    assert "None" not in re.sub(r"<script.*?</script>", "", html, flags=re.S)


def test_verdicts_of_the_page_are_those_of_the_results(page: str) -> None:
    claims = page[page.index('<section id="claims"') :]
    verdicts = re.findall(r'class="badge ([a-z-]+)">', claims)
    assert verdicts == [record.verdict.replace(" ", "-") for record in planted.results().claims]


RUN_FIGURES = (figures.frontier, figures.loss_by_dim, figures.linearity, figures.input_laws)
ENCODER_FIGURES = (figures.fidelity, figures.importance, figures.deletion, figures.fronts)


def test_figures_show_what_was_saved_and_say_when_there_is_nothing() -> None:
    saved, empty = planted.saved(), Saved()
    for draw in RUN_FIGURES:
        assert draw(saved).data
        assert not draw(empty).data
        assert draw(empty).layout.annotations[0].text
    for draw in ENCODER_FIGURES:
        assert draw(saved, "standard-4").data
        assert not draw(empty, "standard-4").data


def test_laws_between_inputs_lie_on_their_line() -> None:
    features = planted.datasets()["features"].copy()
    info = planted.datasets()["feature_info"].assign(mean=0.0, scale=1.0)
    features["Copy"] = 2.0 * features["Slope"] * features["Aspect"]
    trace = figures.input_laws(planted.saved(features=features, feature_info=info)).data[0]
    np.testing.assert_allclose(trace.x, trace.y, rtol=1e-5)


@pytest.mark.parametrize(
    "lost", [(0.4, 0.45, 0.5), (0.2, 0.3, 0.6), (0.001, 0.05, 0.9), (0.236, 0.24, 0.248)]
)
def test_the_frontier_has_ticks_where_its_points_are(lost: tuple[float, ...]) -> None:
    table = pd.DataFrame(
        {"latent_dim": 2, "kind": "symbolic", "max_nodes": [20, 40, 60], "nodes": [19, 37, 57]}
    ).assign(fvu_test=lost)
    axis = figures.frontier(planted.saved(frontier=table)).layout.yaxis
    inside = [tick for tick in axis.tickvals if min(lost) <= tick <= max(lost)]
    assert len(inside) >= 2
    kept = [float(text.removesuffix(" %")) for text in axis.ticktext]
    np.testing.assert_allclose(kept, 100 - 100 * np.array(axis.tickvals), atol=1e-6)


def test_what_rounding_left_is_not_shown_but_kept_in_files() -> None:
    formulas = [
        one | {"expression": "0.5*Elevation - 3e-09"} for one in planted.datasets()["formulas"][:1]
    ]
    info = planted.datasets()["feature_info"].assign(mean=0.0, scale=1.0)
    saved = planted.saved(formulas=formulas, feature_info=info, pareto_fronts=None)
    (written,) = page_data(saved, summarise(saved))["encoders"]["symbolic-2"]["latents"][0]["front"]
    assert "10" not in written["math"]["raw"]
    assert "10" not in written["files"]["tex"].split("&")[0]
    assert "3e-09" in written["text"]["expression_raw"]
    assert "3e-09" in written["files"]["py"]


def test_a_zero_is_shown_as_zero() -> None:
    """In single precision a column of means around 0 comes back as 1e-9."""
    features = planted.datasets()["features"].copy()
    info = planted.datasets()["feature_info"].assign(mean=4.321, scale=1.7)
    raw = np.where(np.arange(len(features)) % 2 == 0, 0.0, 16.0)
    features["Elevation"] = ((raw - 4.321) / 1.7).astype(np.float32)
    saved = planted.saved(features=features, feature_info=info)
    values = next(
        one["values"]
        for one in page_data(saved, summarise(saved))["inputs"]
        if one["name"] == "Elevation"
    )
    assert set(values) == {0.0, 16.0}


def test_one_hot_groups_are_offered_as_one_choice() -> None:
    info = planted.datasets()["feature_info"].copy()
    info["feature"] = ["soil_a", "soil_b", "Aspect", "Noise", "Copy", "Flat"]
    info["group"] = ["soil", "soil", None, None, None, None]
    info[["mean", "scale"]] = 0.0, 1.0
    features = planted.datasets()["features"].rename(
        columns={"Elevation": "soil_a", "Slope": "soil_b"}
    )
    features["soil_a"] = np.float32(np.arange(len(features)) % 2)
    features["soil_b"] = 1 - features["soil_a"]
    saved = Saved(features=features, feature_info=info)
    data = page_data(saved, summarise(saved))
    assert data["groups"] == {"soil": [(0, "a"), (1, "b")]}
    first = features.loc[features["split"] == "test", "soil_a"].iloc[0]
    assert data["classes"]["soil"][:2] == (["a", "b"] if first else ["b", "a"])
