import json

import plotly.graph_objects as go
import pytest

from latent_laws.reporting import plots
from latent_laws.reporting.outputs import RunOutputs

PLOTS = {
    plots.plot_frontier: "frontier",
    plots.plot_fvu_by_latent_dim: "training_metrics",
    plots.plot_fidelity_ladder: "fidelity",
    plots.plot_importance: "feature_importance",
    plots.plot_deletion_curves: "deletion_curves",
    plots.plot_interactions: "interactions",
    plots.plot_pareto_fronts: "pareto_fronts",
}


@pytest.mark.parametrize(("plot", "frame"), PLOTS.items())
@pytest.mark.parametrize("run", ["covertype", "text"])
def test_plots_are_small_and_titled(
    plot: "plots.Plot", frame: str, run: str, request: pytest.FixtureRequest
) -> None:
    figure = plot(request.getfixturevalue(run).frame(frame))
    assert figure.layout.title.text
    text = figure.to_json()
    assert len(text) < 200_000
    # plain lists, so that every version of plotly.js can read them
    assert '"bdata"' not in text
    go.Figure(json.loads(text))


@pytest.mark.parametrize(("plot", "frame"), PLOTS.items())
def test_an_empty_plot_says_why(plot: "plots.Plot", frame: str) -> None:
    figure = plot(RunOutputs().frame(frame))
    assert len(figure.data) == 0
    assert figure.layout.annotations[0].text


def test_the_law_is_a_line_of_its_own(covertype: RunOutputs) -> None:
    metrics = covertype.frame("training_metrics")
    assert len(plots.plot_fvu_by_latent_dim(metrics).data) == 2
    law = plots.plot_fvu_by_latent_dim(metrics, {2.0: 0.5, 4.0: 0.2}).data[2]
    assert (law.name, list(law.y)) == ("law", [0.5, 0.2])


def test_median_front_never_falls(covertype: RunOutputs) -> None:
    figure = plots.plot_pareto_fronts(covertype.frame("pareto_fronts"))
    for trace in figure.data:
        if trace.mode == "lines":
            assert list(trace.y) == sorted(trace.y)
