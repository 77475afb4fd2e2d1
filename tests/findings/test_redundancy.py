from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.recoverability import RecoverabilityOptions, recoverability
from latent_laws.findings.redundancy import (
    RedundancyOptions,
    redundancy,
    redundant_features,
    remaining_losses,
)
from latent_laws.findings.response import Response
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import (
    ENCODER,
    PlantedCase,
    distillation_of,
    front_of,
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
        *("encoder_sensitivity", "formula_effect", "null_effect", "n_formulas_above_null"),
        *("r2_from_others", "recoverable_from", "recoverable", "jointly_recoverable"),
    }
    assert set(verdicts.columns) == documented
    features = verdicts[verdicts["kind"] != "group"]
    assert tuple(features["feature"]) == case.distillation.table.names
    assert features.set_index("feature")["group"].get("kind_0") == "kind"


def test_a_one_hot_group_gets_a_verdict_of_its_own(verdicts: pd.DataFrame) -> None:
    (group,) = verdicts[verdicts["kind"] == "group"].to_dict("records")
    assert (group["feature"], group["verdict"]) == ("kind", "used")
    members = verdicts[verdicts["group"] == "kind"]
    assert not members["recoverable"].any()
    # one member may be all of the group's effect, to rounding
    assert group["formula_effect"] >= members["formula_effect"].max() * (1 - 1e-12)
    assert group["n_formulas_above_null"] >= members["n_formulas_above_null"].max()


def test_evidence_stands_beside_the_verdicts(verdicts: pd.DataFrame) -> None:
    rows = {row["feature"]: row for row in verdicts.to_dict("records")}
    assert rows["unused_0"]["encoder_sensitivity"] == pytest.approx(0, abs=1e-12)
    assert rows["lonely_0"]["n_formulas_above_null"] == 1
    assert rows["silent_0"]["encoder_sensitivity"] > OPTIONS.insensitive
    assert rows["copy"]["r2_from_others"] > 0.98
    assert rows["copy"]["recoverable_from"].startswith("original")
    assert rows["square"]["recoverable_from"].startswith("used_0")


def test_what_is_called_redundant_can_go_at_once(case: PlantedCase, verdicts: pd.DataFrame) -> None:
    unused = [name for name, verdict in case.verdicts.items() if verdict == "ignored"]
    found = redundant_features(verdicts, ENCODER)
    assert set(found) >= {"constant", *unused}
    # of original and copy only one can go
    rest = set(found) - {"constant", *unused}
    assert len(rest) == 2
    assert len(rest & {"original", "copy"}) == 1


def test_what_follows_from_an_ignored_copy_alone_is_not_redundant_beside_it() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 4))
    # a and the copy that the encoder does not read; d follows from what it does read
    X[:, 1] = X[:, 0] + 0.01 * rng.normal(size=1000)
    X[:, 3] = X[:, 0] - X[:, 2] + 0.01 * rng.normal(size=1000)
    table = table_of(X, ["a", "copy", "c", "d"])
    weights = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]])
    model = linear_autoencoder(weights, weights.T)
    found = judged_plainly(model, table, ["1.0*a", "1.0*c", "1.0*d"])
    verdicts = dict(zip(found["feature"], found["verdict"], strict=True))
    assert verdicts["copy"] == "ignored"
    assert verdicts["a"] == verdicts["c"] == verdicts["d"] == "recoverable"
    redundant = redundant_features(found, ENCODER)
    assert len(redundant) == 2
    assert "copy" in redundant


def judged_plainly(model: Encoder, table: FeatureTable, expressions: list[str]) -> pd.DataFrame:
    about = distillation_of(model, table, expressions)
    recoverable = recoverability(table, about.feature_info, RecoverabilityOptions(max_forests=0))
    return redundancy(about, recoverable, OPTIONS)


def test_ignored_features_that_matter_together_are_given_up() -> None:
    # Twelve weak inputs: each alone is below the limit, but `total` is rebuilt from them all.
    rng = np.random.default_rng(0)
    names = [*(f"weak_{i}" for i in range(12)), "rest", "total"]
    X = rng.normal(size=(3000, 14))
    X[:, 13] = X[:, 12] + 0.05 * X[:, :12].sum(axis=1) + 0.1414 * X[:, 13]
    weights = np.array([[0.0] * 12 + [1.0, 0.0], [0.025] * 12 + [0.5, 0.5]])
    table = table_of(X, names)
    model = linear_autoencoder(weights, np.vstack([np.zeros((12, 2)), np.eye(2)]))
    frame = judged_plainly(model, table, ["1.0*rest", "0.5*rest + 0.5*total"])
    assert (frame["encoder_sensitivity"][:12] < OPTIONS.insensitive * 2 / 14).all()
    ignored = np.array(frame["verdict"] == "ignored")
    assert 0 < ignored.sum() < 12
    response, mean = Response.of(model, table.train), table.train.mean(axis=0)
    before, after = remaining_losses(response, table.validation, mean, ignored)
    assert before < after <= 1.5 * before


