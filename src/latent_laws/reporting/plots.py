"""Plotly figures of the catalog, compact enough to preview in Kedro-Viz."""

from collections.abc import Callable, Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from latent_laws.reporting.figures import SURROGATES
from latent_laws.reporting.outputs import ordered_variants

Plot = Callable[[pd.DataFrame], go.Figure]

COLOURS = {"standard": "#6b7482", "rotated": "#0b6fb8", "distillable": "#c2530a"}
OTHER = "#7b3fa0"
PALETTE = (
    *("#0b6fb8", "#c2530a", "#0f7d5a", "#a0307a", "#8a6d00", "#9b2c2c", "#6a4fb3"),
    "#6b7482",
)
SHOWN_FEATURES = 15
SHOWN_PAIRS = 15
LOWEST_R2 = -0.1
GRID = "rgba(128, 128, 128, 0.3)"


def plot_frontier(frontier: pd.DataFrame) -> go.Figure:
    """Plot what few inputs a latent cost: FVU and R² against the number of inputs.

    Args:
        frontier: The catalog's `frontier`.
    """
    if frontier.empty:
        return _nothing("Interpretability frontier", "no model of few inputs was trained")
    figure = make_subplots(1, 2, subplot_titles=("FVU", "median R² of the formulas"))
    columns = ["fvu_test", "r2_test", "complexity", "substitution_fvu"]
    models = frontier.groupby(["variant", "n_inputs"], as_index=False)[columns].median()
    for name in ordered_variants(models["variant"].unique()):
        own = models[models["variant"] == name]
        tips = [f"{name}, {k:.0f} inputs" for k in own["n_inputs"]]
        for place, column in enumerate(("fvu_test", "r2_test"), 1):
            trace = _curve(own["n_inputs"], own[column], name, _colour(name), tips)
            figure.add_trace(trace.update(showlegend=place == 1), row=1, col=place)
        dashed = _curve(own["n_inputs"], own["substitution_fvu"], name, _colour(name), tips)
        dashed.update(line_dash="dash", showlegend=False)
        figure.add_trace(dashed, row=1, col=1)
    ticks = sorted(models["n_inputs"].unique().tolist())
    figure.update_xaxes(type="log", title="inputs per latent", tickvals=ticks)
    figure.update_yaxes(type="log", dtick="D2", row=1, col=1)
    return _titled(figure, "Interpretability frontier (dashed: decoder on the formulas)")


def plot_fvu_by_latent_dim(
    training_metrics: pd.DataFrame, law: Mapping[float, float] | None = None
) -> go.Figure:
    """Plot FVU against the latent dim beside PCA and the reconstruction law.

    Args:
        training_metrics: The catalog's `training_metrics` as a frame.
        law: Latent dim -> FVU by the law.
    """
    plain = training_metrics[training_metrics["variant"] == "standard"]
    if plain.empty:
        return _nothing("Reconstruction", "no autoencoder was trained")
    swept = plain.groupby("latent_dim")[["fvu_test", "pca_fvu_test"]].median()
    figure = go.Figure()
    figure.add_trace(_curve(swept.index, swept["pca_fvu_test"], "PCA", PALETTE[-1]))
    figure.add_trace(_curve(swept.index, swept["fvu_test"], "autoencoder", PALETTE[0]))
    if law:
        line = _curve(pd.Index(law), pd.Series(law), "law", PALETTE[1])
        figure.add_trace(line.update(mode="lines", line_dash="dot"))
    figure.update_xaxes(type="log", title="latent dim", tickvals=list(swept.index))
    figure.update_yaxes(type="log", dtick="D2", title="FVU on the test split")
    return _titled(figure, "Reconstruction, median over seeds")


