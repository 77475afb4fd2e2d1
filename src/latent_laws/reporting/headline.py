"""The headline on the terminal: 100 columns, 30 lines."""

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from latent_laws.reporting.claims.evidence import ClaimRecord, Verdict
from latent_laws.reporting.numbers import NARROW, number, percent, r2
from latent_laws.reporting.results import Results
from latent_laws.reporting.sentences import main_encoder, opening

WIDTH = 100
COLOURS = {Verdict.YES: "green", Verdict.PARTLY: "yellow", Verdict.NO: "red"}
COLUMNS = (
    ("network", "fvu_network", percent),
    ("PCA", "fvu_pca", percent),
    ("formulas", "fvu_formulas", percent),
    ("tuned", "fvu_tuned", percent),
    ("R² median", "r2_median", r2),
    ("worst", "r2_worst", r2),
    ("linearity", "linearity", r2),
    ("nodes", "nodes", number),
)
LINES = 30
GAP = 3  # between the columns of a table
# lines are few: these claims are the first to be left out
LAST = ("tuned", "trainings", "basis", "nonlinear", "returns", "stability", "collapse")


def print_headline(
    results: Results, report: Path | str | None = None, console: Console | None = None
) -> None:
    """Print encoders, claims with their verdicts, and where the report lies.

    Args:
        results: What `summarise` returned.
        report: Path of the report, if one was written.
        console: Where to print; the terminal by default.
    """
    terminal = Console()
    width = min(WIDTH, terminal.width) if terminal.is_terminal else WIDTH
    screen = console or Console(width=width)
    rows = ", ".join(f"{count:,} {split}" for split, count in results.rows.items())
    title = Text(f"Latent Laws: {results.title} ({rows} rows)", style="bold")
    said = Text(opening(results, main_encoder(results)) if results.encoders else "")
    screen.print(title)
    screen.print(_encoders(results))
    if said:
        screen.print(said)
    sentences = sum(len(one.wrap(screen, screen.width)) for one in (title, said) if one)
    # headings and encoders, what is left out, the report
    room = max(LINES - (sentences + 1 + len(results.encoders) + 1 + 1), 0)
    names = list(dict.fromkeys(one.claim for one in results.claims))
    left = sorted(names, key=LAST.__contains__)[room:]
    screen.print(_claims(results, [name for name in names if name not in left], screen.width))
    if left:
        holds = sum(verdict_of(_own(results, name)) is Verdict.YES for name in left)
        screen.print(Text(f"in the report: {len(left)} more claims, {holds} of which hold"))
    if report is not None:
        screen.print(Text(f"report: {report}"), soft_wrap=True)


def _encoders(results: Results) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("variance lost by", no_wrap=True)
    for heading, _, _ in COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in results.encoders:
        table.add_row(one.encoder, *(show(getattr(one, name)) for _, name, show in COLUMNS))
    return table


def _own(results: Results, claim: str) -> list[ClaimRecord]:
    return [record for record in results.claims if record.claim == claim]


def _claims(results: Results, names: Sequence[str], width: int) -> Table:
    """Return one line a claim: its verdict over all encoders, the figure of the main one."""
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False, show_edge=False)
    widths = len(Verdict.NOT_MEASURED), max(len(one.statement) for one in results.claims)
    for least in (*widths, None):
        table.add_column(min_width=least, no_wrap=True)
    room = width - sum(widths) - 2 * GAP
    main = main_encoder(results).encoder if results.encoders else ""
    for name in names:
        own = _own(results, name)
        # the main encoder, or where nothing is claimed of it the last of its latent dim
        own_dim = [one for one in own if one.encoder.rpartition("-")[2] == main.rpartition("-")[2]]
        shown = next((one for one in own if one.encoder in (main, "")), [own[0], *own_dim][-1])
        style = COLOURS.get(verdict_of(own), "dim")
        figure = Text(shown.figure.replace(NARROW, " "))
        figure.truncate(room, overflow="ellipsis")
        table.add_row(Text(tally(own), style=style), shown.statement, figure)
    return table


def verdict_of(records: Sequence[ClaimRecord]) -> Verdict:
    """Return the verdict on a claim about several encoders: partly where some hold."""
    found = {record.verdict for record in records}
    if len(found) == 1:
        return found.pop()
    return Verdict.PARTLY if found & {Verdict.YES, Verdict.PARTLY} else Verdict.NO


def tally(records: Sequence[ClaimRecord]) -> str:
    """Return the verdict of a claim in words: `yes`, or `2 of 3 yes` where encoders differ."""
    yes = sum(record.verdict is Verdict.YES for record in records)
    if 0 < yes < len(records):
        return f"{yes} of {len(records)} yes"
    return str(verdict_of(records))
