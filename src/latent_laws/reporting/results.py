"""The results of a run: typed entries, and the claims that follow from them."""

from collections.abc import Mapping

from pydantic import Field

from latent_laws.reporting.claims import judge_all
from latent_laws.reporting.claims.evidence import ClaimRecord
from latent_laws.reporting.encoder_facts import encoder_result
from latent_laws.reporting.facts import EncoderResult, Facts, InputResult, LawResult, NullResult
from latent_laws.reporting.run_facts import (
    copied_test_rows,
    input_result,
    law_result,
    null_result,
    row_counts,
)
from latent_laws.reporting.saved import Saved
from latent_laws.strict import StrictModel


class Results(StrictModel):
    """What a run came to, the catalog's `results`.

    Attributes:
        title: Name of the data.
        rows: By split.
        n_features: Inputs of the encoders.
        encoders: By latent dim and variant.
        nulls: Of the search.
        law: Of the reconstruction error.
        inputs: Findings about the inputs alone.
        claims: Each with its verdict.
        versions: Of packages.
        seeds: By what they are for.
        seconds: By pipeline, of the runs that did the work; empty where nothing was timed.
    """

    title: str = ""
    rows: dict[str, int] = Field(default_factory=dict)
    n_features: int | None = None
    encoders: list[EncoderResult] = Field(default_factory=list)
    nulls: NullResult = NullResult()
    law: LawResult = LawResult()
    inputs: InputResult = InputResult()
    claims: list[ClaimRecord] = Field(default_factory=list)
    versions: dict[str, str] = Field(default_factory=dict)
    seeds: dict[str, int] = Field(default_factory=dict)
    seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def subjects(self) -> list[Facts]:
        """All that claims are made about."""
        return [*self.encoders, self.nulls, self.law, self.inputs]

    def encoder(self, name: str) -> EncoderResult:
        """Return the entry of one encoder."""
        return next(one for one in self.encoders if one.encoder == name)

    def judged(self) -> "Results":
        """Return the same results with the claims that follow from them."""
        return self.model_copy(update={"claims": judge_all(self.subjects)})


def summarise(
    saved: Saved,
    *,
    title: str = "",
    versions: Mapping[str, str] | None = None,
    seeds: Mapping[str, int] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> Results:
    """Draw the results from what a run saved, and judge its claims.

    Args:
        saved: The findings.
        title: Name of the data.
        versions: Of packages.
        seeds: By what they are for.
        seconds: By pipeline.
    """
    rows = row_counts(saved)
    known = {
        "n_features": len(saved.names) or None,
        "test_rows": rows.get("test"),
        "test_copies": copied_test_rows(saved),
    }
    return Results(
        title=title,
        rows=rows,
        n_features=known["n_features"],
        encoders=[encoder_result(saved, *one, known) for one in saved.encoders],
        nulls=null_result(saved),
        law=law_result(saved),
        inputs=input_result(saved),
        versions=dict(versions or {}),
        seeds=dict(seeds or {}),
        seconds=dict(seconds or {}),
    ).judged()
