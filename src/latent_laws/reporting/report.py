"""The report: one HTML file that opens offline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from latent_laws.reporting import figures
from latent_laws.reporting.claims import (
    Facts,
    Verdict,
    encoder_table,
    headline_claims,
    verdict_sentences,
)
from latent_laws.reporting.latents import latent_rows, records
from latent_laws.reporting.numbers import number, percent, r2
from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.results import Results
from latent_laws.reporting.sections import (
    collapse_rows,
    law_curve,
    law_parts,
    probe_rows,
    verdict_counts,
)

SCORES = {
    "importance": "Importance",
    "reconstruction_share": "Share of the reconstruction",
    "variance_share": "Share of the latents' variance",
    "excess_frequency": "Use by formulas, above chance",
}
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
            redundancy=records(outputs.frame("redundancy")),
            verdict_counts=verdict_counts(outputs),
            parameters=list(_flat(run.parameters or {})),
            sections=sections,
            anchors=[anchor for anchor, _ in sections],
            collapse=collapse_rows(outputs),
            laws=law_parts(outputs.object("reconstruction_law")),
            probe=probe_rows(outputs.object("task_probe")),
            labels=records(outputs.frame("dimension_labels")),
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
        "budget": [figures.budget_figure(outputs.frame("input_budget"), name) for name in variants],
        "reconstruction": [
            figures.reconstruction_figure(
                outputs.frame("training_metrics"), law_curve(outputs.object("reconstruction_law"))
            )
        ],
    }
    return {name: [entry for entry in made if entry] for name, made in drawn.items()}


def _sections(
    outputs: RunOutputs, charts: Mapping[str, Sequence[figures.Figure]]
) -> list[tuple[str, str]]:
    """Return anchors and names of the sections that are there."""
    probe = outputs.object("task_probe")
    there = {
        "headline": ("Headline", True),
        "frontier": ("Frontier", charts["frontier"]),
        "equations": ("Equations", len(outputs.frame("formulas"))),
        "importance": ("Importance", charts["importance"]),
        "redundancy": ("Redundancy", len(outputs.frame("redundancy"))),
        "interactions": ("Interactions", charts["interactions"]),
        "collapse": ("Collapse", outputs.object("collapse")),
        "reconstruction": ("Law", charts["reconstruction"]),
        "text": ("Words", len(outputs.frame("dimension_labels")) or probe_rows(probe)),
        "run": ("How it was made", True),
    }
    return [(anchor, name) for anchor, (name, exists) in there.items() if exists]


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
