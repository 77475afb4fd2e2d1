"""The charts of the report, each from one frame of the catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from latent_laws.findings.deletion import deletion_scores
from latent_laws.reporting.numbers import number, r2
from latent_laws.reporting.outputs import ordered_variants
from latent_laws.reporting.results import RANKINGS
from latent_laws.reporting.svg import Axis, Chart, legend

SURROGATES = {
    "symbolic": "formula",
    "sparse_linear": "sparse linear, same size",
    "tree": "tree",
    "ridge": "ridge, all inputs",
    "mean": "mean",
    "null": "formula, shuffled latent",
}
LOWEST_R2 = -0.1
SMALLEST = 1e-6  # share of variance below which nothing is missed
SHOWN_FEATURES = 15
SHOWN_PAIRS = 12
ROW = 20
FRONT = ("complexity", "r2_test", "engine", "selected")


@dataclass(frozen=True)
class Figure:
    """A chart with its key and its caption."""

    title: str
    chart: Markup
    keys: Markup
    caption: str


def variant_style(name: str) -> str:
    """Return the CSS class of a variant's colour."""
    return f"v-{name}" if name in ("standard", "rotated", "distillable") else "v-other"


def frontier_figures(frontier: pd.DataFrame) -> list[Figure]:
    """Draw what few inputs a latent cost: FVU and R² against the number of inputs.

    Args:
        frontier: The catalog's `frontier`.

    Returns:
        Two figures, none if the frame is empty.
    """
    known = frontier.dropna(subset=["n_inputs", "fvu_test"])
    if known.empty:
        return []
    lost = ("fvu_test", "substitution_fvu")
    values = [value for column in lost for value in known[column] if value > 0]
    fvu = _frontier_chart(
        known,
        Axis.over("FVU (share of variance lost)", values, log=True),
        lost,
        "Reconstruction cost",
        "Variance lost by the autoencoder, dashed: by its decoder on linear forms of that many "
        "inputs. Rings: medians of seeds. Unpruned: the distillable network with all its inputs.",
    )
    score = _frontier_chart(
        known,
        Axis.over("median test R²", list(known["r2_test"])),
        ("r2_test",),
        "Fidelity of short forms",
        "Median test R² of linear forms of that many inputs; the distillable encoder's own latents "
        "have no more.",
    )
    return [fvu, score]


def _frontier_chart(
    frontier: pd.DataFrame, y: Axis, columns: tuple[str, ...], title: str, caption: str
) -> Figure:
    """Draw some columns of the frontier, a colour a variant, a dot a seed."""
    x = Axis.over("inputs per latent", [float(n) for n in frontier["n_inputs"]], log=True)
    chart = Chart(title, caption, x, y)
    names = ordered_variants(frontier["variant"].unique())
    for name in names:
        own = frontier[frontier["variant"] == name]
        for column in columns:
            median = own.groupby("n_inputs")[column].median()
            style = variant_style(name) + (" dashed" if column == "substitution_fvu" else "")
            chart.line([float(n) for n in median.index], list(median), style)
            for inputs, value in median.items():
                chart.point(float(str(inputs)), value, f"{style} ring", f"{name}, median", radius=5)
        for row in own.to_dict("records"):
            tip = f"{name}, {row['n_inputs']:.0f} inputs, seed {row['seed']}: "
            tip += f"FVU {number(row['fvu_test'])}, R² {number(row['r2_test'])}"
            chart.point(row["n_inputs"], row[columns[0]], variant_style(name), tip)
    return Figure(chart.title, chart.render(), _variant_keys(names), caption)


