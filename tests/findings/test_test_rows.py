"""Test rows only report: whatever they are, nothing that is chosen changes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from latent_laws.findings.agreement import AgreementOptions, seed_scores
from latent_laws.findings.attribution import AttributionOptions, attributions
from latent_laws.findings.collapse import CollapseOptions, collapse
from latent_laws.findings.deletion import DeletionOptions, delete_features
from latent_laws.findings.distillation import Distillation
from latent_laws.findings.importance import ImportanceOptions, feature_importance
from latent_laws.findings.interactions import InteractionOptions, interactions
from latent_laws.findings.recoverability import RecoverabilityOptions, recoverability
from latent_laws.findings.redundancy import RedundancyOptions, redundancy
from latent_laws.findings.removal import RemovalOptions, removals
from tests.findings.planted import ENCODER, planted_case

REPORTED = ["r2_from_others"]


def importance(about: Distillation) -> pd.DataFrame:
    return feature_importance(about, ImportanceOptions(draws=3, rows=100))


def attribution(about: Distillation) -> pd.DataFrame:
    return attributions(about.models, about.table, AttributionOptions(rows=50))


def verdicts(about: Distillation) -> pd.DataFrame:
    options = RecoverabilityOptions(trees=10, predictors=6)
    recoverable = recoverability(about.table, about.feature_info, options)
    found = redundancy(about, recoverable, RedundancyOptions(rows=50, levels=3))
    return found.drop(columns=REPORTED)


def pairs(about: Distillation) -> pd.DataFrame:
    return interactions(about, InteractionOptions(rows=100))[0]


def classes(about: Distillation) -> pd.DataFrame:
    return interactions(about, InteractionOptions(rows=100))[1]


def collapsed(about: Distillation) -> pd.DataFrame:
    return collapse(about.models, about.table, CollapseOptions(rows=50))


def seeds(about: Distillation) -> pd.DataFrame:
    return pd.DataFrame(seed_scores(about.models[ENCODER], about.table, AgreementOptions(rows=50)))


def removed(about: Distillation) -> pd.DataFrame:
    return pd.DataFrame(removals(about.table.names[:3], about.table, RemovalOptions()))


@pytest.fixture(scope="module")
def about() -> Distillation:
    return planted_case(5, rows=600).distillation


@pytest.mark.parametrize(
    "chosen",
    [importance, attribution, verdicts, pairs, classes, collapsed, seeds, removed],
    ids=lambda function: function.__name__,
)
def test_other_test_rows_change_nothing_that_is_chosen(
    about: Distillation, chosen: Callable[[Distillation], pd.DataFrame]
) -> None:
    rng, test = np.random.default_rng(0), about.table.test
    before = chosen(about)
    one_row_again_and_again = np.repeat(test[:1], 20, axis=0)
    for rows in (rng.permuted(test, axis=0), 3 * test[:7] + 1, one_row_again_and_again):
        other = replace(about, table=replace(about.table, test=rows.astype(np.float32)))
        pd.testing.assert_frame_equal(chosen(other), before)


def test_what_is_reported_does_read_them(about: Distillation) -> None:
    scores = attribution(about)
    other = replace(about.table, test=3 * about.table.test)
    options = DeletionOptions(rows=50, points=4, random_orders=1, resamples=10)
    first, second = (
        delete_features(scores, ["permutation"], about.models, table, options)[1]
        for table in (about.table, other)
    )
    assert not first["area"].equals(second["area"])
