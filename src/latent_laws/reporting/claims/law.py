"""Claims about the reconstruction law."""

from latent_laws.findings.reconstruction_law import FEWEST_DIMS
from latent_laws.reporting.claims import thresholds as t
from latent_laws.reporting.claims.evidence import Claim, Evidence, Finding, Verdict, graded
from latent_laws.reporting.facts import LawResult
from latent_laws.reporting.numbers import percent, r2

_FEW = f"a curve takes at least {FEWEST_DIMS} trained latent dims below the table's rank"


def _law(e: Evidence) -> Finding:
    baselines = (e.rmse_power_law, e.rmse_exponential, e.rmse_pca)
    best = min(*baselines, e.rmse_on_pca)
    verdict = graded(-e.rmse, -best * (1 - t.LEVEL), -best)
    if e.r2 < t.LAW_R2 or e.rmse >= best:
        verdict = Verdict.NO
    figure = f"R² {r2(e.r2)}, off by {e.rmse:.3f} in log10 FVU"
    check = (
        f"power law {e.rmse_power_law:.3f}, exponential {e.rmse_exponential:.3f}, PCA's spectrum "
        f"rescaled {e.rmse_pca:.3f}; the same forms on PCA's own loss {e.rmse_on_pca:.3f}"
    )
    return Finding(verdict, figure, check)


def _returns(e: Evidence) -> Finding:
    check = f"a straight line with the same scatter: {percent(e.shrink_null)}"
    verdict = graded(e.shrink_share, t.RESAMPLES, t.FAIR_R2)
    if e.shrink_null > 1 - t.RESAMPLES:
        verdict = Verdict.NO
    return Finding(verdict, f"in {percent(e.shrink_share)} of resamples", check)


CLAIMS = (
    Claim(
        "law",
        "law",
        LawResult,
        "A law gives the loss by latent dim",
        f"on left-out latent dims R² at least {t.LAW_R2}, and an error {t.LEVEL:.0%} smaller "
        "(partly: smaller) than of power law, exponential, PCA's rescaled spectrum, and the same "
        "forms on PCA's own loss",
        ("r2", "rmse", "rmse_power_law", "rmse_exponential", "rmse_pca", "rmse_on_pca"),
        _law,
        lacking=_FEW,
    ),
    Claim(
        "returns",
        "law",
        LawResult,
        "Each further latent is worth less",
        f"in at least {t.RESAMPLES:.0%} of resamples (partly: half), and in at most "
        f"{1 - t.RESAMPLES:.0%} for a straight line",
        ("shrink_share", "shrink_null"),
        _returns,
        lacking=_FEW,
    ),
)
