"""The headline on the terminal."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from latent_laws.reporting.claims import (
    Claim,
    Facts,
    Verdict,
    encoder_table,
    headline_claims,
)
from latent_laws.reporting.results import Results

SIGNS = {
    Verdict.HOLDS: ("yes", "green"),
    Verdict.PARTLY: ("partly", "yellow"),
    Verdict.FAILS: ("no", "red"),
    Verdict.REPORTED: ("", ""),
}


def print_headline(
    results: Results, report: Path | str | None = None, console: Console | None = None
) -> None:
    """Print claims, figures and checks, and where the report lies.

    Args:
        results: What `summarise` returned.
        report: Path of the report, if one was written.
        console: Where to print; the terminal by default.
    """
    screen = console or Console()
    screen.print(headline_table(results))
    if report is not None:
        screen.print(Text(f"report: {report}"), soft_wrap=True)


def headline_table(results: Results) -> RenderableType:
    """Return the headline as something rich can print, see `print_headline`."""
    return Group(_encoders(results), _claims(results), *_footer(Facts(results)))


def _encoders(results: Results) -> Table:
    """Return the table of the distilled encoders."""
    facts = Facts(results)
    title = f"Latent Laws: {facts.text('dataset') or 'results'}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("test split, medians over latents")
    for variant in facts.names("variants"):
        table.add_column(variant, justify="right")
    for label, values in encoder_table(results):
        table.add_row(label, *values)
    return table


def _claims(results: Results) -> Table:
    """Return the table of claims."""
    order = Facts(results).names("variants")
    note = f"a / b: {' / '.join(order)}" if len(order) > 1 else None
    table = Table(box=SIMPLE_HEAD, pad_edge=False, caption=note, caption_justify="left")
    for name, ratio in (("claim", 4), ("found", 4), ("held against", 5)):
        table.add_column(name, ratio=ratio, overflow="fold")
    table.add_column("holds", no_wrap=True)
    for claim in headline_claims(results):
        table.add_row(*_row(claim))
    return table


def _row(claim: Claim) -> list[Text]:
    """Return the cells of a claim; text is never read as markup."""
    sign, colour = SIGNS[claim.verdict]
    cells = [Text(part) for part in (claim.statement, claim.figure, claim.check)]
    return [*cells, Text(sign, style=colour)]


def _footer(facts: Facts) -> list[Text]:
    """Return the line under the tables."""
    if "seconds_total" not in facts:
        return []
    return [Text(f"took {facts.number('seconds_total'):.0f} s", style="dim")]
