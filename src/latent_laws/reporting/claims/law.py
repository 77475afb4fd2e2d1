"""Claims about the reconstruction law."""

import math
from collections.abc import Iterator

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.claims.claim import FAIR_R2, Claim, Facts, Verdict, graded
from latent_laws.reporting.numbers import percent

BASELINES = ("power_law", "exponential", "scaled_pca_spectrum")
LAW_R2 = 0.8
RESAMPLES = 0.95


def law(facts: Facts) -> Iterator[Claim]:
    """Claim that a law predicts the error at latent dims it has not seen."""
    name = _with_law(facts)
    if not name:
        return
    own, score, pca = (facts.number(f"law_{kind}_{name}") for kind in ("error", "r2", "error_pca"))
    errors = {other: facts.number(f"law_error_{other}_{name}") for other in BASELINES}
    better = [other for other, error in errors.items() if not own < error]
    holds = not better and score >= LAW_R2 and own < pca
    rounded = Formula.parse(facts.text(f"law_{name}"), ["latent_dim"]).round(3).expression
    shown = ", ".join(f"{other.replace('_', ' ')} {error:.3f}" for other, error in errors.items())
    yield Claim(
        "reconstruction",
        "A law gives the loss at latent dims it has not seen",
        f"FVU = {rounded}, off by "
        f"{percent(facts.number(f'law_relative_error_{name}'))} in the median ({name})",
        f"error of log10 FVU {own:.3f}, {shown}; the same search on PCA's own loss {pca:.3f}",
        Verdict.HOLDS if holds else Verdict.FAILS,
        f"on left-out latent dims R² of log FVU at least {LAW_R2}, a smaller error than each "
        "baseline, and than the same search has on PCA's loss",
    )


def returns(facts: Facts) -> Iterator[Claim]:
    """Claim that returns diminish."""
    name = _with_law(facts)
    share, null = (facts.number(f"returns_{kind}_share_{name}") for kind in ("shrink", "null"))
    if not math.isfinite(share):
        return
    yield Claim(
        "reconstruction",
        "Each further latent is worth less than the one before",
        f"so in {percent(share)} of bootstrap resamples ({name})",
        f"a straight line with the same scatter: {percent(null)}",
        graded(share, RESAMPLES, FAIR_R2) if null <= 1 - RESAMPLES else Verdict.FAILS,
        f"in at least {RESAMPLES:.0%} of resamples of variables and trainings (partly: in half), "
        f"and in at most {1 - RESAMPLES:.0%} for a straight line",
    )


def _with_law(facts: Facts) -> str:
    """Return the first variant that has a law."""
    return next((name for name in facts.names("variants") if f"law_{name}" in facts), "")
