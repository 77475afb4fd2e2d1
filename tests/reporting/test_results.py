import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.redundancy import VERDICTS
from latent_laws.reporting.outputs import COLUMNS, OBJECTS, RunOutputs
from latent_laws.reporting.results import Results, summarise
from tests.reporting.synthetic_run import COVERTYPE, covertype_run, datasets


def test_results_are_flat_json(covertype_results: Results) -> None:
    assert json.loads(json.dumps(covertype_results, allow_nan=False)) == covertype_results
    for value in covertype_results.values():
        entries = value if isinstance(value, list) else []
        assert type(value) in (str, int, float, list)
        assert all(type(entry) is str for entry in entries)


def test_results_are_the_same_for_the_same_run(covertype_results: Results) -> None:
    again = summarise(covertype_run(), dataset="covertype")
    assert again == {
        name: value
        for name, value in covertype_results.items()
        if not name.startswith(("seconds_", "version_", "seed_"))
    }


def test_nothing_in_nothing_out() -> None:
    assert summarise(RunOutputs()) == {}


@cache
def small_run() -> dict[str, object]:
    return datasets(COVERTYPE[:12], 2, ("standard", "rotated"), dims=(2, 4))


@cache
def small_keys() -> set[str]:
    return set(summarise(RunOutputs(**small_run())))


@pytest.mark.parametrize("missing", [*COLUMNS, *OBJECTS])
def test_each_output_may_be_missing(missing: str) -> None:
    assert set(summarise(RunOutputs(**{**small_run(), missing: None}))) <= small_keys()


def test_compression_and_training(covertype_results: Results) -> None:
    assert covertype_results["n_features"] == 54
    assert covertype_results["latent_dim"] == 32
    assert covertype_results["compression_ratio"] == pytest.approx(54 / 32, rel=1e-5)
    assert covertype_results["variants"] == ["standard", "rotated", "distillable"]
    assert covertype_results["swept_dims"] == 9
    assert covertype_results["swept_dims_at_most_pca"] == 9
    assert covertype_results["training_seeds"] == 3


def test_median_over_seeds_and_pca_count() -> None:
    metrics = [
        {"variant": "standard", "latent_dim": dim, "seed": seed, "fvu_test": fvu}
        | {"pca_fvu_test": 0.25}
        for dim, fvus in ((2, (0.1, 0.2, 0.9)), (4, (0.3, 0.3, 0.3)))
        for seed, fvu in enumerate(fvus)
    ]
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2, 4))
    results = summarise(RunOutputs(**{**made, "training_metrics": metrics}))
    assert results["autoencoder_fvu"] == 0.2
    assert results["pca_fvu"] == 0.25
    assert results["swept_dims_at_most_pca"] == 1


def test_fidelity_numbers_are_those_of_the_frames(covertype_results: Results) -> None:
    formulas = covertype_run().frame("formulas")
    r2 = formulas.loc[formulas["variant"] == "rotated", "r2_test"]
    assert covertype_results["formula_r2_median_rotated"] == pytest.approx(r2.median(), rel=1e-5)
    assert covertype_results["formula_r2_min_rotated"] == pytest.approx(r2.min(), rel=1e-5)
    assert covertype_results["latents_r2_090_rotated"] == int((r2 >= 0.9).sum())


def test_gain_is_paired_by_latent() -> None:
    fidelity = pd.DataFrame(
        [("standard", latent, "symbolic", r2) for latent, r2 in enumerate((0.9, 0.8, 0.7))]
        + [("standard", latent, "sparse_linear", r2) for latent, r2 in enumerate((0.9, 0.7, 0.4))],
        columns=["variant", "latent", "surrogate", "r2_test"],
    )
    made = datasets(COVERTYPE[:12], 3, ("standard",), dims=(3,))
    results = summarise(RunOutputs(**{**made, "fidelity": fidelity}))
    assert results["gain_over_sparse_linear_standard"] == pytest.approx(0.1)


def test_null_counts_only_selected_rows() -> None:
    null = pd.DataFrame(
        {
            **{"variant": "standard", "latent": [0, 0, 1], "seed": 0},
            **{"complexity": [1, 9, 7], "r2_test": [0.0, 0.4, 0.02]},
            "selected": [True, False, True],
        }
    )
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    results = summarise(RunOutputs(**{**made, "null_fronts": null}))
    assert results["null_searches_standard"] == 2
    assert results["null_silent_share_standard"] == 0.5
    assert results["null_r2_median_standard"] == pytest.approx(0.01)


