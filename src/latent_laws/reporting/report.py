"""The report: one HTML file that opens offline."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from latent_laws.analysis.redundancy import VERDICTS
from latent_laws.reporting import figures
from latent_laws.reporting.claims import (
    Facts,
    Verdict,
    encoder_table,
    headline_claims,
    verdict_sentences,
)
from latent_laws.reporting.equations import equation, equation_text
from latent_laws.reporting.numbers import number, percent, r2
from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.results import Results

EQUATION_BUDGET = 3_500_000  # characters of equations and fronts, so that the file keeps to 5 MB
SCORES = {
    "reconstruction_share": "Share of the reconstruction",
    "variance_share": "Share of the latents' variance",
    "excess_frequency": "Use by formulas, above chance",
}
COLLAPSE = {
    "constant_latents": "latents without variance",
    "dead_latents": "latents the decoder ignores",
    "duplicate_latents": "pairs of duplicate latents",
    "participation_ratio": "effective number of latents",
    "participation_ratio_reconstruction": "effective dimensions of the reconstruction",
    "dead_inputs": "inputs without effect on any latent",
}
NAMED = 4  # entries of a list that are spelled out
SIGNS = {
    Verdict.HOLDS: "yes",
    Verdict.PARTLY: "partly",
    Verdict.FAILS: "no",
    Verdict.REPORTED: "reported",
}


@dataclass(frozen=True)
class RunDetails:
    """How a run was made, for the last section of the report.

    Attributes:
        title: Name of the data set.
        parameters: Parameters, nested as in the configuration.
        credit: Where the data come from and under which licence.
    """

    title: str = ""
    parameters: Mapping[str, object] | None = None
    credit: str = ""


@dataclass(frozen=True)
class LatentRow:
    """One line of the latent table with what unfolds below it."""

    variant: str
    latent: int
    r2: float
    ci_low: float
    ci_high: float
    complexity: float
    inputs: tuple[str, ...]
    gain: float
    formula_class: str
    origin: str
    equation: Markup
    ladder: list[tuple[str, str, str, str]]
    front: figures.Figure | None
    labels: list[tuple[str, str]]


def render_report(outputs: RunOutputs, results: Results, run: RunDetails) -> str:
    """Render the report.

    Args:
        outputs: Frames and JSON objects of the run.
        results: What `summarise` returned for them.
        run: How the run was made.

    Returns:
        A self-contained HTML page; sections without data are left out.
    """
    facts, charts = Facts(results), _charts(outputs)
    sections = _sections(outputs, charts)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=run.title or facts.text("dataset") or "a table",
            facts=facts,
            variants=outputs.variants,
            main=facts.main_variant(),
            sentences=verdict_sentences(results),
            claims=headline_claims(results),
            encoders=encoder_table(results),
            signs=SIGNS,
            latents=list(latent_rows(outputs)),
            charts=charts,
            redundancy=_records(outputs.frame("redundancy")),
            verdict_counts=_verdict_counts(outputs),
            parameters=list(_flat(run.parameters or {})),
            sections=sections,
            anchors=[anchor for anchor, _ in sections],
            collapse=_collapse(outputs),
            law=[],
            probe=[],
            labels=[],
            made=_made(results),
            credit=run.credit,
            style=Markup(_asset("report.css")),  # noqa: S704 -- files of this package
            script=Markup(_asset("report.js")),  # noqa: S704
        )
    )


@cache
def _environment() -> Environment:
    """Return the template environment: everything from data is escaped."""
    environment = Environment(
        loader=PackageLoader("latent_laws.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"r2": r2, "percent": percent, "number": number}
    environment.globals |= {"style_of": figures.variant_style, "shown": _shown}
    return environment


def _asset(name: str) -> str:
    """Return a style sheet or script of this package."""
    return files("latent_laws.reporting").joinpath("templates", name).read_text("utf-8")


def latent_rows(outputs: RunOutputs) -> Iterator[LatentRow]:
    """Yield a line for each selected formula, best R² of each variant first.

    Args:
        outputs: Frames of the run.
    """
    formulas = outputs.frame("formulas")
    ladders = dict(list(outputs.frame("fidelity").groupby(["variant", "latent"])))
    fronts = dict(list(outputs.frame("pareto_fronts").groupby(["variant", "latent"])))
    classes = outputs.frame("formula_classes").set_index(["variant", "latent"])["formula_class"]
    spent = 0
    for row in _records(formulas.sort_values(["variant", "latent"])):
        key = (row["variant"], row["latent"])
        ladder = ladders.get(key, outputs.frame("fidelity").iloc[:0])
        drawn = _drawn(row, fronts.get(key), spent)
        spent += drawn.size
        yield LatentRow(
            variant=str(row["variant"]),
            latent=int(_float(row["latent"])),
            r2=_float(row["r2_test"]),
            ci_low=_float(row["ci_low"]),
            ci_high=_float(row["ci_high"]),
            complexity=_float(row["complexity"]),
            inputs=_names(row["variables"]),
            gain=_gain(ladder),
            formula_class=str(classes.get(key, "")),
            origin=f"{row['engine']} {row['engine_version']}, seed {row['seed']}",
            equation=drawn.equation,
            ladder=_ladder(ladder),
            front=drawn.front,
            labels=[],
        )


@dataclass(frozen=True)
class _Drawn:
    """The costly parts of a latent's row."""

    equation: Markup
    front: figures.Figure | None

    @property
    def size(self) -> int:
        """Characters of HTML."""
        return len(self.equation) + (len(self.front.chart) if self.front else 0)


