"""Claims that cannot be judged without their evidence.

A claim declares the numbers it needs. Its rule sees these and no others, and is asked only where
each of them was measured: with a half missing there is no way to a "yes".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from latent_laws.reporting.claims.thresholds import SMALL_TEST
from latent_laws.reporting.facts import Facts
from latent_laws.reporting.numbers import number
from latent_laws.strict import StrictModel

NO_DECODER = "that takes a decoder"


class Verdict(StrEnum):
    """Whether the check supports the claim."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_MEASURED = "not measured"


class Rows(StrEnum):
    """The rows on which a verdict is reached. It steers nothing: all choices are made before it."""

    TEST = "test rows"
    OTHERS = "training and validation rows"


class ClaimRecord(StrictModel):
    """A claim about one encoder, or about the run, with its verdict.

    Attributes:
        claim: Its key.
        topic: Part of the page that has the evidence.
        encoder: Whom it is about; empty for the run.
        statement: What is claimed.
        figure: What was found.
        check: What that is held against.
        verdict: Whether the check supports it.
        rule: What decides, in words.
        rows: On which rows.
    """

    claim: str
    topic: str
    encoder: str
    statement: str
    figure: str
    check: str
    verdict: Verdict
    rule: str
    rows: Rows


class Evidence:
    """The measured numbers that a claim declared, as attributes."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = dict(values)

    def __getattr__(self, name: str) -> float:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"the claim does not declare '{name}'") from None


@dataclass(frozen=True)
class Finding:
    """What a rule says: verdict, figure and check in words."""

    verdict: Verdict
    figure: str
    check: str


@dataclass(frozen=True)
class Claim:
    """A statement and the rule that decides it.

    Attributes:
        name: Its key.
        topic: Part of the page.
        about: Whose numbers it needs.
        statement: What is claimed.
        rule: What decides, in words.
        needs: Names of the numbers, all of which must be measured.
        judge: From the evidence to a finding.
        rows: On which its numbers were measured: an examination on test rows, or a finding.
        variants: Only of these variants; all where empty.
        lacking: What readers are told where a number is missing; its name where empty.
        nothing: What a "no" says where the first number is 0, so that there was nothing to measure.
        of_search: Not made about encoders that are formulas, of which it holds by construction;
            what they lose is held against the best dense network.
        silent: Left out, rather than called not measured, where the first number is not there.
    """

    name: str
    topic: str
    about: type[Facts]
    statement: str
    rule: str
    needs: tuple[str, ...]
    judge: Callable[[Evidence], Finding]
    rows: Rows = Rows.TEST
    variants: tuple[str, ...] = ()
    lacking: str = ""
    nothing: str = ""
    of_search: bool = False
    silent: bool = False

    def applies(self, subject: Facts) -> bool:
        """Tell whether the claim is made about this."""
        if not isinstance(subject, self.about):
            return False
        variant = getattr(subject, "variant", "")
        if (self.variants and variant not in self.variants) or (
            self.of_search and variant == "symbolic"
        ):
            return False
        return not self.silent or getattr(subject, self.needs[0]) is not None

    def of(self, subject: Facts) -> ClaimRecord:
        """Judge the claim about this."""
        values = {name: getattr(subject, name) for name in self.needs}
        missing = [name for name, value in values.items() if value is None]
        if self.nothing and values[self.needs[0]] == 0:
            found = Finding(Verdict.NO, self.nothing, "there was nothing to measure")
        else:
            found = self._not_measured(missing) if missing else self.judge(Evidence(values))
        examined = self.rows is Rows.TEST
        if examined and found.verdict is Verdict.YES and mostly_copies(subject):
            found = replace(found, verdict=Verdict.PARTLY)
        return ClaimRecord(
            claim=self.name,
            topic=self.topic,
            encoder=getattr(subject, "encoder", ""),
            statement=self.statement,
            figure=found.figure,
            check=found.check + (_weak_test(subject) if examined else ""),
            verdict=found.verdict,
            rule=self.rule,
            rows=self.rows,
        )

    def _not_measured(self, missing: list[str]) -> Finding:
        names = ", ".join(name.replace("fvu_", "loss ").replace("_", " ") for name in missing)
        return Finding(Verdict.NOT_MEASURED, "", self.lacking or f"missing: {names}")


def graded(value: float, good: float, fair: float) -> Verdict:
    """Return the verdict on a value that should be high."""
    if value >= good:
        return Verdict.YES
    return Verdict.PARTLY if value >= fair else Verdict.NO


def mostly_copies(subject: Facts) -> bool:
    """Tell whether most test rows stand among the others, too: they examine nothing."""
    copies, rows = getattr(subject, "test_copies", None), getattr(subject, "test_rows", None)
    return copies is not None and rows is not None and copies > rows / 2


def _weak_test(subject: Facts) -> str:
    """Say what a reader of figures on test rows has to know."""
    rows = getattr(subject, "test_rows", None)
    said = f" (only {number(rows)} test rows)" if rows is not None and rows < SMALL_TEST else ""
    if mostly_copies(subject):
        copies = getattr(subject, "test_copies", None)
        said += f" ({number(copies)} of {number(rows)} test rows are copies of others)"
    return said
