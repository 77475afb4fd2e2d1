import math

import pytest

from latent_laws.reporting.claims import (
    Claim,
    Verdict,
    encoder_table,
    headline_claims,
    verdict_sentences,
)
from latent_laws.reporting.claims.claim import all_of, graded
from latent_laws.reporting.numbers import r2
from latent_laws.reporting.results import Results


def claim_of(results: Results, word: str) -> Claim:
    found = [claim for claim in headline_claims(results) if word in claim.statement]
    assert len(found) == 1, f"one claim about {word}, got {found}"
    return found[0]


def test_every_claim_has_a_figure_and_a_check(covertype_results: Results) -> None:
    claims = headline_claims(covertype_results)
    assert len(claims) >= 10
    for claim in claims:
        assert claim.figure
        assert claim.check
        assert claim.rule or claim.verdict is Verdict.REPORTED


def test_no_results_make_no_claims() -> None:
    assert headline_claims({}) == []
    assert encoder_table({}) == []
    assert verdict_sentences({}) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_any_part_of_the_results_may_be_missing(covertype_results: Results, share: float) -> None:
    names = sorted(covertype_results)
    kept = {name: covertype_results[name] for name in names[int(share * len(names)) :]}
    for claim in headline_claims(kept):
        assert claim.statement


@pytest.mark.parametrize(
    ("own", "at_most", "verdict"),
    [(0.1, 9, Verdict.HOLDS), (0.1, 8, Verdict.PARTLY), (0.3, 9, Verdict.FAILS)],
)
def test_reconstruction_is_held_against_pca(own: float, at_most: int, verdict: Verdict) -> None:
    results: Results = {
        **{"autoencoder_fvu": own, "pca_fvu": 0.2, "swept_dims": 9},
        **{"swept_dims_at_most_pca": at_most, "n_features": 54, "latent_dim": 32},
    }
    assert claim_of(results, "PCA").verdict is verdict


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [((0.95, 0.99), Verdict.HOLDS), ((0.8, 0.99), Verdict.PARTLY), ((0.1, 0.2), Verdict.FAILS)],
)
def test_fidelity_has_to_hold_in_every_variant(
    scores: tuple[float, float], verdict: Verdict
) -> None:
    results: Results = {
        "variants": ["standard", "rotated"],
        **{
            f"formula_r2_median_{name}": score
            for name, score in zip(("standard", "rotated"), scores, strict=True)
        },
        **{f"complexity_median_{name}": 37 for name in ("standard", "rotated")},
    }
    assert claim_of(results, "unseen rows").verdict is verdict


def test_a_null_that_finds_something_fails() -> None:
    results: Results = {
        **{"variants": ["standard"], "null_silent_share_standard": 1.0},
        **{"null_r2_median_standard": 0.2, "null_searches_standard": 8},
    }
    assert claim_of(results, "shuffled").verdict is Verdict.FAILS


def test_a_nil_gain_is_said() -> None:
    results: Results = {"variants": ["standard"], "gain_over_sparse_linear_standard": 0.0}
    claim = claim_of(results, "beat plain linear")
    assert claim.verdict is Verdict.FAILS
    assert "+0.000" in claim.figure


def test_the_best_ranking_is_named_when_it_is_not_ours() -> None:
    results: Results = {
        **{"variants": ["standard"], "top_features_standard": ["a", "b"]},
        **{"deletion_best_standard": "own_variance", "deletion_score_own_variance_standard": 0.5},
        "deletion_score_importance_standard": 0.3,
    }
    claim = claim_of(results, "Most important")
    assert "weight norm (0.5)" in claim.check
    assert claim.verdict is Verdict.FAILS


LAW: Results = {
    **{"variants": ["standard"], "law_standard": "exp(-0.4*latent_dim)"},
    **{"law_error_standard": 0.1, "law_r2_standard": 0.9, "law_error_pca_standard": 0.5},
    **{"law_relative_error_standard": 0.1, "law_error_power_law_standard": 0.2},
    **{"law_error_exponential_standard": 0.4, "law_error_scaled_pca_spectrum_standard": 0.3},
}


def test_a_law_that_adds_to_every_guess_holds() -> None:
    claim = claim_of(LAW, "A law gives the loss")
    assert claim.verdict is Verdict.HOLDS
    assert "scaled pca spectrum 0.300; the same search on PCA's own loss 0.500" in claim.check


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("law_r2_standard", 0.7),
        ("law_error_power_law_standard", 0.05),
        ("law_error_scaled_pca_spectrum_standard", 0.05),
        ("law_error_pca_standard", 0.05),
        ("law_error_exponential_standard", None),
    ],
)
def test_a_law_that_adds_nothing_fails(key: str, value: float | None) -> None:
    assert claim_of(LAW | {key: value}, "A law gives the loss").verdict is Verdict.FAILS


def test_returns_that_a_straight_line_has_too_prove_nothing() -> None:
    shares: Results = {"returns_shrink_share_standard": 0.99, "returns_null_share_standard": 0.01}
    claim = "Each further latent is worth less"
    assert claim_of(LAW | shares, claim).verdict is Verdict.HOLDS
    shares["returns_null_share_standard"] = 0.2
    assert claim_of(LAW | shares, claim).verdict is Verdict.FAILS


def test_sentences_say_formula_linear_and_null(covertype_results: Results) -> None:
    text = " ".join(verdict_sentences(covertype_results))
    shown = ("formula_r2_median_rotated", "sparse_linear_r2_median_rotated")
    for key in (*shown, "null_r2_median_rotated"):
        assert r2(float(str(covertype_results[key]))) in text


def test_the_encoder_table_has_a_value_for_each_variant(covertype_results: Results) -> None:
    table = encoder_table(covertype_results)
    assert all(len(values) == 3 for _, values in table)
    assert "n/a" not in {value for _, values in table for value in values}


def test_graded_and_all_of() -> None:
    assert [graded(v, 0.9, 0.5) for v in (0.9, 0.5, 0.4, math.nan)] == [
        *(Verdict.HOLDS, Verdict.PARTLY),
        *(Verdict.FAILS, Verdict.FAILS),
    ]
    assert all_of([Verdict.FAILS, Verdict.FAILS]) is Verdict.FAILS
    assert all_of([Verdict.FAILS, Verdict.HOLDS]) is Verdict.PARTLY
