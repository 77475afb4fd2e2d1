"""Worse evidence never makes a claim hold better, whatever the rest of the evidence is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent_laws.reporting.claims import CLAIMS
from latent_laws.reporting.claims.evidence import Claim, Evidence, Verdict

# For each claim, what speaks for it and what against it. The loss with all inputs stands in none:
# less of it makes a removal dearer, more of it a training too poor to tell.
FOR_AND_AGAINST = {
    "reconstruction": ("fvu_pca", "fvu_network"),
    "fidelity": ("r2_median r2_worst r2_low", ""),
    "gain": ("gain r2_low", "r2_linear linearity_worst"),
    "null": ("r2_median", "rate rate_low rate_high best_r2"),
    "substitution": ("fvu_network fvu_pca", "fvu_formulas"),
    "tuned": ("fvu_network fvu_pca", "fvu_tuned"),
    "cost": ("fvu_dense fvu_pca", "fvu_network"),
    "all_symbolic": ("fvu_dense fvu_pca", "fvu_all_symbolic"),
    "nonlinear": ("fvu_linear", "fvu_symbolic"),
    "stability": ("jaccard n_features", "inputs"),
    "importance": (
        "importance_area importance_clears_next",
        "rival_area own_variance_area random_area",
    ),
    "trainings": ("agreement_trainings agreement_trainings_low", ""),
    "basis": ("agreement_basis agreement_basis_low", ""),
    "redundancy": (
        "fvu_random fvu_random_low fvu_least_variance fvu_pca fvu_network retrained",
        "fvu_removed fvu_removed_high redundant",
    ),
    "interactions": ("interaction interaction_encoder", "interaction_null"),
    "collapse": ("effective", "wasted largest_correlation"),
    "input_laws": ("laws", ""),
    "law_use": ("follows_law", ""),
    "law_cost": ("control_cost", "cost"),
    "word_laws": ("words_share", ""),
    "words": ("labelled", ""),
    "label": ("accuracy_formulas accuracy_low", "accuracy_commonest"),
    "law": ("r2 rmse_power_law rmse_exponential rmse_pca rmse_on_pca", "rmse"),
    "returns": ("shrink_share", "shrink_null"),
}
COUNTS = {"n_features": 12.0, "inputs": 4.0, "searches": 60.0, "search_seeds": 3.0}
RANK = {Verdict.YES: 2, Verdict.PARTLY: 1, Verdict.NO: 0, Verdict.NOT_MEASURED: 0}


def test_every_claim_stands_here() -> None:
    assert set(FOR_AND_AGAINST) == {claim.name for claim in CLAIMS}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
@settings(max_examples=100)
@given(data=st.data())
def test_worse_evidence_never_helps(claim: Claim, data: st.DataObject) -> None:
    number = st.one_of(st.floats(0.01, 1.2), st.sampled_from([0.02, 0.05, 0.5, 0.9, 0.95]))
    values = {name: COUNTS.get(name) or data.draw(number) for name in claim.needs}
    helps, hurts = (part.split() for part in FOR_AND_AGAINST[claim.name])
    worse = dict(values)
    changed = data.draw(st.sampled_from([*helps, *hurts]))
    less = st.floats(0.3, 0.99)
    if changed not in COUNTS:  # evidence may be gone altogether, the table's size may not
        less |= st.just(0.0)
    worse[changed] *= data.draw(less if changed in helps else st.floats(1.01, 3))
    before, after = (claim.judge(Evidence(known)).verdict for known in (values, worse))
    # what could not be told may be told by evidence that is worse and clearer
    if before is not Verdict.NOT_MEASURED:
        assert RANK[after] <= RANK[before], (changed, values, worse)
