"""What a run claims, each claim with the figure and the check that decide whether it holds."""

from collections.abc import Sequence

from latent_laws.reporting.claims import formulas, inputs, law, text
from latent_laws.reporting.claims.evidence import ClaimRecord
from latent_laws.reporting.facts import Facts

CLAIMS = (*formulas.CLAIMS, *inputs.CLAIMS, *text.CLAIMS, *law.CLAIMS)


def judge_all(subjects: Sequence[Facts]) -> list[ClaimRecord]:
    """Judge every claim about everything that it is about, claim by claim.

    Args:
        subjects: Encoders, and what is known of the run.
    """
    return [claim.of(one) for claim in CLAIMS for one in subjects if claim.applies(one)]
