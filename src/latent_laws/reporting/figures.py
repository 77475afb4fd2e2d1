"""Plotly figures of the findings: one function each, for the page and for Kedro-Viz alike."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from latent_laws.encoders.naming import variant_order
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.printing import unit_behind
from latent_laws.reporting.numbers import number
from latent_laws.reporting.saved import Saved

PALETTE = ("#0b6fb8", "#c2530a", "#0f7d5a", "#a0307a", "#8a6d00", "#6a4fb3", "#9b2c2c", "#6b7482")
GRID = "rgba(128, 128, 128, 0.3)"
SHOWN_INPUTS = 15
FEWEST_TICKS = 3
SHOWN_LAWS = 6
LAW_ROWS = 300
LOWEST_R2 = -0.1
SURROGATES = {
    "symbolic": "formula",
    "ridge": "ridge, all inputs",
    "sparse_linear": "linear, same size",
    "tree": "tree",
    "null": "shuffled latent",
    "mean": "mean",
}


def frontier(saved: Saved) -> go.Figure:
    """Variance kept by encoders that are formulas, against their nodes, beside dense ones."""
    table = saved.frame("frontier")
    if not {"kind", "nodes", "fvu_test"} <= set(table):
        return nothing("no encoder was trained as formulas")
    middle = table.groupby(["latent_dim", "kind", "max_nodes"], dropna=False, as_index=False)
    points = middle[["nodes", "fvu_test"]].median()
    figure = go.Figure()
    widest = points["nodes"].max()
    for place, (dim, here) in enumerate(points.groupby("latent_dim")):
        for kind, dash in (("symbolic", "solid"), ("linear", "dot")):
            own = here[here["kind"] == kind].sort_values("nodes")
            figure.add_trace(
                _line(own["nodes"], own["fvu_test"], f"{dim} latents, {kind}", place, dash)
            )
        dense = here.loc[here["kind"] == "dense", "fvu_test"]
        if len(dense):
            ends = [float(dense.min())] * 2
            line = _line([1, widest], ends, f"{dim} latents, dense", place, "dash")
            figure.add_trace(line.update(mode="lines", opacity=0.6))
    figure.update_xaxes(title="nodes a latent, median")
    ticks = _percents(points["fvu_test"].to_numpy(), kept=True)
    figure.update_yaxes(title="variance kept", type="log", autorange="reversed", **ticks)
    return _finished(figure)


def loss_by_dim(saved: Saved) -> go.Figure:
    """Variance lost against the latent dim: network, PCA, formulas, and the law."""
    metrics = saved.frame("training_metrics")
    if metrics.empty or "pca_fvu_test" not in metrics:
        return nothing("nothing was trained")
    plain = metrics[metrics["variant"] == "standard"]
    if plain["latent_dim"].nunique() < 2:  # noqa: PLR2004 - a point is no curve
        return nothing("one latent dim only")
    lost = plain.groupby("latent_dim")[["fvu_test", "pca_fvu_test"]].median()
    figure = go.Figure()
    figure.add_trace(_line(lost.index, lost["pca_fvu_test"], "PCA", 7))
    figure.add_trace(_line(lost.index, lost["fvu_test"], "network", 0))
    for place, (variant, own) in enumerate(_by_variant(saved.frame("substitution")), 2):
        middle = own.groupby("latent_dim")["fvu_formulas"].median()
        trace = _line(middle.index, middle, f"formulas, {variant}", place)
        figure.add_trace(trace.update(mode="markers", marker_size=9))
    law = (saved.record("reconstruction_law").get("standard") or {}).get("law") or {}
    points = pd.DataFrame(law.get("points") or [])
    if "fvu_law" in points:
        law_line = _line(points["latent_dim"], points["fvu_law"], "law", 1, "dot")
        figure.add_trace(law_line.update(mode="lines"))
    figure.update_xaxes(title="latents", type="log", tickvals=list(lost.index))
    figure.update_yaxes(title="variance lost", type="log", **_percents(lost.to_numpy()))
    return _finished(figure)


def linearity(saved: Saved) -> go.Figure:
    """How much of encoders and decoders a matrix says, against the latent dim."""
    table = saved.frame("linearity")
    if table.empty:
        return nothing("linearity was not measured")
    whole = table[table["latent"].isna()]
    if whole["latent_dim"].nunique() < 2:  # noqa: PLR2004 - a point is no curve
        return nothing("one latent dim only")
    figure = go.Figure()
    for place, (variant, own) in enumerate(_by_variant(whole)):
        for part, dash in (("encoder", "solid"), ("decoder", "dot")):
            rows = own[own["part"] == part].sort_values("latent_dim")
            if len(rows):
                name = f"{part}, {variant}"
                figure.add_trace(_line(rows["latent_dim"], rows["linearity"], name, place, dash))
    figure.update_xaxes(title="latents", type="log", tickvals=sorted(set(whole["latent_dim"])))
    figure.update_yaxes(title="R² of the best matrix", rangemode="tozero")
    return _finished(figure)


def fidelity(saved: Saved, encoder: str) -> go.Figure:
    """Test R² of the formulas over the latents, beside other stand-ins."""
    own = saved.own("fidelity", encoder)
    if own.empty:
        return nothing("other stand-ins were not measured")
    figure = go.Figure()
    for surrogate, label in SURROGATES.items():
        scores = own.loc[own["surrogate"] == surrogate, "r2_test"].clip(lower=LOWEST_R2)
        if len(scores):
            box = {"boxpoints": "all", "pointpos": 0, "jitter": 0.3, "showlegend": False}
            colour = PALETTE[0 if surrogate == "symbolic" else 7]
            figure.add_trace(go.Box(x=scores.tolist(), name=label, marker_color=colour, **box))
    figure.update_xaxes(title=f"test R² over latents (cut at {number(LOWEST_R2)})")
    figure.update_yaxes(autorange="reversed")
    return _finished(figure)


def importance(saved: Saved, encoder: str) -> go.Figure:
    """The inputs that the model relies on most, with intervals, beside their own variance."""
    own = saved.own("feature_importance", encoder)
    if own.empty:
        return nothing("no input was ranked")
    top = own.sort_values("importance", ascending=False).head(SHOWN_INPUTS)
    value = top["importance"]
    error = {
        "type": "data",
        "symmetric": False,
        "array": (top["importance_high"] - value).tolist(),
        "arrayminus": (value - top["importance_low"]).tolist(),
    }
    names = top["feature"].tolist()
    figure = go.Figure()
    for name, x, more in (
        ("importance", value, {"error_x": error, "marker_size": 8}),
        ("own variance", _share(own["own_variance"])[top.index], {"marker_symbol": "x"}),
    ):
        colour = PALETTE[0 if name == "importance" else 7]
        marks = {"mode": "markers", "marker_color": colour, "name": name} | more
        figure.add_trace(go.Scatter(x=x.tolist(), y=names, **marks))
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title="share", rangemode="tozero")
    return _finished(figure)


def deletion(saved: Saved, encoder: str) -> go.Figure:
    """Variance lost on the inputs that remain, as inputs are deleted by every ranking."""
    own = saved.own("deletion_curves", encoder)
    if own.empty or own["fvu_untouched"].isna().all():
        return nothing("no input was deleted")
    figure = go.Figure()
    for place, ranking in enumerate(own["ranking"].drop_duplicates()):
        for order, dash in (("top", "solid"), ("bottom", "dot")):
            rows = own[(own["ranking"] == ranking) & (own["order"] == order)].sort_values("k")
            if len(rows):
                name = str(ranking).replace("_", " ")
                trace = _line(rows["k"], rows["fvu_untouched"], name, place, dash)
                trace.update(mode="lines", legendgroup=name, showlegend=order == "top")
                figure.add_trace(trace)
    figure.update_xaxes(title="inputs deleted (dotted: lowest first)")
    figure.update_yaxes(title="variance lost on the others")
    return _finished(figure)


def input_laws(saved: Saved) -> go.Figure:
    """Values of inputs against what their laws say, in the units of the table."""
    laws, rows = saved.input_laws, saved.raw_rows.head(LAW_ROWS)
    if laws.empty or rows.empty:
        return nothing("no input follows a law of the others")
    best = laws.drop_duplicates("feature").head(SHOWN_LAWS)
    columns = min(2, len(best))
    lines = -(-len(best) // columns)
    titles = [name + unit_behind(name, saved.units) for name in best["feature"]]
    figure = make_subplots(lines, columns, subplot_titles=titles)
    names = list(rows.columns)
    X = rows.to_numpy(float)
    for place, (feature, text) in enumerate(zip(best["feature"], best["expression"], strict=True)):
        said = Formula.parse(text, names).evaluate(X, names)
        dots = {"mode": "markers", "marker_size": 4, "marker_color": PALETTE[0]}
        trace = go.Scatter(x=said.tolist(), y=rows[feature].tolist(), showlegend=False, **dots)
        figure.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    figure.update_xaxes(title="by the law")
    return _finished(figure).update_layout(height=60 + 260 * lines)


def fronts(saved: Saved, encoder: str) -> go.Figure:
    """Test R² against nodes of every candidate, the chosen ones marked."""
    own = saved.own("pareto_fronts", encoder)
    if own.empty:
        return nothing("no latent was searched")
    figure = go.Figure()
    for place, (latent, rows) in enumerate(own.groupby("latent")):
        by_size = rows.sort_values("complexity")
        name = f"latent {latent}"
        score = by_size["r2_test"].clip(lower=LOWEST_R2)
        figure.add_trace(_line(by_size["complexity"], score, name, place))
    figure.update_xaxes(title="nodes")
    figure.update_yaxes(title="test R²")
    return _finished(figure)


def nothing(reason: str) -> go.Figure:
    """Return an empty figure that says why it is empty."""
    figure = go.Figure().add_annotation(text=reason, showarrow=False, font_size=14)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return _finished(figure)


def _percents(lost: NDArray[np.float64], kept: bool = False) -> dict[str, Any]:
    """Return ticks of a logarithmic axis of shares lost: 100 %, 10 %, 1 %; finer where few fit."""
    known = lost[lost > 0]
    low, high = known.min(initial=1.0), known.max(initial=0.0)
    powers = range(0, math.floor(math.log10(low)) - 1, -1)
    digits = max(2, 1 - math.floor(math.log10(max(high - low, 1e-9))))
    ticks = np.unique(np.linspace(low, high, FEWEST_TICKS + 1).round(digits))
    for steps in ((1.0,), (1.0, 2.0, 5.0), np.arange(1.0, 10.0)):
        found = np.sort([step * 10.0**power for power in powers for step in steps])
        if ((found >= low) & (found <= high)).sum() >= FEWEST_TICKS:
            ticks = found[found <= max(1.0, high)]
            break
    return {
        "tickvals": ticks.tolist(),
        "ticktext": [_percent(1 - tick if kept else tick) for tick in ticks],
    }


def _percent(share: float) -> str:
    return f"{float(f'{100 * share:.10f}'):.10g} %"


def _by_variant(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if table.empty or "variant" not in table:
        return []
    parts = [(str(variant), own) for variant, own in table.groupby("variant")]
    return sorted(parts, key=lambda part: variant_order(part[0]))


def _share(values: "pd.Series[float]") -> "pd.Series[float]":
    return values / values.sum() if values.sum() else values


def _line(
    x: "list[float] | pd.Index | pd.Series[float]",
    y: "list[float] | pd.Series[float]",
    name: str,
    place: int,
    dash: str = "solid",
) -> go.Scatter:
    """Return a line with markers; plain lists keep the JSON readable."""
    style = {"line_color": PALETTE[place % len(PALETTE)], "line_dash": dash}
    return go.Scatter(x=list(x), y=list(y), name=name, mode="lines+markers", **style)


def _finished(figure: go.Figure) -> go.Figure:
    """Give a figure the layout that all share; grey grids read on white and on black."""
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    legend = {"orientation": "h", "y": -0.25}
    margin = {"l": 50, "r": 15, "t": 30, "b": 50}
    return figure.update_layout(template="none", margin=margin, legend=legend, height=420)


# what the page shows and Kedro-Viz previews, by the names of the page's charts
OF_THE_RUN: dict[str, Callable[[Saved], go.Figure]] = {
    "frontier": frontier,
    "loss": loss_by_dim,
    "linearity": linearity,
    "input_laws": input_laws,
}
OF_AN_ENCODER: dict[str, Callable[[Saved, str], go.Figure]] = {
    "fidelity": fidelity,
    "importance": importance,
    "deletion": deletion,
}