def plot_fidelity_ladder(fidelity: pd.DataFrame) -> go.Figure:
    """Plot R² of every surrogate over the latents of each variant.

    Args:
        fidelity: The catalog's `fidelity`.
    """
    if fidelity.empty:
        return _nothing("Fidelity ladder", "no latent was distilled")
    figure = go.Figure()
    for name in ordered_variants(fidelity["variant"].unique()):
        own = fidelity[fidelity["variant"] == name]
        labels = [SURROGATES.get(surrogate, surrogate) for surrogate in own["surrogate"]]
        scores = own["r2_test"].clip(lower=LOWEST_R2).tolist()
        box = {"name": name, "marker_color": _colour(name), "orientation": "h"}
        figure.add_trace(go.Box(x=scores, y=labels, boxpoints=False, **box))
    rows = [SURROGATES[name] for name in SURROGATES if name in set(fidelity["surrogate"])]
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1])
    figure.update_xaxes(title=f"test R² (cut at {LOWEST_R2})")
    figure.update_layout(boxmode="group")
    return _titled(figure, "Fidelity of the formulas beside other surrogates")


def plot_importance(importance: pd.DataFrame) -> go.Figure:
    """Plot the features of highest importance with their intervals.

    Args:
        importance: The catalog's `feature_importance`.
    """
    if importance.empty:
        return _nothing("Importance", "no feature was ranked")
    means = importance.groupby("feature")["importance"].mean().sort_values(ascending=False)
    features = [str(name) for name in means.index[:SHOWN_FEATURES]]
    figure = go.Figure()
    for name in ordered_variants(importance["variant"].unique()):
        own = importance[importance["variant"] == name].set_index("feature").reindex(features)
        above = (own["importance_high"] - own["importance"]).tolist()
        below = (own["importance"] - own["importance_low"]).tolist()
        error = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        mark = {"mode": "markers", "marker_color": _colour(name), "name": name}
        values = own["importance"].tolist()
        figure.add_trace(go.Scatter(x=values, y=features, error_x=error, **mark))
    figure.update_yaxes(categoryorder="array", categoryarray=features[::-1])
    figure.update_xaxes(title="importance: share of the reconstruction")
    figure.update_layout(scattermode="group")
    return _titled(figure, f"Importance, the {len(features)} highest of {len(means)} inputs")


def plot_deletion_curves(curves: pd.DataFrame) -> go.Figure:
    """Plot FVU against the number of deleted inputs, a panel a variant.

    Args:
        curves: The catalog's `deletion_curves`.
    """
    if curves.empty:
        return _nothing("Deletion curves", "no input was deleted")
    names = ordered_variants(curves["variant"].unique())
    figure = make_subplots(1, len(names), subplot_titles=names, shared_yaxes=True)
    rankings = sorted(curves.loc[curves["order"] != "random", "ranking"].unique())
    for column, name in enumerate(names, 1):
        own = curves[curves["variant"] == name]
        for position, ranking in enumerate(rankings):
            for order, dash in (("top", "solid"), ("bottom", "dash")):
                part = own[(own["ranking"] == ranking) & (own["order"] == order)].sort_values("k")
                line = _curve(part["k"], part["fvu"], ranking, PALETTE[position % len(PALETTE)])
                line.update(mode="lines", line_dash=dash, legendgroup=ranking)
                line.update(showlegend=column == 1 and order == "top")
                figure.add_trace(line, row=1, col=column)
    figure.update_xaxes(title="inputs deleted")
    figure.update_yaxes(title="FVU", col=1)
    return _titled(figure, "Deletion: highest inputs first (solid), lowest first (dashed)")


def plot_interactions(interactions: pd.DataFrame) -> go.Figure:
    """Plot the heat map of the strongest interactions, a panel a variant.

    Args:
        interactions: The catalog's `interactions`.
    """
    if interactions.empty:
        return _nothing("Interactions", "no formula has interacting inputs")
    names = ordered_variants(interactions["variant"].unique())
    features = _most_interacting(interactions)
    rows = [f"{name} {place}" for place, name in enumerate(features, 1)]
    columns = [str(place) for place in range(1, len(features) + 1)]
    figure = make_subplots(1, len(names), subplot_titles=names, shared_yaxes=True)
    for column, name in enumerate(names, 1):
        table = _strengths(interactions[interactions["variant"] == name], features)
        scale = {"colorscale": "Blues", "showscale": column == len(names)}
        figure.add_trace(go.Heatmap(z=table, x=columns, y=rows, **scale), row=1, col=column)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(type="category")
    return _titled(figure, "Interactions: mixed second derivative, weighted on data")


