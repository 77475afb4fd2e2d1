"""Reviews are quoted on pages alone, from the data at run time: none is part of the repository."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from latent_laws.datasets.reviews import PackagedReviewsDataset
from tests.builders import ROOT

WORDS = 7  # a quotation of 13 words holds seven that a review counts together
COUNTING = ("one", "two", "three", "four", "five", "six", "seven")
FOLDERS = ("src", "tests", "docs", "notebooks", "conf")
TEXTS = {".py", ".md", ".ipynb", ".yml", ".j2", ".js", ".css", ".json", ".csv", ".txt", ".svg"}


@pytest.fixture(scope="module")
def reviews() -> list[str]:
    return [str(text) for text in PackagedReviewsDataset().load()["text"]]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def runs(text: str, step: int = 1) -> Iterator[tuple[str, ...]]:
    said = words(text)
    return (tuple(said[i : i + WORDS]) for i in range(0, len(said) - WORDS + 1, step))


def quoted(texts: Iterable[str], reviews: Iterable[str]) -> set[tuple[str, ...]]:
    """Return the runs of words of some texts that reviews have too."""
    own = {run for text in texts for run in runs(text)}
    return {run for review in reviews for run in runs(review, WORDS) if run in own}


def files() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    return [ROOT / "README.md", *(path for path in found if path.suffix in TEXTS)]


def test_no_file_quotes_a_review(reviews: list[str]) -> None:
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files()]
    assert len(texts) > 300
    assert quoted(texts, reviews) <= {COUNTING}


def test_a_quotation_would_be_found(reviews: list[str]) -> None:
    said = reviews[3].split()
    assert quoted([" ".join(said[11:30])], reviews)
