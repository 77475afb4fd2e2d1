"""The page: rendered from saved findings alone, in seconds."""

import base64
import gzip
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from latent_laws.formulas.formula import Formula
from latent_laws.reporting import figures
from latent_laws.reporting.claims.thresholds import IS_MATRIX
from latent_laws.reporting.equations import equation
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.numbers import number, percent, r2
from latent_laws.reporting.page_data import Pages
from latent_laws.reporting.results import Results, summarise
from latent_laws.reporting.saved import Saved
from latent_laws.reporting.sentences import best_of_dim, kept, main_encoder, opening


@dataclass(frozen=True)
class RunDetails:
    """What the page says about the run beside its findings.

    Attributes:
        credit: Where the data come from, and their licence.
        parameters: As nested in the configuration.
    """

    credit: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def render(saved: Saved, results: Results | None = None, details: RunDetails | None = None) -> str:
    """Render the page.

    Args:
        saved: The findings; what is missing is left out of the page.
        results: What `summarise` made of them; drawn from them where left out.
        details: Of the run.

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
        laws=_laws(saved),
        words=_words(saved),
        plotly=packed(get_plotlyjs()),
        data=packed(json.dumps(page_data(saved, results), allow_nan=False)),
        parameters=json.dumps(details.parameters, indent=1, ensure_ascii=False),
    )


def page_data(saved: Saved, results: Results) -> dict[str, Any]:
    """Return what the script of the page draws from."""
    pages = Pages(saved)
    return {
        "encoders": {
            one.encoder: {
                **pages.encoder(one),
                "name": one.encoder,
                "opening": opening(results, one),
                "figures": _encoder_figures(saved, one),
            }
            for one in results.encoders
        },
        "inputs": pages.inputs() if results.encoders else [],
        "isMatrix": IS_MATRIX,
        "figures": {
            name: _plain(make(saved))
            for name, make in (
                ("frontier", figures.frontier),
                ("loss", figures.loss_by_dim),
                ("linearity", figures.linearity),
                ("laws", figures.input_laws),
            )
        },
    }


def packed(text: str) -> str:
    """Return a text compressed, in base64; the page unpacks it."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _encoder_figures(saved: Saved, one: EncoderResult) -> dict[str, Any]:
    made = {
        "fidelity": figures.fidelity,
        "importance": figures.importance,
        "deletion": figures.deletion,
    }
    return {name: _plain(make(saved, one.encoder)) for name, make in made.items()}


def _plain(figure: go.Figure) -> Any:
    return json.loads(figure.to_json())


def _sentences(results: Results) -> list[str]:
    """Return one sentence a latent dim, about the encoder that is easiest to read."""
    dims = sorted({one.latent_dim for one in results.encoders})
    return [kept(best_of_dim(results, dim)) for dim in dims]


def _laws(saved: Saved) -> list[dict[Hashable, Any]]:
    """Return the laws between inputs, best first, typeset."""
    names = saved.frame("feature_info").get("feature", pd.Series(dtype=str)).tolist()
    best = saved.input_laws
    best = best.drop_duplicates("feature") if len(best) else best
    return [
        {**dict(row), "math": equation(Formula.parse(row["expression"], names))}
        for row in best.to_dict("records")
    ]


def _words(saved: Saved) -> list[dict[Hashable, Any]]:
    """Return the words at both ends of each latent of a text."""
    labels = saved.frame("dimension_labels")
    if "kind" not in labels:
        return []
    return labels[labels["kind"] == "latent"].to_dict("records")
