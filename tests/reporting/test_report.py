import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from latent_laws.reporting import latents
from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.report import RunDetails, render_report
from latent_laws.reporting.results import summarise
from tests.reporting.synthetic_run import COVERTYPE, datasets

VOID = {"meta", "input", "br", "link", "img", "hr"}
HOSTILE = '<script>alert("1")</script>&'


class Outline(HTMLParser):
    """Checks that elements nest, and notes ids, links and text."""

    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.references: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        given = dict(attrs)
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        self.references += [str(given[name]) for name in ("href", "src") if given.get(name)]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["covertype_report", "text_report"])
def test_the_page_is_whole_and_stands_alone(name: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(name)
    outline = Outline(page)
    assert len(page.encode()) < 5_000_000
    assert set(outline.ids.values()) == {1}
    assert all(ref.startswith("#") and ref[1:] in outline.ids for ref in outline.references)
    assert "url(" not in page
    assert "http://" not in re.sub(r'xmlns="[^"]*"', "", page)


def test_every_latent_has_its_equation(covertype_report: str) -> None:
    outline = Outline(covertype_report)
    assert sum(key.startswith("latent-") for key in outline.ids) == 96
    assert outline.tags["math"] >= 96
    assert covertype_report.count("Fidelity ladder</caption>") == 96


def test_claims_and_run_details_are_there(covertype_report: str) -> None:
    for words in ("Should you believe", "UCI Covertype, Blackard", "latent_dims", "2.13.0"):
        assert words in covertype_report


def test_sections_without_data_are_left_out() -> None:
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    kept = {name: made[name] for name in ("feature_info", "formulas", "fidelity")}
    outputs = RunOutputs(**kept)
    page = render_report(outputs, summarise(outputs), RunDetails())
    outline = Outline(page)
    assert {"headline", "equations", "run"} <= set(outline.ids)
    assert not {"frontier", "importance", "redundancy", "interactions", "text"} & set(outline.ids)
    assert all(ref[1:] in outline.ids for ref in outline.references)


def test_a_probe_that_did_not_apply_makes_no_section() -> None:
    probe = {"applicable": False, "reason": "the records have no texts"}
    page = render_report(RunOutputs(task_probe=probe), {}, RunDetails())
    assert 'href="#text"' not in page


def test_an_empty_run_still_makes_a_page() -> None:
    assert "Latent Laws" in render_report(RunOutputs(), {}, RunDetails())


def test_text_from_data_is_escaped() -> None:
    features = (HOSTILE, *COVERTYPE[:11])
    outputs = RunOutputs(**datasets(features, 2, ("standard",), dims=(2,)))
    details = RunDetails(title=HOSTILE, parameters={HOSTILE: HOSTILE}, credit=HOSTILE)
    page = render_report(outputs, summarise(outputs, dataset=HOSTILE), details)
    assert HOSTILE not in page
    assert page.count("<script>") == 1
    Outline(page)


def test_a_huge_run_keeps_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = RunOutputs(**datasets(COVERTYPE[:12], 4, ("standard",), dims=(4,)))
    whole = render_report(outputs, summarise(outputs), RunDetails())
    monkeypatch.setattr(latents, "EQUATION_BUDGET", 1000)
    cut = render_report(outputs, summarise(outputs), RunDetails())
    assert len(cut) < len(whole)
    assert "<code>" in cut
    assert Outline(cut).ids["latent-standard-3"] == 1
