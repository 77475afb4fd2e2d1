"""Claims that only text has."""

from collections.abc import Iterator

from latent_laws.reporting.claims.claim import (
    FAIR_R2,
    GOOD_R2,
    Claim,
    Facts,
    all_of,
    by_variant,
    graded,
    listed,
)
from latent_laws.reporting.numbers import percent

ACCURACY = 0.02


def words(facts: Facts) -> Iterator[Claim]:
    """Report how many embedding dimensions have words."""
    if "inputs_with_words" not in facts:
        return
    labelled, tried = facts.count("labelled_inputs"), facts.count("inputs_with_words")
    yield Claim(
        "text",
        "Words stand for embedding dimensions",
        f"{labelled} of {tried} used dimensions have words",
        "words chosen on training texts correlate on test texts above any permutation",
        graded(labelled / tried, GOOD_R2, FAIR_R2),
        f"at least {GOOD_R2:.0%} of the dimensions that formulas use (partly: half)",
    )


def label(facts: Facts) -> Iterator[Claim]:
    """Claim that the formulas keep what the label needs."""
    formulas, encoder = (
        by_variant(facts, f"probe_accuracy_{kind}") for kind in ("formulas", "encoder")
    )
    if not formulas:
        return
    lost = {name: encoder.get(name, 0.0) - formulas[name] for name in formulas}
    whole, random = (facts.number(f"probe_accuracy_{k}") for k in ("features", "random_features"))
    yield Claim(
        "text",
        "Formulas keep what tells the labels apart",
        f"accuracy {listed(facts, formulas, percent)}",
        f"latents {listed(facts, encoder, percent)}; all inputs {percent(whole)}; "
        f"as many random inputs {percent(random)}",
        all_of(graded(-value, -ACCURACY, -2 * ACCURACY) for value in lost.values()),
        "at most 2 points of accuracy below the encoder's latents (partly: 4)",
    )