def test_exchangeable_inputs_are_all_used() -> None:
    # a random subspace of 300 inputs: each is worth a three-hundredth, and none of them nothing
    rng = np.random.default_rng(0)
    names = [f"x{i}" for i in range(300)]
    basis = np.linalg.qr(rng.normal(size=(300, 4)))[0].T
    basis = np.sign(basis) / np.sqrt(300)
    table = table_of(rng.normal(size=(2000, 300)), names)
    model = linear_autoencoder(basis, basis.T)
    texts = [
        Formula.linear(0.0, dict(zip(names[:5], row[:5], strict=True)), names) for row in basis
    ]
    frame = judged_plainly(model, table, [text.expression for text in texts])
    assert (frame["encoder_sensitivity"] < 0.02).all()
    assert not frame["verdict"].isin(["ignored", "recoverable", "constant"]).any()


def test_inputs_that_vary_in_too_few_rows_are_constant() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 3))
    X[:, 2] = 0.0
    X[[5, 700], 2] = 30.0
    frame = judged_plainly(
        linear_autoencoder(np.eye(3), np.eye(3)),
        table_of(X, ["a", "b", "c"]),
        ["1.0*a", "1.0*b", "1.0*c"],
    )
    assert frame["verdict"].tolist() == ["used", "used", "constant"]


def test_without_a_decoder_latents_are_judged() -> None:
    rng = np.random.default_rng(0)
    table = table_of(rng.normal(size=(1000, 3)), ["a", "b", "c"])
    coded = FunctionEncoder(lambda X: 100.0 * X[:, :1] + X[:, 1:2], 1)
    frame = judged_plainly(coded, table, ["100.0*a"])
    # b is one part in ten thousand of the latent, c none
    assert frame["verdict"].tolist() == ["used", "ignored", "ignored"]
    assert frame["encoder_sensitivity"].tolist() == pytest.approx([1, 1e-4, 0], abs=1e-2)


def test_a_front_that_drops_a_feature_does_not_make_it_silent() -> None:
    # the selected formula is short; candidates that are believed as much read b as well
    rng = np.random.default_rng(0)
    table = table_of(rng.normal(size=(1000, 3)), ["a", "b", "c"])
    model = linear_autoencoder(np.array([[1.0, 0.3, 0]]), np.array([[1.0], [0.3], [0.0]]))
    about = distillation_of(model, table, ["1.0*a"])
    recoverable = recoverability(table, about.feature_info, RecoverabilityOptions(max_forests=0))
    alone = redundancy(about, recoverable, OPTIONS)
    assert alone["verdict"].tolist() == ["used", "formula_silent", "ignored"]
    front = front_of(0, ["1.0*a", "a + 0.3*b"], ["a", "b", "c"]).assign(r2_validation=[0.92, 0.99])
    found = redundancy(replace(about, fronts=front), recoverable, OPTIONS)
    assert found["verdict"].tolist() == ["used", "used", "ignored"]
    assert found["n_formulas_above_null"].tolist() == [1, 1, 0]


def test_without_null_searches_nothing_is_claimed_of_the_null() -> None:
    rng = np.random.default_rng(0)
    table = table_of(rng.normal(size=(500, 2)), ["a", "b"])
    frame = judged_plainly(linear_autoencoder(np.eye(2), np.eye(2)), table, ["1.0*a", "1.0*b"])
    assert frame["null_effect"].isna().all()


def test_test_rows_decide_nothing() -> None:
    case = planted_case(3)
    about = case.distillation
    rng = np.random.default_rng(0)
    other = replace(about.table, test=rng.normal(size=(50, len(about.table.names))).astype("f4"))
    columns = ["feature", "verdict", "recoverable", "jointly_recoverable", "encoder_sensitivity"]
    frames = [
        judged(PlantedCase(replace(about, table=table), case.verdicts))[columns]
        for table in (about.table, other)
    ]
    assert frames[0].equals(frames[1])


def test_losses_on_what_remains_have_a_closed_form() -> None:
    # The output of the first feature is x0 + x1, that of the second is x1.
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20_000, 2)).astype(np.float32)
    response = Response.of(linear_autoencoder(np.eye(2), np.array([[1.0, 1.0], [0.0, 1.0]])), X)
    for gone, expected in (([0, 0], (0.5, 0.5)), ([0, 1], (1, 0)), ([1, 1], (0, 0))):
        removed = np.array(gone, dtype=bool)
        found = remaining_losses(response, X, X.mean(axis=0), removed)
        assert found == pytest.approx(expected, abs=0.03)
