"""Claims about encoders and their formulas."""

import math
from collections.abc import Iterator

from latent_laws.reporting.claims.claim import (
    FAIR_AGREEMENT,
    FAIR_R2,
    FVU_POINT,
    GOOD_AGREEMENT,
    GOOD_R2,
    Claim,
    Facts,
    Verdict,
    all_of,
    by_variant,
    graded,
    listed,
)
from latent_laws.reporting.numbers import percent, points, r2

NULL_R2, NULL_SHARE = 0.01, 0.9
GAIN = 0.005
CHOICE = 0.1


def reconstruction(facts: Facts) -> Iterator[Claim]:
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


def fidelity(facts: Facts) -> Iterator[Claim]:
    """Claim that formulas reproduce latents on unseen rows."""
    medians = by_variant(facts, "formula_r2_median")
    if not medians:
        return
    linear = by_variant(facts, "sparse_linear_r2_median")
    sizes = by_variant(facts, "complexity_median")
    rows = sum(facts.count(f"undefined_rows_{name}") for name in medians)
    undefined = f"; undefined on {rows} test rows" if rows else ""
    nodes = f"{min(sizes.values()):.0f} to {max(sizes.values()):.0f} nodes"
    yield Claim(
        "equations",
        "Formulas reproduce the latents on unseen rows",
        f"median R² {listed(facts, medians, r2)}",
        f"linear forms of the same size ({nodes}) {listed(facts, linear, r2)}{undefined}",
        all_of(graded(median, GOOD_R2, FAIR_R2) for median in medians.values()),
        f"median test R² at least {GOOD_R2} in every variant (partly: in some)",
    )


def gain(facts: Facts) -> Iterator[Claim]:
    """Claim that the form of the formulas is worth its nodes."""
    gains = by_variant(facts, "gain_over_sparse_linear")
    if not gains:
        return
    classes = ("linear", "additive", "interacting")
    counts = {kind: sum(facts.count(f"formulas_{kind}_{v}") for v in gains) for kind in classes}
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    yield Claim(
        "equations",
        "Formulas beat plain linear forms of their size",
        listed(facts, gains, lambda gain: f"{gain:+.3f}"),
        f"median gain in R² over the sparse linear form of the same size; {kinds}",
        all_of(graded(gain, GAIN, GAIN) for gain in gains.values()),
        f"a gain of at least {GAIN} in every variant (partly: in some)",
    )


def null(facts: Facts) -> Iterator[Claim]:
    """Claim that the search does not find what is not there."""
    shares = by_variant(facts, "null_silent_share")
    if not shares:
        return
    scores = by_variant(facts, "null_r2_median")
    searches = sum(facts.count(f"null_searches_{name}") for name in shares)
    clean = max(scores.values(), default=0) <= NULL_R2
    yield Claim(
        "equations",
        "On shuffled latents the search finds nothing",
        f"median R² {listed(facts, scores, r2)}",
        f"a constant or at most 3 nodes in {100 * min(shares.values()):.0f} % of "
        f"{searches} null searches",
        graded(min(shares.values()), NULL_SHARE, FAIR_R2) if clean else Verdict.FAILS,
        f"at most 3 nodes in {100 * NULL_SHARE:.0f} % of them, median R² at most {NULL_R2}",
    )


def budget(facts: Facts) -> Iterator[Claim]:
    """Claim that it matters which few inputs a form reads."""
    chosen = by_variant(facts, "budget_r2_chosen")
    if not chosen:
        return
    random, every = (by_variant(facts, f"budget_r2_{kind}") for kind in ("random", "all"))
    inputs = facts.count(f"budget_inputs_{next(iter(chosen))}")
    yield Claim(
        "equations",
        f"It matters which {inputs} inputs a form reads",
        f"R² {listed(facts, chosen, r2)} for chosen ones",
        f"random ones {listed(facts, random, r2)}, all inputs {listed(facts, every, r2)}",
        all_of(graded(chosen[n] - random.get(n, 0.0), CHOICE, 0) for n in chosen),
        f"chosen inputs explain at least {CHOICE} more than random ones (partly: more)",
    )


def substitution(facts: Facts) -> Iterator[Claim]:
    """Claim that the formulas can replace the encoder."""
    encoder, formulas, tuned = (
        by_variant(facts, f"substitution_fvu_{kind}")
        for kind in ("encoder", "formulas", "finetuned")
    )
    if not formulas:
        return
    costs = {name: formulas[name] - encoder.get(name, 0.0) for name in formulas}
    yield Claim(
        "equations",
        "The formulas can replace the encoder",
        f"variance lost {listed(facts, formulas, percent)}",
        f"the network loses {listed(facts, encoder, percent)}; "
        f"with the decoder tuned to the formulas {listed(facts, tuned, percent)}",
        all_of(graded(-cost, -FVU_POINT, -FVU_POINT) for cost in costs.values()),
        "at most 1 point more lost than by the network, before tuning (partly: some variants)",
    )


def frontier(facts: Facts) -> Iterator[Claim]:
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
        f"with all inputs {percent(facts.number('frontier_dense_fvu'))} are lost; "
        f"decoder on the formulas loses {percent(facts.number('frontier_substitution_fvu'))}; "
        f"{facts.count('frontier_seeds')} training seeds",
        graded(score, GOOD_R2, FAIR_R2) if cost <= allowed else Verdict.FAILS,
        f"cost at most {points(allowed)} of FVU, median R² at least {GOOD_R2}",
    )


def stability(facts: Facts) -> Iterator[Claim]:
    """Claim that another search seed finds the same inputs."""
    overlaps = by_variant(facts, "jaccard")
    if not overlaps:
        return
    spread = max(by_variant(facts, "r2_spread").values(), default=math.nan)
    seeds = max(facts.count(f"search_seeds_{name}") for name in overlaps)
    yield Claim(
        "equations",
        "Other search seeds find the same inputs",
        f"overlap {listed(facts, overlaps, '{:.2f}'.format)}",
        f"Jaccard index over {seeds} seeds; R² differs by {r2(spread)} at most in the median",
        graded(min(overlaps.values()), GOOD_AGREEMENT, FAIR_AGREEMENT),
        f"overlap at least {GOOD_AGREEMENT} in every variant (partly: {FAIR_AGREEMENT})",
    )
