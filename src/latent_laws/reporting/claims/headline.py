"""What a run claims, each claim with the figure and the check that decide whether it holds."""

from collections.abc import Callable, Iterator

from latent_laws.reporting.claims import formulas, inputs, law, text
from latent_laws.reporting.claims.claim import Claim, Facts, by_variant
from latent_laws.reporting.numbers import number, percent, r2
from latent_laws.reporting.results import Results

MAKERS: tuple[Callable[[Facts], Iterator[Claim]], ...] = (
    *(formulas.reconstruction, formulas.fidelity, formulas.gain, formulas.null, formulas.budget),
    *(formulas.substitution, formulas.frontier, formulas.stability),
    *(inputs.importance, inputs.basis, inputs.training_seeds, inputs.redundancy),
    *(inputs.interactions, inputs.collapse, law.law, law.returns),
    *(text.words, text.label),
)


def headline_claims(results: Results) -> list[Claim]:
    """Turn results into claims with their checks.

    Args:
        results: What `summarise` returned; keys that are missing leave their claims out.

    Returns:
        Claims in the order of the report: compression, fidelity, substitution, frontier,
        stability, importance, redundancy, interactions, collapse, law.
    """
    facts = Facts(results)
    return [claim for make in MAKERS for claim in make(facts)]


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
        if by_variant(facts, key)
    ]


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
