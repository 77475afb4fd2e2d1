import json

import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.reporting.claims.evidence import Verdict
from latent_laws.reporting.results import Results
from latent_laws.reporting.run_facts import clopper_pearson
from latent_laws.reporting.saved import Saved
from tests.reporting import planted


def test_what_was_measured_is_in_the_entry_of_its_encoder() -> None:
    found = planted.results()
    assert [one.encoder for one in found.encoders] == ["symbolic-2", "standard-4"]
    one = found.encoder("standard-4")
    assert (one.latent_dim, one.n_features, one.test_rows) == (4, 6, 200)
    assert one.fvu_network == pytest.approx(0.02)
    assert one.fvu_formulas == pytest.approx(0.025)
    assert one.fvu_pca == pytest.approx(0.1)
    assert one.fvu_dense == pytest.approx(0.018)
    # of 20 nodes: its formulas have no more
    assert (one.fvu_symbolic, one.fvu_linear) == (pytest.approx(0.04), pytest.approx(0.08))
    assert one.gain == pytest.approx(0.07)
    assert one.linearity == pytest.approx(0.85)
    assert one.jaccard == pytest.approx(0.95)
    assert (one.redundant, one.removed) == (2, 2)


def test_results_come_back_from_json_with_null_for_what_was_not_measured() -> None:
    found = planted.results(substitution=None)
    text = json.dumps(found.model_dump(mode="json"), allow_nan=False)
    assert json.loads(text)["encoders"][0]["fvu_formulas"] is None
    assert Results.model_validate_json(text) == found


def test_one_undefined_score_leaves_the_median_undefined() -> None:
    formulas = [dict(one) for one in planted.datasets()["formulas"]]
    formulas[0]["r2"] = {**formulas[0]["r2"], "test": np.nan}
    assert planted.results(formulas=formulas).encoder("symbolic-2").r2_median is None


def test_losses_of_several_seeds_are_medians_of_the_same_seeds() -> None:
    rows = planted.datasets()["substitution"]
    other = rows.assign(seed=1, fvu_encoder=0.04, fvu_formulas=0.05)
    one = planted.results(substitution=pd.concat([rows, other])).encoders[0]
    assert one.fvu_network == pytest.approx(0.03)
    assert one.fvu_formulas == pytest.approx(0.0375)


def test_the_best_dense_encoder_is_chosen_on_validation_rows() -> None:
    table = planted.frontier()
    lucky = table[table["kind"] == "dense"].assign(
        encoder="lucky", fvu_validation=0.5, fvu_test=0.001
    )
    found = planted.results(frontier=pd.concat([table, lucky]))
    assert found.encoders[0].fvu_dense == pytest.approx(0.018)


def test_a_run_without_training_decoder_frontier_or_law_has_its_formulas() -> None:
    kept = ("features", "feature_info", "latents", "formulas", "pareto_fronts", "linearity")
    data = planted.datasets()
    found = planted.results(**{name: None for name in data if name not in kept})
    assert found.encoders[0].r2_median == pytest.approx(0.97)
    assert {one.verdict for one in found.claims if one.claim == "fidelity"} == {Verdict.YES}
    assert {one.verdict for one in found.claims if one.claim == "substitution"} == {
        Verdict.NOT_MEASURED
    }


def test_pca_is_measured_where_nothing_was_trained() -> None:
    """Six inputs, one of them a copy and one constant: four components hold everything."""
    found = planted.results(training_metrics=None)
    assert found.encoder("standard-4").fvu_pca == pytest.approx(0, abs=1e-6)
    assert 0.3 < (found.encoder("symbolic-2").fvu_pca or 0) < 0.7


def test_one_latent_correlates_with_nothing() -> None:
    collapse = planted.datasets()["collapse"].assign(largest_correlation=np.nan)
    claims = planted.results(collapse=collapse).claims
    assert {one.verdict for one in claims if one.claim == "collapse"} == {Verdict.YES}


def test_clopper_pearson_agrees_with_its_closed_forms() -> None:
    low, high = clopper_pearson(0, 60)
    assert (low, high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 60)))
    low, high = clopper_pearson(60, 60)
    assert (low, high) == (pytest.approx(0.025 ** (1 / 60)), 1.0)


def test_findings_that_nobody_knows_are_refused() -> None:
    with pytest.raises(LatentLawsError, match="no findings are called 'fidelty': accepted are"):
        Saved(fidelty=None)