def reconstruction_figure(metrics: pd.DataFrame, law: dict[float, float]) -> Figure | None:
    """Draw FVU against the latent dim, beside PCA and the law.

    Args:
        metrics: The catalog's `training_metrics` as a frame.
        law: Latent dim -> FVU by the reconstruction law; empty if there is none.

    Returns:
        The figure, None without swept dims.
    """
    plain = metrics[metrics["variant"] == "standard"].dropna(subset=["fvu_test"])
    if plain.empty:
        return None
    swept = plain.groupby("latent_dim")
    own, pca = swept["fvu_test"], swept["pca_fvu_test"].median()
    dims = [float(dim) for dim in pca.index]
    values = [v for v in (*plain["fvu_test"], *plain["pca_fvu_test"], *law.values()) if v > 0]
    caption = "Variance lost on the test split against the number of latents; band: range of seeds."
    x = Axis.over("latent dim", dims, log=True)
    chart = Chart("Reconstruction", caption, x, Axis.over("FVU", values, log=True))
    chart.band(dims, list(own.min()), list(own.max()), "s0")
    chart.line(dims, list(pca), "baseline dashed")
    chart.line(dims, list(own.median()), "s0")
    chart.line(list(law), list(law.values()), "s1")
    for dim, fvu in zip(dims, own.median(), strict=True):
        chart.point(dim, fvu, "s0", f"{dim:.0f} latents: FVU {number(fvu)}")
    keys = [("s0", "autoencoder"), ("baseline", "PCA")]
    return Figure(
        chart.title,
        chart.render(),
        legend([*keys, *([("s1", "law")] if law else [])]),
        caption,
    )


def ladder_figure(fidelity: pd.DataFrame) -> Figure | None:
    """Draw the fidelity ladder: R² of each surrogate over the latents of each variant.

    Args:
        fidelity: The catalog's `fidelity`.

    Returns:
        The figure, None if the frame is empty.
    """
    known = [name for name in SURROGATES if name in set(fidelity["surrogate"])]
    if not known:
        return None
    caption = "R² on unseen rows: median over latents and middle half; further right is better."
    y = Axis.named("", [SURROGATES[name] for name in known])
    x = Axis("test R²", LOWEST_R2, 1.02)
    chart = Chart("Fidelity ladder", caption, x, y, height=52 + 34 * len(known))
    names = ordered_variants(fidelity["variant"].unique())
    for row, surrogate in enumerate(known):
        for name, place in zip(names, _dodge(row, len(names)), strict=True):
            own = fidelity[(fidelity["surrogate"] == surrogate) & (fidelity["variant"] == name)]
            quartiles = own["r2_test"].quantile([0.25, 0.5, 0.75]).clip(lower=LOWEST_R2)
            low, middle, high = (float(value) for value in quartiles)
            chart.interval(low, high, place, variant_style(name))
            tip = f"{SURROGATES[surrogate]}, {name}: {number(middle)} "
            tip += f"({number(low)} to {number(high)})"
            chart.point(middle, place, variant_style(name), tip)
    return Figure(chart.title, chart.render(), _variant_keys(names), caption)


def budget_figure(budget: pd.DataFrame, variant: str) -> Figure | None:
    """Draw how much of the latents linear forms of few inputs explain.

    Args:
        budget: The catalog's `input_budget`.
        variant: Which encoder.

    Returns:
        The figure, None if there are no rows of this variant.
    """
    own = budget[budget["variant"] == variant].sort_values("n_inputs")
    if own.empty:
        return None
    caption = (
        "Median test R² of linear forms of so many inputs: chosen for each latent, or drawn at "
        "random (band: lowest and highest draw); dashed: all inputs."
    )
    inputs = [float(n) for n in own["n_inputs"]]
    values = [*own["r2_sparse_linear"], *own["r2_random_low"], *own["r2_all_inputs"]]
    x, y = Axis.over("inputs per latent", inputs, log=True), Axis.over("median test R²", values)
    chart = Chart(f"Chosen or random inputs, {variant}", caption, x, y)
    chart.band(inputs, list(own["r2_random_low"]), list(own["r2_random_high"]), "s5")
    chart.line(inputs, list(own["r2_random"]), "s5")
    chart.line(inputs, list(own["r2_sparse_linear"]), "s0")
    chart.line(inputs, list(own["r2_all_inputs"]), "baseline dashed")
    for n, score in zip(inputs, own["r2_sparse_linear"], strict=True):
        chart.point(n, score, "s0", f"{n:.0f} chosen inputs: R² {r2(score)}")
    keys = legend([("s0", "chosen"), ("s5", "random"), ("baseline", "all")])
    return Figure(chart.title, chart.render(), keys, caption)