def _drawn(row: Mapping[str, object], front: pd.DataFrame | None, spent: int) -> _Drawn:
    """Return equation and front; the equation as text once the file's room is spent."""
    expression = str(row["expression"])
    if spent > EQUATION_BUDGET:
        return _Drawn(equation_text(expression), None)
    title = f"{row['variant']} latent {row['latent']}"
    own = None if front is None else front[front["seed"] == row["seed"]]
    figure = None if own is None else figures.front_figure(own, title)
    return _Drawn(equation(expression, _names(row["variables"])), figure)


def _ladder(fidelity: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Return the fidelity ladder of one latent: surrogate, R², interval, nodes."""
    rows = {row["surrogate"]: row for row in fidelity.to_dict("records")}
    return [
        (
            label,
            r2(_float(rows[name]["r2_test"])),
            f"{r2(_float(rows[name]['ci_low']))} to {r2(_float(rows[name]['ci_high']))}",
            number(_float(rows[name]["complexity"])),
        )
        for name, label in figures.SURROGATES.items()
        if name in rows
    ]


def _gain(fidelity: pd.DataFrame) -> float:
    """Return the formula's R² minus that of the sparse linear form of its size."""
    scores = fidelity.set_index("surrogate")["r2_test"]
    if not {"symbolic", "sparse_linear"} <= set(scores.index):
        return math.nan
    return float(scores["symbolic"] - scores["sparse_linear"])


def _charts(outputs: RunOutputs) -> dict[str, list[figures.Figure]]:
    """Return the charts of each section, only those that have data."""
    variants, importance = outputs.variants, outputs.frame("feature_importance")
    curves = outputs.frame("deletion_curves")
    drawn: dict[str, Sequence[figures.Figure | None]] = {
        "frontier": figures.frontier_figures(outputs.frame("frontier")),
        "fidelity": [figures.ladder_figure(outputs.frame("fidelity"))],
        "importance": [
            figures.importance_figure(importance, score, title) for score, title in SCORES.items()
        ],
        "deletion": [figures.deletion_figure(curves, name) for name in variants],
        "interactions": [
            figures.interaction_figure(outputs.frame("interactions"), name) for name in variants
        ],
        "reconstruction": [figures.reconstruction_figure(outputs.frame("training_metrics"), {})],
    }
    return {name: [entry for entry in made if entry] for name, made in drawn.items()}


def _sections(
    outputs: RunOutputs, charts: Mapping[str, Sequence[figures.Figure]]
) -> list[tuple[str, str]]:
    """Return anchors and names of the sections that are there."""
    there = {
        "headline": ("Headline", True),
        "frontier": ("Frontier", charts["frontier"]),
        "equations": ("Equations", len(outputs.frame("formulas"))),
        "importance": ("Importance", charts["importance"]),
        "redundancy": ("Redundancy", len(outputs.frame("redundancy"))),
        "interactions": ("Interactions", charts["interactions"]),
        "collapse": ("Collapse", outputs.object("collapse")),
        "reconstruction": ("Law", charts["reconstruction"]),
        "text": ("Words", len(outputs.frame("dimension_labels")) or outputs.object("task_probe")),
        "run": ("How it was made", True),
    }
    return [(anchor, name) for anchor, (name, exists) in there.items() if exists]


def _verdict_counts(outputs: RunOutputs) -> list[tuple[str, list[int]]]:
    """Return the number of features by verdict and variant."""
    redundancy = outputs.frame("redundancy")
    if redundancy.empty:
        return []
    single = redundancy[redundancy["kind"] != "group"]
    counts = single.groupby(["verdict", "variant"]).size()
    return [
        (verdict, [int(counts.get((verdict, name), 0)) for name in outputs.variants])
        for verdict in VERDICTS
    ]


def _collapse(outputs: RunOutputs) -> list[tuple[str, list[str]]]:
    """Return the findings on collapse: label, a text a variant."""
    found = outputs.object("collapse")
    columns = [found.get(name, {}) for name in outputs.variants]
    if not any(columns):
        return []
    return [
        (
            label,
            [_listed(facts.get(key)) if isinstance(facts, Mapping) else "" for facts in columns],
        )
        for key, label in COLLAPSE.items()
    ]


def _listed(value: object) -> str:
    """Return a number, or how many entries a list has and the first of them."""
    if not isinstance(value, list):
        return _shown(value)
    names = ["-".join(map(str, entry[:2])) if isinstance(entry, list) else entry for entry in value]
    more = ", ..." if len(names) > NAMED else ""
    return f"{len(names)}: {', '.join(map(str, names[:NAMED]))}{more}" if names else "none"


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return a frame as records, missing values as None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _flat(parameters: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield nested parameters as dotted names and texts."""
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)


def _made(results: Results) -> dict[str, list[tuple[str, str]]]:
    """Return seconds, seeds and versions."""
    groups = {"seconds": "seconds_", "seeds": "seed_", "versions": "version_"}
    return {
        title: [
            (key.removeprefix(prefix), number(value) if isinstance(value, float) else str(value))
            for key, value in results.items()
            if key.startswith(prefix)
        ]
        for title, prefix in groups.items()
    }


def _shown(value: object) -> str:
    """Return a number as people read it, nothing for what is missing."""
    return number(float(value)) if isinstance(value, int | float) else ""


def _float(value: object) -> float:
    """Return a number, NaN for what is none."""
    return float(value) if isinstance(value, int | float) else math.nan


def _names(value: object) -> tuple[str, ...]:
    """Return a list of names, empty for what is none."""
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
