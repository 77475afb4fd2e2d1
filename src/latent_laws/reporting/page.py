"""The page: rendered from saved findings alone, in seconds."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from latent_laws.reporting import figures, tables
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.numbers import number, percent, r2
from latent_laws.reporting.page_data import AT_ONCE, Pages
from latent_laws.reporting.results import Results, summarise
from latent_laws.reporting.saved import Saved
from latent_laws.reporting.sentences import (
    VARIANTS,
    law_use,
    lead,
    loss_law,
    main_encoder,
    opening,
    sum_rules,
)
from latent_laws.tasks import TaskOptions

Drawn = Mapping[str, go.Figure]


@dataclass(frozen=True)
class RunDetails:
    """What the page says about the run beside its findings.

    Attributes:
        credit: Where the data come from, and their licence.
        parameters: As nested in the configuration.
    """

    credit: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def render(
    saved: Saved,
    results: Results | None = None,
    details: RunDetails | None = None,
    drawn: Drawn | None = None,
    tasks: TaskOptions = AT_ONCE,
) -> str:
    """Render the page.

    Args:
        saved: The findings; what is missing is left out of the page.
        results: What `summarise` made of them; drawn from them where left out.
        details: Of the run.
        drawn: Figures of the run and of its main encoder that are there already, by name.
        tasks: Where what was written of formulas is kept.

    Returns:
        HTML that needs no network.
    """
    results = results or summarise(saved)
    details = details or RunDetails()
    environment = Environment(
        loader=PackageLoader("latent_laws.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent, "r2": r2}
    return environment.get_template("report.html.j2").render(
        results=results,
        details=details,
        main=main_encoder(results) if results.encoders else None,
        sentences=_sentences(results),
        loss_law=loss_law(results.law),
        sum_rules=sum_rules(saved),
        law_use={one.encoder: law_use(saved, one.encoder) for one in results.encoders},
        variants={name: VARIANTS[name] for name in _variants(results) if name in VARIANTS},
        has_units=Pages(saved).has_units,
        tables=_tables(saved, results),
        plotly=packed(get_plotlyjs()),
        data=packed(json.dumps(page_data(saved, results, drawn, tasks), allow_nan=False)),
        parameters=json.dumps(details.parameters, indent=1, ensure_ascii=False),
    )


def page_data(
    saved: Saved, results: Results, drawn: Drawn | None = None, tasks: TaskOptions = AT_ONCE
) -> dict[str, Any]:
    """Return what the script of the page draws from."""
    pages, drawn = Pages(saved, tasks), drawn or {}
    main = main_encoder(results).encoder if results.encoders else None
    written = pages.encoders(results.encoders)
    encoders = {
        one.encoder: {
            **written[one.encoder],
            "opening": _opening(results, one),
            "figures": _encoder_figures(saved, one, drawn if one.encoder == main else {}),
        }
        for one in results.encoders
    }
    return {
        "encoders": encoders,
        "inputs": pages.inputs(encoders),
        "classes": pages.classes,
        "groups": pages.groups,
        "palette": figures.PALETTE,
        "figures": {
            name: _plain(drawn.get(name) or make(saved))
            for name, make in figures.OF_THE_RUN.items()
        },
    }


def packed(text: str) -> str:
    """Return a text compressed, in base64; the page unpacks it."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _encoder_figures(saved: Saved, one: EncoderResult, drawn: Drawn) -> dict[str, Any]:
    return {
        name: _plain(drawn.get(name) or make(saved, one.encoder))
        for name, make in figures.OF_AN_ENCODER.items()
    }


def _plain(figure: go.Figure) -> Any:
    return json.loads(figure.to_json())


def _variants(results: Results) -> list[str]:
    return list(dict.fromkeys(one.variant for one in results.encoders))


def _sentences(results: Results) -> list[str]:
    """Return one sentence a latent dim."""
    return [lead(results, dim) for dim in sorted({one.latent_dim for one in results.encoders})]


def _opening(results: Results, one: EncoderResult) -> str:
    """Return the first sentences about an encoder, without what the head of the page says."""
    said = opening(results, one)
    for sentence in _sentences(results):
        said = said.replace(sentence, "")
    return said.strip()


def _tables(saved: Saved, results: Results) -> dict[str, list[tables.Table]]:
    """Return the tables of the page that have rows, by what they are about."""
    of_the_run = {
        "encoders": tables.encoders(results.encoders),
        "laws": tables.input_laws(saved),
        "needed": tables.latents_needed(saved),
        "late": tables.late_variables(saved),
    }
    of_an_encoder = {
        "inputs": tables.inputs,
        "pairs": tables.pairs,
        "decoder": tables.decoder_laws,
        "both_ways": tables.both_ways,
        "words": tables.word_laws,
        "ends": tables.ends,
    }
    names = [one.encoder for one in results.encoders]
    return {name: [table] if table.rows else [] for name, table in of_the_run.items()} | {
        name: [table for table in (make(saved, one) for one in names) if table.rows]
        for name, make in of_an_encoder.items()
    }
