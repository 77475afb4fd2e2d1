"""Claims about the reconstruction law."""

import math
from collections.abc import Iterator

from latent_laws.formulas.formula import Formula
from latent_laws.reporting.claims.claim import FAIR_R2, Claim, Facts, Verdict, graded
from latent_laws.reporting.numbers import percent, r2

CEILING_SHARE = 0.9
RESAMPLES = 0.95
CLOSE = 0.25


def law(facts: Facts) -> Iterator[Claim]:
    """Claim that a law predicts the error at latent dims it has not seen."""
    name = _with_law(facts)
    if not name:
        return
    own, relative = (facts.number(f"law_{kind}_{name}") for kind in ("error", "relative_error"))
    rounded = Formula.parse(facts.text(f"law_{name}"), ["latent_dim"]).round(3).expression
    others = {
        other: facts.number(f"law_error_{other}_{name}") for other in ("power_law", "exponential")
    }
    spectrum = facts.number(f"law_error_scaled_pca_spectrum_{name}")
    # no law in the latent dim, but what a reader would guess the error from
    guess = f", PCA's own loss, rescaled, {spectrum:.3f}" if math.isfinite(spectrum) else ""
    beaten = sum(own < error for error in others.values())
    close = beaten == len(others) and relative <= CLOSE
    partly = Verdict.PARTLY if beaten else Verdict.FAILS
    yield Claim(
        "reconstruction",
        "A law gives the loss at latent dims it has not seen",
        f"FVU = {rounded}, off by {percent(relative)} in the median ({name})",
        f"error of log10 FVU {own:.3f}, power law {others['power_law']:.3f}, "
        f"exponential {others['exponential']:.3f}{guess}",
        Verdict.HOLDS if close else partly,
        f"on left-out latent dims a smaller error than power law and exponential, and at most "
        f"{CLOSE:.0%} off in the median (partly: one of these)",
    )


def feature_law(facts: Facts) -> Iterator[Claim]:
    """Claim that a law predicts the error of single features."""
    name = _with_law(facts)
    score, ceiling = (facts.number(f"feature_law_{key}_{name}") for key in ("r2", "ceiling"))
    if not math.isfinite(score):
        return
    yield Claim(
        "reconstruction",
        "One law gives the error of every input",
        f"R² {r2(score)} of log FVU on latent dims left out",
        f"gradient boosting reaches {r2(ceiling)}",
        graded(score, CEILING_SHARE * ceiling, FAIR_R2 * ceiling),
        f"at least {CEILING_SHARE} of what gradient boosting reaches (partly: half of it)",
    )


def returns(facts: Facts) -> Iterator[Claim]:
    """Claim that returns diminish."""
    name = _with_law(facts)
    share = facts.number(f"returns_shrink_share_{name}")
    if not math.isfinite(share):
        return
    ends = [facts.number(f"knee_{end}_{name}") for end in ("low", "high")]
    interval = f" ({ends[0]:.0f} to {ends[1]:.0f})" if all(map(math.isfinite, ends)) else ""
    knee = facts.number(f"knee_{name}")
    found = f"knee at {knee:.0f} latents{interval}" if math.isfinite(knee) else "no knee"
    yield Claim(
        "reconstruction",
        "Each further latent is worth less than the one before",
        f"{found} ({name})",
        f"so in {percent(share)} of bootstrap resamples",
        graded(share, RESAMPLES, FAIR_R2),
        f"in at least {RESAMPLES:.0%} of resamples of features and trainings (partly: in half)",
    )


def _with_law(facts: Facts) -> str:
    """Return the first variant that has a law."""
    return next((name for name in facts.names("variants") if f"law_{name}" in facts), "")