def importance_figure(importance: pd.DataFrame, column: str, title: str) -> Figure | None:
    """Draw the features of highest importance with their intervals.

    Args:
        importance: The catalog's `feature_importance`.
        column: One of the scores, with `_low` and `_high` beside it.
        title: Title of the chart and of its axis.

    Returns:
        The figure, None if the frame is empty.
    """
    known = importance.dropna(subset=[column])
    if known.empty:
        return None
    means = known.groupby("feature")[column].mean().sort_values(ascending=False)
    features = [str(name) for name in means.index[:SHOWN_FEATURES]]
    shown = known[known["feature"].isin(features)]
    bounds = [0.0, *shown[f"{column}_low"], *shown[f"{column}_high"], *shown[column]]
    caption = f"With 95 % intervals; the {len(features)} highest of {len(means)} inputs."
    height = 52 + ROW * len(features)
    x, y = Axis.over(title, bounds), Axis.named("", features)
    chart = Chart(title, caption, x, y, height=height)
    chart.rule(0.0, "baseline")
    names = ordered_variants(shown["variant"].unique())
    for row in shown.to_dict("records"):
        places = _dodge(features.index(row["feature"]), len(names))
        place, style = places[names.index(row["variant"])], variant_style(row["variant"])
        low, high = row[f"{column}_low"], row[f"{column}_high"]
        chart.interval(low, high, place, style)
        tip = f"{row['feature']}, {row['variant']}: {number(row[column])} "
        chart.point(row[column], place, style, tip + f"({number(low)} to {number(high)})")
    return Figure(chart.title, chart.render(), _variant_keys(names), caption)


def deletion_figure(curves: pd.DataFrame, variant: str) -> Figure | None:
    """Draw what deleting inputs does, a colour a ranking.

    Args:
        curves: The catalog's `deletion_curves`.
        variant: Which encoder.

    Returns:
        The figure, None if there are no curves of this variant.
    """
    own = curves[curves["variant"] == variant]
    if own.empty:
        return None
    caption = (
        "FVU after the k highest (solid) or lowest (dashed) inputs of a ranking are "
        "replaced by their mean; grey: random inputs. The wider the gap, the better the ranking."
    )
    x = Axis("inputs deleted", 0, float(own["k"].max()))
    chart = Chart(f"Deletion curves, {variant}", caption, x, Axis.over("FVU", list(own["fvu"])))
    random = own[own["order"] == "random"].groupby("k")["fvu"].mean()
    chart.line([float(k) for k in random.index], list(random), "baseline")
    scores = deletion_scores(own).set_index("ranking")["score"]
    rankings = [str(name) for name in scores.index]
    for ranking in rankings:
        for order, dashed in (("top", ""), ("bottom", " dashed")):
            curve = own[(own["ranking"] == ranking) & (own["order"] == order)].sort_values("k")
            chart.line(list(curve["k"]), list(curve["fvu"]), f"{_ranking_style(ranking)}{dashed}")
    keys = [
        (_ranking_style(ranking), f"{ranking.replace('_', ' ')} ({number(scores[ranking])})")
        for ranking in rankings
    ]
    return Figure(chart.title, chart.render(), legend([*keys, ("baseline", "random")]), caption)


