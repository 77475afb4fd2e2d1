import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.recoverability import RecoverabilityOptions, recoverability
from latent_laws.findings.redundancy import (
    RedundancyOptions,
    redundancy,
    redundancy_summary,
    removal_change,
)
from tests.findings.planted import (
    ENCODER,
    PlantedCase,
    distillation_of,
    linear_autoencoder,
    planted_case,
    table_of,
)

OPTIONS = RedundancyOptions(rows=100, levels=3)


def judged(case: PlantedCase, options: RedundancyOptions = OPTIONS) -> pd.DataFrame:
    about = case.distillation
    quick = RecoverabilityOptions(trees=10, predictors=6)
    recoverable = recoverability(about.table, about.feature_info, quick)
    return redundancy(about, recoverable, options)


@pytest.fixture(scope="module")
def case() -> PlantedCase:
    return planted_case(0)


@pytest.fixture(scope="module")
def verdicts(case: PlantedCase) -> pd.DataFrame:
    return judged(case)


def test_planted_verdicts_are_found() -> None:
    wrong, total = [], 0
    for seed in range(10):
        case = planted_case(seed)
        found = judged(case).set_index("feature")["verdict"]
        total += len(case.verdicts)
        wrong += [
            (seed, feature, verdict, found[feature])
            for feature, verdict in case.verdicts.items()
            if found[feature] != verdict
        ]
    assert total > 150
    assert len(wrong) <= 0.05 * total, wrong


def test_columns_and_rows(case: PlantedCase, verdicts: pd.DataFrame) -> None:
    documented = {
        *("encoder", "variant", "latent_dim", "feature", "group", "kind", "verdict"),
        *("is_constant", "encoder_sensitivity"),
        *("formula_effect", "null_effect", "n_formulas", "n_formulas_above_null"),
        *("selection_frequency", "null_frequency", "r2_from_others", "recoverable_from"),
        *("recoverable", "sum_rule", "jointly_recoverable"),
    }
    assert set(verdicts.columns) == documented
    features = verdicts[verdicts["kind"] != "group"]
    assert tuple(features["feature"]) == case.distillation.table.names
    assert features.set_index("feature")["group"].get("kind_0") == "kind"


def test_a_one_hot_group_gets_a_verdict_of_its_own(verdicts: pd.DataFrame) -> None:
    (group,) = verdicts[verdicts["kind"] == "group"].to_dict("records")
    assert (group["feature"], group["verdict"]) == ("kind", "used")
    members = verdicts[verdicts["group"] == "kind"]
    assert members["sum_rule"].all()
    assert not members["recoverable"].any()
    assert group["n_formulas"] >= members["n_formulas"].max()
    assert group["selection_frequency"] <= members["selection_frequency"].sum() + 1e-9


def test_evidence_stands_beside_the_verdicts(verdicts: pd.DataFrame) -> None:
    rows = {row["feature"]: row for row in verdicts.to_dict("records")}
    assert rows["unused_0"]["encoder_sensitivity"] == pytest.approx(0, abs=1e-12)
    assert rows["lonely_0"]["n_formulas_above_null"] == 1
    assert rows["silent_0"]["encoder_sensitivity"] > OPTIONS.insensitive
    assert rows["copy"]["r2_from_others"] > 0.98
    assert rows["copy"]["recoverable_from"].startswith("original")
    assert rows["square"]["recoverable_from"].startswith("used_0")
    assert rows["constant"]["is_constant"]


def test_summary_counts_verified_beside_naive(case: PlantedCase, verdicts: pd.DataFrame) -> None:
    about = case.distillation
    counts = redundancy_summary(verdicts, about.models, about.table)[ENCODER]
    unused = sum(verdict == "ignored" for verdict in case.verdicts.values())
    assert (counts["constant"], counts["ignored"], counts["formula_silent"]) == (1, unused, 1)
    assert counts["recoverable"] == 3
    # of original and copy only one can go
    assert counts["jointly_recoverable"] == 2
    assert counts["verified"] == 1 + unused + 2
    in_no_formula = (verdicts["n_formulas"] == 0) & (verdicts["kind"] != "group")
    assert counts["naive"] == in_no_formula.sum()
    assert counts["sum_rule"] == 3
    assert counts["fvu_change"] == pytest.approx(0, abs=1e-6)


def test_ignored_features_that_matter_together_are_given_up() -> None:
    # Twelve weak inputs: each alone is below the limit, but their removal changes the rest.
    rng = np.random.default_rng(0)
    names = [f"weak_{i}" for i in range(12)] + ["strong"]
    table = table_of(rng.normal(size=(800, 13)), names)
    weights = np.array([[0.09] * 12 + [1.0]])
    model = linear_autoencoder(weights, np.array([[0.0]] * 12 + [[1.0]]))
    about = distillation_of(model, table, ["strong"])
    recoverable = recoverability(table, about.feature_info, RecoverabilityOptions(max_forests=0))
    frame = redundancy(about, recoverable, OPTIONS)
    ignored = np.array(frame["verdict"] == "ignored")
    assert (frame["encoder_sensitivity"] < OPTIONS.insensitive).sum() == 12
    assert 0 < ignored.sum() < 12
    change = removal_change(model, table.validation, table.train.mean(axis=0), ignored)
    assert abs(change) < OPTIONS.tolerance
    loose = redundancy(about, recoverable, RedundancyOptions(rows=100, tolerance=1.0))
    assert (loose["verdict"] == "ignored").sum() == 12


def test_removal_change_has_a_closed_form() -> None:
    # The output of the first feature is x0 + x1, that of the second is x1.
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20_000, 2)).astype(np.float32)
    model = linear_autoencoder(np.eye(2), np.array([[1.0, 1.0], [0.0, 1.0]]))
    removed = np.array([False, True])
    # FVU of the first falls from 1 (x1 is an error) to 0.
    change = removal_change(model, X, np.zeros(2, dtype=np.float32), removed)
    assert change == pytest.approx(-1, abs=0.05)
    everything = np.array([True, True])
    assert np.isnan(removal_change(model, X, np.zeros(2, dtype=np.float32), everything))