def test_verified_redundancy_differs_from_the_naive_count(covertype_results: Results) -> None:
    # a row of the group is there too, and is not counted
    counts = [covertype_results[f"verdict_{verdict}_rotated"] for verdict in VERDICTS]
    assert sum(int(str(count)) for count in counts) == 54
    assert covertype_results["redundant_rotated"] == 1 + 3 + 3
    assert covertype_results["redundant_naive_rotated"] == 13


def test_frontier_takes_the_sparsest_model_within_the_cost() -> None:
    frontier = pd.DataFrame(
        [
            *(("standard", 54, 0.01), ("distillable", 2, 0.05)),
            *(("distillable", 4, 0.018), ("distillable", 8, 0.012)),
        ],
        columns=["variant", "n_inputs", "fvu_validation"],
    ).assign(seed=0, r2_test=0.99, complexity=17, substitution_fvu=0.02)
    # the choice goes by the validation rows, the figures by the test rows
    frontier["fvu_test"] = 2 * frontier["fvu_validation"]
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    outputs = RunOutputs(**{**made, "frontier": frontier})
    assert summarise(outputs, max_fvu_cost=0.01)["frontier_inputs"] == 4
    assert summarise(outputs, max_fvu_cost=0.005)["frontier_inputs"] == 8
    assert summarise(outputs, max_fvu_cost=0.001)["frontier_inputs"] == 8
    assert summarise(outputs)["frontier_fvu_cost"] == pytest.approx(0.016)


def test_sparsity_is_priced_against_the_best_encoder_of_all_inputs() -> None:
    frontier = pd.DataFrame(
        [("standard", 54, 0.02), ("unpruned", 54, 0.01), ("distillable", 4, 0.015)],
        columns=["variant", "n_inputs", "fvu_validation"],
    ).assign(seed=0, r2_test=0.99, complexity=17, substitution_fvu=0.02)
    frontier["fvu_test"] = frontier["fvu_validation"]
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    results = summarise(RunOutputs(**{**made, "frontier": frontier}), max_fvu_cost=0.01)
    assert results["frontier_fvu_cost"] == pytest.approx(0.005)
    assert results["frontier_dense_variant"] == "unpruned"
    assert results["frontier_dense_fvu"] == pytest.approx(0.01)


def test_the_most_important_come_first() -> None:
    scores = pd.DataFrame({"feature": list("abc"), "importance": [1.0, 3.0, 2.0]})
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    importance = scores.assign(variant="standard")
    results = summarise(RunOutputs(**{**made, "feature_importance": importance}))
    assert results["top_features_standard"] == ["b", "c", "a"]


def test_verdicts_that_flip_with_the_basis_are_named(covertype_results: Results) -> None:
    assert covertype_results["basis_flips"] == ["Wilderness_Area_0"]
    assert covertype_results["basis_verdicts_agree"] == 54


def test_collapse_is_counted() -> None:
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    collapse = {"standard": {"dead_latents": [1], "dead_inputs": [], "participation_ratio": 1.5}}
    results = summarise(RunOutputs(**{**made, "collapse": collapse}))
    assert results["dead_latents_standard"] == 1
    assert results["dead_inputs_standard"] == 0
    assert results["participation_ratio_standard"] == 1.5


def test_seconds_are_summed_by_pipeline(covertype_results: Results) -> None:
    assert covertype_results["seconds_training"] == pytest.approx(33.3)
    assert covertype_results["seconds_total"] == pytest.approx(33.3)


def test_numbers_are_plain_and_missing_ones_left_out() -> None:
    substitution = [{"variant": "standard", "latent_dim": 2, "fvu_encoder": np.float32(0.5)}]
    made = datasets(COVERTYPE[:12], 2, ("standard",), dims=(2,))
    results = summarise(RunOutputs(**{**made, "substitution": substitution}))
    assert results["substitution_fvu_encoder_standard"] == 0.5
    assert "substitution_fvu_formulas_standard" not in results
