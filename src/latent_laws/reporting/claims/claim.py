"""What a claim is, and how its verdict is reached."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from latent_laws.reporting.results import Results

READABLE = ("rotated", "distillable", "standard")
GOOD_R2, FAIR_R2 = 0.9, 0.5
GOOD_AGREEMENT, FAIR_AGREEMENT = 0.7, 0.4
FVU_POINT = 0.01


class Verdict(StrEnum):
    """Whether a check supports its claim; `reported` where no check can fail."""

    HOLDS = "holds"
    PARTLY = "partly"
    FAILS = "fails"
    REPORTED = "reported"


@dataclass(frozen=True)
class Claim:
    """One line of the headline.

    Attributes:
        topic: Section of the report that has the evidence.
        statement: The claim as a short phrase.
        figure: The number that was found.
        check: What it is held against.
        verdict: Whether the check supports the claim.
        rule: What decides the verdict, in words.
    """

    topic: str
    statement: str
    figure: str
    check: str
    verdict: Verdict
    rule: str = ""


class Facts:
    """Results by key, with what is missing as NaN, 0 or an empty list."""

    def __init__(self, results: Results):
        """Wrap the results of `summarise`."""
        self._results = results

    def __contains__(self, key: str) -> bool:
        """Tell whether a key is there."""
        return key in self._results

    def number(self, key: str) -> float:
        """Return a number, NaN if it is missing."""
        value = self._results.get(key)
        return float(value) if isinstance(value, int | float) else math.nan

    def count(self, key: str) -> int:
        """Return a whole number, 0 if it is missing."""
        value = self._results.get(key)
        return int(value) if isinstance(value, int | float) else 0

    def names(self, key: str) -> list[str]:
        """Return a list of strings, empty if it is missing."""
        value = self._results.get(key)
        return value if isinstance(value, list) else []

    def text(self, key: str) -> str:
        """Return a string, empty if it is missing."""
        value = self._results.get(key)
        return value if isinstance(value, str) else ""

    def main_variant(self) -> str:
        """Return the variant that is easiest to read among the distilled ones."""
        names = self.names("variants")
        return next((name for name in READABLE if name in names), names[0] if names else "")


def graded(value: float, good: float, fair: float) -> Verdict:
    """Return the verdict of a value that should be high."""
    if value >= good:
        return Verdict.HOLDS
    return Verdict.PARTLY if value >= fair else Verdict.FAILS


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on a claim about several variants: partly where they differ."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else Verdict.PARTLY


def by_variant(facts: Facts, key: str) -> dict[str, float]:
    """Return a number for each variant that has it."""
    known = {name: facts.number(f"{key}_{name}") for name in facts.names("variants")}
    return {name: value for name, value in known.items() if math.isfinite(value)}


def listed(facts: Facts, values: Mapping[str, float], show: Callable[[float], str]) -> str:
    """Return values of variants: with slashes in the order of all variants, else by name."""
    order = facts.names("variants")
    if len(order) > 1 and set(values) == set(order):
        return " / ".join(show(values[name]) for name in order)
    return ", ".join(f"{show(value)} {name}" for name, value in values.items())
