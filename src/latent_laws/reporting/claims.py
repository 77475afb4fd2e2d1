"""What a run claims, each claim with the figure and the check that decide whether it holds."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from latent_laws.reporting.numbers import number, percent, points, r2
from latent_laws.reporting.results import Results

READABLE = ("rotated", "distillable", "standard")
GOOD_R2, FAIR_R2 = 0.9, 0.5
NULL_R2 = 0.01
NULL_SHARE = 0.9
FVU_POINT = 0.01
GAIN = 0.005
GOOD_AGREEMENT, FAIR_AGREEMENT = 0.7, 0.4
CLOSE = 0.95


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


def encoder_table(results: Results) -> list[tuple[str, list[str]]]:
    """Lay the distilled encoders side by side.

    Args:
        results: What `summarise` returned.

    Returns:
        Rows of a label and one text for each of `results["variants"]`; rows that no variant has
        a number for are left out.
    """
    facts = Facts(results)
    rows = [
        ("variance lost by the network", "autoencoder_fvu", percent),
        ("R² of the formulas, median", "formula_r2_median", r2),
        ("worst latent", "formula_r2_min", r2),
        (f"latents at R² 0.9, of {facts.count('latent_dim')}", "latents_r2_090", number),
        ("nodes in a formula, median", "complexity_median", number),
        ("inputs in a formula, median", "inputs_median", number),
        ("R² of linear forms of the same size", "sparse_linear_r2_median", r2),
        ("R² on shuffled latents", "null_r2_median", r2),
        ("variance lost on the formulas", "substitution_fvu_formulas", percent),
        ("with the decoder tuned to them", "substitution_fvu_finetuned", percent),
    ]
    return [
        (label, [show(facts.number(f"{key}_{name}")) for name in facts.names("variants")])
        for label, key, show in rows
        if _by_variant(facts, key)
    ]


def headline_claims(results: Results) -> list[Claim]:
    """Turn results into claims with their checks.

    Args:
        results: What `summarise` returned; keys that are missing leave their claims out.

    Returns:
        Claims in the order of the report: compression, fidelity, substitution, frontier,
        stability, importance, redundancy, interactions, collapse, law.
    """
    facts = Facts(results)
    makers: tuple[Callable[[Facts], Iterator[Claim]], ...] = (
        *(_reconstruction, _fidelity, _gain, _null, _substitution, _frontier, _stability),
        *(_importance, _basis, _redundancy, _interactions, _collapse),
    )
    return [claim for make in makers for claim in make(facts)]


def verdict_sentences(results: Results) -> list[str]:
    """Say in a few sentences whether to believe the equations.

    Args:
        results: What `summarise` returned.

    Returns:
        Sentences on fidelity, on substitution, and on the claims that do not hold.
    """
    facts = Facts(results)
    name = facts.main_variant()
    sentences = []
    if f"formula_r2_median_{name}" in facts:
        linear, null = (
            facts.number(f"{key}_r2_median_{name}") for key in ("sparse_linear", "null")
        )
        sentences += [
            f"Formulas of {facts.number(f'complexity_median_{name}'):.0f} nodes reproduce the "
            f"{name} latents with a median R² of {r2(facts.number(f'formula_r2_median_{name}'))} "
            f"on rows they never saw (worst latent "
            f"{r2(facts.number(f'formula_r2_min_{name}'))}).",
            f"A plain linear form of the same size reaches {r2(linear)}; "
            f"on shuffled latents the same search finds {r2(null)}.",
        ]
    if f"substitution_fvu_formulas_{name}" in facts:
        lost = percent(facts.number(f"substitution_fvu_formulas_{name}"))
        network = percent(facts.number(f"substitution_fvu_encoder_{name}"))
        sentences.append(
            f"Run in place of the encoder, they lose {lost} of the variance; "
            f"the network itself loses {network}."
        )
    return sentences


def graded(value: float, good: float, fair: float) -> Verdict:
    """Return the verdict of a value that should be high."""
    if value >= good:
        return Verdict.HOLDS
    return Verdict.PARTLY if value >= fair else Verdict.FAILS


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on a claim about several variants: partly where they differ."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else Verdict.PARTLY


def _reconstruction(facts: Facts) -> Iterator[Claim]:
    """Claim that the autoencoder is worth explaining: it beats PCA."""
    if "autoencoder_fvu" not in facts:
        return
    own, pca = facts.number("autoencoder_fvu"), facts.number("pca_fvu")
    dims, at_most = facts.count("swept_dims"), facts.count("swept_dims_at_most_pca")
    everywhere = Verdict.HOLDS if at_most == dims else Verdict.PARTLY
    yield Claim(
        "reconstruction",
        f"The autoencoder ({facts.count('n_features')} inputs to {facts.count('latent_dim')}) "
        "keeps more than PCA",
        f"{percent(own)} of the variance lost",
        f"PCA loses {percent(pca)}; no worse than PCA at {at_most} of {dims} latent dims",
        everywhere if own <= pca else Verdict.FAILS,
        "the autoencoder loses at most what PCA loses, at every latent dim tried",
    )


def _fidelity(facts: Facts) -> Iterator[Claim]:
    """Claim that formulas reproduce latents on unseen rows."""
    medians = _by_variant(facts, "formula_r2_median")
    if not medians:
        return
    linear = _by_variant(facts, "sparse_linear_r2_median")
    sizes = _by_variant(facts, "complexity_median")
    nodes = f"{min(sizes.values()):.0f} to {max(sizes.values()):.0f} nodes"
    yield Claim(
        "equations",
        "Formulas reproduce the latents on unseen rows",
        f"median R² {_listed(medians, r2)}",
        f"linear forms of the same size ({nodes}) {_listed(linear, r2)}",
        all_of(graded(median, GOOD_R2, FAIR_R2) for median in medians.values()),
        f"median test R² at least {GOOD_R2} in every variant (partly: in some)",
    )


def _gain(facts: Facts) -> Iterator[Claim]:
    """Claim that nonlinear terms are worth their nodes."""
    gains = _by_variant(facts, "gain_over_sparse_linear")
    if not gains:
        return
    yield Claim(
        "equations",
        "Nonlinear terms earn their nodes",
        _listed(gains, lambda gain: f"{gain:+.3f}"),
        "median gain in R² over the sparse linear form of the same size",
        all_of(graded(gain, GAIN, GAIN) for gain in gains.values()),
        f"a gain of at least {GAIN} in every variant (partly: in some)",
    )


def _null(facts: Facts) -> Iterator[Claim]:
    """Claim that the search does not find what is not there."""
    shares = _by_variant(facts, "null_silent_share")
    if not shares:
        return
    scores = _by_variant(facts, "null_r2_median")
    searches = sum(facts.count(f"null_searches_{name}") for name in shares)
    clean = max(scores.values(), default=0) <= NULL_R2
    yield Claim(
        "equations",
        "On shuffled latents the search finds nothing",
        f"median R² {_listed(scores, r2)}",
        f"a constant or at most 3 nodes in {100 * min(shares.values()):.0f} % of "
        f"{searches} null searches",
        graded(min(shares.values()), NULL_SHARE, FAIR_R2) if clean else Verdict.FAILS,
        f"at most 3 nodes in {100 * NULL_SHARE:.0f} % of them, median R² at most {NULL_R2}",
    )


def _substitution(facts: Facts) -> Iterator[Claim]:
    """Claim that the formulas can replace the encoder."""
    encoder, formulas, tuned = (
        _by_variant(facts, f"substitution_fvu_{kind}")
        for kind in ("encoder", "formulas", "finetuned")
    )
    if not formulas:
        return
    costs = {name: formulas[name] - encoder.get(name, 0.0) for name in formulas}
    yield Claim(
        "equations",
        "The formulas can replace the encoder",
        f"variance lost {_listed(formulas, percent)}",
        f"the network loses {_listed(encoder, percent)}; "
        f"with the decoder tuned to the formulas {_listed(tuned, percent)}",
        all_of(graded(-cost, -FVU_POINT, -FVU_POINT) for cost in costs.values()),
        "at most 1 point more lost than by the network, before tuning (partly: some variants)",
    )


def _frontier(facts: Facts) -> Iterator[Claim]:
    """Claim what readability costs."""
    if "frontier_inputs" not in facts:
        return
    cost, score = facts.number("frontier_fvu_cost"), facts.number("frontier_r2")
    allowed = facts.number("frontier_max_fvu_cost")
    size = f"{facts.number('frontier_complexity'):.0f} nodes"
    yield Claim(
        "frontier",
        f"At {points(cost)} of FVU a latent needs {facts.count('frontier_inputs')} inputs",
        f"formulas with {size} reach R² {r2(score)}",
        f"decoder on the formulas loses {percent(facts.number('frontier_substitution_fvu'))}; "
        f"{facts.count('frontier_seeds')} training seeds",
        graded(score, GOOD_R2, FAIR_R2) if cost <= allowed else Verdict.FAILS,
        f"cost at most {points(allowed)} of FVU, median R² at least {GOOD_R2}",
    )


def _stability(facts: Facts) -> Iterator[Claim]:
    """Claim that another search seed finds the same inputs."""
    overlaps = _by_variant(facts, "jaccard")
    if not overlaps:
        return
    spread = max(_by_variant(facts, "r2_spread").values(), default=math.nan)
    seeds = max(facts.count(f"search_seeds_{name}") for name in overlaps)
    yield Claim(
        "equations",
        "Other search seeds find the same inputs",
        f"overlap {_listed(overlaps, '{:.2f}'.format)}",
        f"Jaccard index over {seeds} seeds; R² differs by {r2(spread)} at most in the median",
        graded(min(overlaps.values()), GOOD_AGREEMENT, FAIR_AGREEMENT),
        f"overlap at least {GOOD_AGREEMENT} in every variant (partly: {FAIR_AGREEMENT})",
    )


def _importance(facts: Facts) -> Iterator[Claim]:
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


def _basis(facts: Facts) -> Iterator[Claim]:
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


def _collapse(facts: Facts) -> Iterator[Claim]:
    """Claim that no latent is wasted."""
    kinds = ("constant", "dead", "duplicate")
    names = [name for name in facts.names("variants") if f"dead_latents_{name}" in facts]
    if not names:
        return
    wasted = {n: sum(facts.count(f"{kind}_latents_{n}") for kind in kinds) for n in names}
    ratios = _by_variant(facts, "participation_ratio")
    yield Claim(
        "collapse",
        "No latent is wasted",
        f"constant, dead or duplicate: {_listed(wasted, '{:.0f}'.format)}",
        f"effective number of latents {_listed(ratios, '{:.1f}'.format)} "
        f"of {facts.count('latent_dim')}",
        all_of(graded(-count, 0, 0) for count in wasted.values()),
        "no constant, dead or duplicate latent in any variant (partly: in some)",
    )


def _redundancy(facts: Facts) -> Iterator[Claim]:
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


def _interactions(facts: Facts) -> Iterator[Claim]:
    """Report the strongest pair and the classes of formulas."""
    name = facts.main_variant()
    pairs = facts.names(f"interactions_top_{name}")
    if not pairs:
        return
    counts = [
        f"{facts.count(f'formulas_{kind}_{name}')} {kind}"
        for kind in ("linear", "additive", "interacting")
    ]
    yield Claim(
        "interactions",
        f"Strongest interaction: {pairs[0]}",
        f"formulas: {', '.join(counts)} ({name})",
        "pairs with a mixed second derivative, weighted on data",
        Verdict.REPORTED,
    )


def _by_variant(facts: Facts, key: str) -> dict[str, float]:
    """Return a number for each variant that has it."""
    known = {name: facts.number(f"{key}_{name}") for name in facts.names("variants")}
    return {name: value for name, value in known.items() if math.isfinite(value)}


def _listed(values: Mapping[str, float], show: Callable[[float], str]) -> str:
    """Return values with the names of their variants."""
    return ", ".join(f"{show(value)} {name}" for name, value in values.items())
