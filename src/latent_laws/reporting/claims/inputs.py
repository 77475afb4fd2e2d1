"""Claims about inputs and latents."""

import math
from collections.abc import Iterator

from latent_laws.reporting.claims.claim import (
    FAIR_AGREEMENT,
    FVU_POINT,
    GOOD_AGREEMENT,
    Claim,
    Facts,
    Verdict,
    all_of,
    by_variant,
    graded,
    listed,
)
from latent_laws.reporting.numbers import points

CLOSE = 0.95
NAMED = 3


def importance(facts: Facts) -> Iterator[Claim]:
    """Claim which inputs matter, and that deleting them hurts most."""
    name = facts.main_variant()
    top = facts.names(f"top_features_{name}")
    if not top:
        return
    best = facts.text(f"deletion_best_{name}")
    own = facts.number(f"deletion_score_importance_{name}")
    other = facts.number(f"deletion_score_{best}_{name}")
    verdict = Verdict.HOLDS if best == "importance" else graded(own, math.inf, CLOSE * other)
    found = f"{best.replace('_', ' ')} ({other:.3g})" if best else "not tested"
    yield Claim(
        "importance",
        f"Most important: {', '.join(top[:3])}",
        f"{facts.count(f'features_above_null_{name}')} inputs above the null ({name})",
        f"deletes best: {found}; this ranking {own:.3g}",
        verdict if best else Verdict.REPORTED,
        "no other ranking has a higher deletion score (partly: within 5 % of the best)",
    )


def basis(facts: Facts) -> Iterator[Claim]:
    """Claim that importance is about the network and not about the basis of its latents."""
    key = "basis_spearman_importance"
    if key not in facts:
        return
    flips = facts.names("basis_flips")
    listed = f" (not {', '.join(flips[:3])}{', ...' if len(flips) > 3 else ''})" if flips else ""  # noqa: PLR2004
    yield Claim(
        "importance",
        "Importance does not depend on the latent basis",
        f"rank correlation {facts.number(key):.2f} between standard and rotated",
        f"{facts.count('basis_verdicts_agree')} of {facts.count('basis_verdicts')} "
        f"verdicts are the same in both{listed}",
        graded(facts.number(key), GOOD_AGREEMENT, FAIR_AGREEMENT),
        f"rank correlation at least {GOOD_AGREEMENT} (partly: {FAIR_AGREEMENT})",
    )


def training_seeds(facts: Facts) -> Iterator[Claim]:
    """Claim that other trainings rely on the same inputs."""
    forms = by_variant(facts, "training_spearman_sparse_linear")
    network = by_variant(facts, "training_spearman_permutation")
    if not forms:
        return
    yield Claim(
        "importance",
        "Other trainings rely on the same inputs",
        f"rank correlation {listed(facts, forms, '{:.2f}'.format)}",
        f"through the networks themselves {listed(facts, network, '{:.2f}'.format)}; "
        f"{facts.count('training_seeds')} training seeds",
        all_of(graded(value, GOOD_AGREEMENT, FAIR_AGREEMENT) for value in forms.values()),
        f"rank correlation at least {GOOD_AGREEMENT} in every variant (partly: in some)",
    )


def redundancy(facts: Facts) -> Iterator[Claim]:
    """Claim how many inputs the model can do without."""
    name = facts.main_variant()
    if f"redundant_{name}" not in facts:
        return
    kinds = ("verdict_constant", "verdict_ignored", "jointly_recoverable")
    listed = ", ".join(
        f"{facts.count(f'{kind}_{name}')} {kind.removeprefix('verdict_').replace('_', ' ')}"
        for kind in kinds
    )
    change = facts.number(f"redundant_fvu_change_{name}")
    yield Claim(
        "redundancy",
        f"{facts.count(f'redundant_{name}')} of {facts.count('n_features')} inputs are redundant",
        f"{listed} ({name})",
        f"without the constant and ignored ones {points(change)} of FVU on the rest; counting "
        f"inputs that no formula uses would say {facts.count(f'redundant_naive_{name}')}",
        graded(-change, -FVU_POINT, -FVU_POINT) if math.isfinite(change) else Verdict.REPORTED,
        "removing all constant and ignored inputs at once costs the rest at most 1 point of FVU",
    )


def interactions(facts: Facts) -> Iterator[Claim]:
    """Report the strongest pair and the classes of formulas."""
    name = facts.main_variant()
    classes = ("linear", "additive", "interacting")
    counts = {kind: facts.count(f"formulas_{kind}_{name}") for kind in classes}
    if not any(counts.values()):
        return
    pairs = facts.names(f"interactions_top_{name}")
    found = f"Strongest interaction: {pairs[0]}" if pairs else "No two inputs act together"
    yield Claim(
        "interactions",
        found,
        f"formulas: {', '.join(f'{count} {kind}' for kind, count in counts.items())} ({name})",
        "pairs with a mixed second derivative, weighted on data",
        Verdict.REPORTED,
    )


def collapse(facts: Facts) -> Iterator[Claim]:
    """Claim that no latent is wasted."""
    kinds = ("constant", "dead", "duplicate")
    names = [name for name in facts.names("variants") if f"dead_latents_{name}" in facts]
    if not names:
        return
    wasted = {n: sum(facts.count(f"{kind}_latents_{n}") for kind in kinds) for n in names}
    ratios = by_variant(facts, "participation_ratio")
    yield Claim(
        "collapse",
        "No latent is wasted",
        f"constant, dead or duplicate: {listed(facts, wasted, '{:.0f}'.format)}",
        f"effective number of latents {listed(facts, ratios, '{:.1f}'.format)} "
        f"of {facts.count('latent_dim')}",
        all_of(graded(-count, 0, 0) for count in wasted.values()),
        "no constant, dead or duplicate latent in any variant (partly: in some)",
    )
