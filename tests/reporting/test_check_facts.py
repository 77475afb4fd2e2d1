import pandas as pd

from latent_laws.reporting.check_facts import importance_check_facts, law_facts, text_facts
from latent_laws.reporting.outputs import RunOutputs
from latent_laws.reporting.results import Results
from tests.reporting.synthetic_run import text_run


def test_nothing_in_nothing_out() -> None:
    assert importance_check_facts({}) == {}
    assert law_facts({}) == {}
    assert text_facts(RunOutputs()) == {}


def test_rankings_are_compared_with_ours() -> None:
    checks = {
        "rank_agreement": [
            {"variant": "v", "ranking_a": "importance", "ranking_b": "own_variance", "tau": 0.5},
            {"variant": "v", "ranking_a": "permutation", "ranking_b": "own_variance", "tau": 0.1},
        ],
        "deletion_scores": [
            {"variant": "v", "ranking": "own_variance", "score": 0.4},
            {"variant": "v", "ranking": "importance", "score": 0.3},
        ],
    }
    facts = importance_check_facts(checks)
    assert facts == {
        "tau_own_variance_v": 0.5,
        "deletion_score_own_variance_v": 0.4,
        "deletion_best_v": "own_variance",
        "deletion_score_importance_v": 0.3,
    }


def test_training_seeds_are_summarised_by_their_median() -> None:
    checks = {
        "training_seeds": [
            {"variant": "v", "ranking": "permutation", "spearman": value}
            for value in (0.1, 0.7, 0.9, None)
        ]
    }
    assert importance_check_facts(checks) == {"training_spearman_permutation_v": 0.7}


def test_the_law_comes_with_its_errors(covertype_results: Results) -> None:
    assert covertype_results["law_standard"] == "0.35*exp(-0.1667*latent_dim)"
    assert covertype_results["law_error_standard"] == 0.02
    assert covertype_results["law_error_power_law_standard"] == 0.12
    assert covertype_results["law_error_pca_standard"] == 0.3
    assert covertype_results["returns_shrink_share_standard"] == 0.97
    assert covertype_results["returns_null_share_standard"] == 0.01
    assert covertype_results["latents_for_0.01_standard"] == 21.5
    assert "law_rotated" not in covertype_results


def test_the_budget_is_that_of_sixteen_inputs() -> None:
    facts = text_facts(text_run())
    assert facts["budget_inputs_standard"] == 16
    assert facts["budget_r2_chosen_standard"] == 1 - 0.9**16
    assert facts["labelled_inputs"] == facts["inputs_with_words"] == 40
    assert facts["probe_accuracy_formulas_standard"] == 0.7
    assert facts["probe_accuracy_features"] == 0.82


def test_words_without_a_label_are_not_counted() -> None:
    labels = pd.DataFrame({"kind": ["input", "input"], "has_label": [True, False]})
    facts = text_facts(RunOutputs(dimension_labels=labels))
    assert (facts["labelled_inputs"], facts["inputs_with_words"]) == (1, 2)
