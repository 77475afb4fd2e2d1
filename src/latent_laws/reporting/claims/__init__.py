"""What a run claims, each claim beside its check."""

from latent_laws.reporting.claims.claim import Claim, Facts, Verdict
from latent_laws.reporting.claims.headline import encoder_table, headline_claims, verdict_sentences

__all__ = [
    "Claim",
    "Facts",
    "Verdict",
    "encoder_table",
    "headline_claims",
    "verdict_sentences",
]