def interaction_figure(interactions: pd.DataFrame, variant: str) -> Figure | None:
    """Draw the heat map of the strongest interactions.

    Args:
        interactions: The catalog's `interactions`.
        variant: Which encoder.

    Returns:
        The figure, None if there are no pairs of this variant.
    """
    own = interactions[(interactions["variant"] == variant) & (interactions["strength"] > 0)]
    if own.empty:
        return None
    sides = [own.set_index(side)["strength"] for side in ("feature_a", "feature_b")]
    totals = pd.concat(sides).groupby(level=0).sum().sort_values(ascending=False)
    features = [str(name) for name in totals.index[:SHOWN_PAIRS]]
    numbered = [f"{name} {place}" for place, name in enumerate(features, 1)]
    caption = (
        f"Strength of the mixed second derivative on data; the {len(features)} inputs "
        f"that interact most, of {len(totals)}. Columns are numbered as the rows."
    )
    x = Axis.named("", [str(place) for place in range(1, len(features) + 1)])
    chart = Chart(
        f"Interactions, {variant}",
        caption,
        x,
        Axis.named("", numbered),
        height=60 + 22 * len(features),
    )
    strongest = float(own["strength"].max())
    for row in own.to_dict("records"):
        if {row["feature_a"], row["feature_b"]} <= set(features):
            a, b = features.index(row["feature_a"]), features.index(row["feature_b"])
            tip = f"{row['feature_a']} and {row['feature_b']}: {number(row['strength'])}"
            tip += f" in {row['n_latents']:.0f} latents"
            chart.cell(a, b, row["strength"] / strongest, tip)
            chart.cell(b, a, row["strength"] / strongest, tip)
    return Figure(chart.title, chart.render(), Markup(""), caption)


def front_figure(front: Sequence[Mapping[str, object]], title: str) -> Figure | None:
    """Draw the accuracy-complexity front of one latent.

    Args:
        front: Rows of `pareto_fronts` of one variant, latent and seed, with the columns `FRONT`.
        title: Name of the latent.

    Returns:
        The figure, None if no row has a size and a test R².
    """
    dots = sorted(filter(None, map(_candidate, front)))
    if not dots:
        return None
    caption = (
        "Share of the latent's variance that a candidate misses on unseen rows (1 - R²) against "
        "its size; lower is better, the ring marks the selected formula."
    )
    sizes, missed = [dot.size for dot in dots], [dot.missed for dot in dots]
    x, y = Axis.over("nodes", [0.0, *sizes]), Axis.over("1 - R²", missed, log=True)
    chart = Chart(f"Front of {title}", caption, x, y, height=210)
    engines = sorted({dot.engine for dot in dots})
    chart.line(sizes, list(accumulate(missed, min)), "baseline")
    for dot in dots:
        if dot.selected:
            chart.point(dot.size, dot.missed, "selected", "selected", radius=7)
        tip = f"{dot.engine}: {dot.size:.0f} nodes, R² {r2(1 - dot.missed)}"
        chart.point(dot.size, dot.missed, f"s{engines.index(dot.engine) % 7}", tip)
    keys = [(f"s{place % 7}", name.replace("_", " ")) for place, name in enumerate(engines)]
    return Figure(chart.title, chart.render(), legend(keys), caption)


class _Dot(NamedTuple):
    """One candidate of a front."""

    size: float
    missed: float
    engine: str
    selected: bool


def _candidate(row: Mapping[str, object]) -> _Dot | None:
    """Return where a candidate stands, None if its size or R² is unknown."""
    size, score = row["complexity"], row["r2_test"]
    if not isinstance(size, int | float) or not isinstance(score, int | float):
        return None
    missed = min(max(1 - score, SMALLEST), 1.0)
    return _Dot(size, missed, str(row["engine"]), row["selected"] is True)


def _ranking_style(name: str) -> str:
    """Return the CSS class of a ranking's colour, the same in every chart."""
    return f"s{RANKINGS.index(name)}" if name in RANKINGS else "baseline"


def _variant_keys(names: list[str]) -> Markup:
    """Return the key of variants."""
    return legend([(variant_style(name), name) for name in names])


def _dodge(row: int, count: int) -> list[float]:
    """Return places around a row, so that several marks do not cover each other."""
    return [row + 0.22 * (position - (count - 1) / 2) for position in range(count)]
