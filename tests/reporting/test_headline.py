from io import StringIO

import pytest
from rich.console import Console

from latent_laws.reporting.claims import headline_claims
from latent_laws.reporting.headline import print_headline
from latent_laws.reporting.results import Results


def printed(results: Results, width: int, report: str | None = None) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=False)
    print_headline(results, report, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_and_holds_every_claim(covertype_results: Results, width: int) -> None:
    text = printed(covertype_results, width, "data/08_reporting/covertype/report.html")
    assert max(map(len, text.splitlines())) <= width
    words = text.split()
    for claim in headline_claims(covertype_results):
        assert claim.statement.split()[0] in words
    assert "report: data/08_reporting/covertype/report.html" in text
    assert "rotated" in text


def test_a_long_path_is_kept_whole(covertype_results: Results) -> None:
    path = "/".join(["folder"] * 20) + "/report.html"
    assert f"report: {path}" in printed(covertype_results, 80, path)


def test_markup_in_names_is_printed_as_it_is() -> None:
    results: Results = {"variants": ["standard"], "top_features_standard": ["[red]a[/red]", "[b"]}
    assert "[red]a[/red]" in printed(results, 120)


def test_empty_results_print_without_error() -> None:
    assert "results" in printed({}, 80)