def plot_pareto_fronts(fronts: pd.DataFrame) -> go.Figure:
    """Plot accuracy against complexity of every candidate, the selected ones marked.

    Args:
        fronts: The catalog's `pareto_fronts`.
    """
    if fronts.empty:
        return _nothing("Accuracy and complexity", "no latent was searched")
    figure = go.Figure()
    for name in ordered_variants(fronts["variant"].unique()):
        own = fronts[fronts["variant"] == name]
        best = own.groupby(["latent", "complexity"], as_index=False)["r2_test"].max()
        best["r2_test"] = best.groupby("latent")["r2_test"].cummax()
        middle = best.pivot_table(index="complexity", columns="latent", values="r2_test")
        median = middle.ffill().median(axis="columns").clip(lower=LOWEST_R2)
        figure.add_trace(_curve(median.index, median, name, _colour(name)).update(mode="lines"))
        chosen = own[own["selected"].astype("boolean").fillna(False).astype(bool)]
        tips = [f"{name} latent {latent}" for latent in chosen["latent"]]
        scores = chosen["r2_test"].clip(lower=LOWEST_R2)
        dots = _curve(chosen["complexity"], scores, f"{name}, selected", _colour(name), tips)
        figure.add_trace(dots.update(mode="markers"))
    figure.update_xaxes(title="nodes")
    figure.update_yaxes(title="test R²")
    return _titled(figure, "Best R² by size, median over latents, and the selected formulas")


def _curve(
    x: "pd.Index | pd.Series[float]",
    y: "pd.Series[float]",
    name: str,
    colour: str,
    tips: list[str] | None = None,
) -> go.Scatter:
    """Return a line with markers; plain lists keep the JSON readable."""
    style = {"mode": "lines+markers", "line_color": colour, "marker_color": colour}
    return go.Scatter(x=x.tolist(), y=y.tolist(), name=name, text=tips, **style)


def _mirrored(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return every pair in both orders."""
    swapped = pairs.rename(columns={"feature_a": "feature_b", "feature_b": "feature_a"})
    return pd.concat([pairs, swapped])


def _most_interacting(pairs: pd.DataFrame) -> list[str]:
    """Return the features of highest total strength, first to last."""
    totals = _mirrored(pairs).groupby("feature_a")["strength"].sum()
    return [str(name) for name in totals.sort_values(ascending=False).index[:SHOWN_PAIRS]]


def _strengths(pairs: pd.DataFrame, features: list[str]) -> list[list[float]]:
    """Return the symmetric table of strengths of some features."""
    table = _mirrored(pairs).pivot_table(
        index="feature_a", columns="feature_b", values="strength", aggfunc="sum"
    )
    return table.reindex(index=features, columns=features).fillna(0.0).to_numpy().tolist()


def _colour(variant: str) -> str:
    """Return a variant's colour, the same as in the report."""
    return COLOURS.get(variant, OTHER)


def _titled(figure: go.Figure, title: str) -> go.Figure:
    """Give a figure its title and the layout all plots share."""
    # Kedro-Viz recolours the first panel only: grey reads on white and on black
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID)
    legend = {"orientation": "h", "y": -0.2}
    margin = {"l": 60, "r": 20, "t": 60, "b": 60}
    return figure.update_layout(
        title=title, template="plotly_white", margin=margin, legend=legend, height=460
    )


def _nothing(title: str, reason: str) -> go.Figure:
    """Return an empty figure that says why it is empty."""
    figure = go.Figure().add_annotation(text=reason, showarrow=False, font_size=16)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return _titled(figure, title)
