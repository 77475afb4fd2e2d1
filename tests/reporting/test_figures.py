import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pandas as pd
import pytest

from latent_laws.reporting import figures
from latent_laws.reporting.figures import Figure
from latent_laws.reporting.latents import records
from latent_laws.reporting.outputs import RunOutputs


def svg_of(figure: Figure | None) -> ElementTree.Element:
    assert figure is not None
    return ElementTree.fromstring(str(figure.chart))  # noqa: S314 -- what this project draws


def all_figures(outputs: RunOutputs) -> Iterator[Figure | None]:
    frame = outputs.frame
    yield from figures.frontier_figures(frame("frontier"))
    yield figures.reconstruction_figure(frame("training_metrics"), {2.0: 0.5, 4.0: 0.1})
    yield figures.ladder_figure(frame("fidelity"))
    yield figures.importance_figure(frame("feature_importance"), "importance", "Importance")
    yield figures.deletion_figure(frame("deletion_curves"), "standard")
    yield figures.interaction_figure(frame("interactions"), "standard")
    fronts = frame("pareto_fronts")
    yield figures.front_figure(records(fronts[fronts["latent"] == 0]), "latent 0")


@pytest.mark.parametrize("run", ["covertype", "text"])
def test_every_figure_is_drawn_and_described(run: str, request: pytest.FixtureRequest) -> None:
    drawn = list(all_figures(request.getfixturevalue(run)))
    assert len(drawn) == 8
    for figure in drawn:
        svg = svg_of(figure)
        assert svg.findtext("title")
        assert len(svg.findtext("desc") or "") > 20
        assert not re.search(
            r"\bnan\b|\binf\b", str(svg.attrib | {"text": "".join(svg.itertext())})
        )


def test_without_data_there_is_no_figure() -> None:
    empty = RunOutputs()
    assert figures.frontier_figures(empty.frame("frontier")) == []
    assert figures.reconstruction_figure(empty.frame("training_metrics"), {}) is None
    assert figures.ladder_figure(empty.frame("fidelity")) is None
    assert figures.importance_figure(empty.frame("feature_importance"), "importance", "") is None
    assert figures.deletion_figure(empty.frame("deletion_curves"), "standard") is None
    assert figures.interaction_figure(empty.frame("interactions"), "standard") is None
    assert figures.front_figure([], "") is None


def test_the_selected_formula_is_ringed_once(covertype: RunOutputs) -> None:
    fronts = covertype.frame("pareto_fronts")
    one = fronts[(fronts["variant"] == "rotated") & (fronts["latent"] == 3)]
    svg = svg_of(figures.front_figure(records(one), "latent 3"))
    styles = [dot.get("class") for dot in svg.iter("circle")]
    assert styles.count("dot selected") == 1
    assert len(styles) == len(one) + 1


def test_a_heat_map_is_symmetric() -> None:
    pair = {"variant": "standard", "feature_a": "a", "feature_b": "b", "strength": 2.0}
    weak = {"variant": "standard", "feature_a": "a", "feature_b": "c", "strength": 1.0}
    frame = pd.DataFrame([{**pair, "n_latents": 3}, {**weak, "n_latents": 1}])
    svg = svg_of(figures.interaction_figure(frame, "standard"))
    cells = [rect.get("fill-opacity") for rect in svg.iter("rect")]
    assert sorted(str(cell) for cell in cells) == ["0.5", "0.5", "1.0", "1.0"]


def test_the_highest_features_are_shown(text: RunOutputs) -> None:
    frame = text.frame("feature_importance")
    figure = figures.importance_figure(frame, "importance", "Importance")
    labels = [label.text for label in svg_of(figure).iter("text")]
    first = frame.sort_values("importance", ascending=False)["feature"].iloc[0]
    assert labels.count(first) == 1
    assert figure is not None
    assert "15 highest of 384" in figure.caption
