from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from latent_laws.findings.distillation import Distillation
from latent_laws.findings.importance import (
    ImportanceOptions,
    excess_frequency,
    feature_importance,
)
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import (
    Array,
    distillation_of,
    linear_autoencoder,
    planted_case,
    table_of,
)

NAMES = ["a", "b", "c"]
QUICK = ImportanceOptions(draws=5, resamples=200, rows=200)


def table(rows: int = 1000) -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(rows, 3)), NAMES)


def about(
    expressions: list[str], encoder: Array, decoder: Array, null: Sequence[str] = ()
) -> Distillation:
    return distillation_of(linear_autoencoder(encoder, decoder), table(), expressions, null=null)


def by_feature(frame: pd.DataFrame, column: str) -> list[float]:
    return frame.set_index("feature")[column].tolist()


def test_shares_have_closed_forms_in_a_linear_autoencoder() -> None:
    # Latent 0 is 2a + b, latent 1 is c; the decoder triples latent 1.
    encoder = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    decoder = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 3.0]])
    frame = feature_importance(about(["2.0*a + b", "1.0*c"], encoder, decoder), QUICK)
    a, b, c = table().train.var(axis=0, dtype=np.float64)
    first = 4 * a + b
    by_latent = [4 * a / first / 2, b / first / 2, 1 / 2]
    assert by_feature(frame, "variance_share") == pytest.approx(by_latent, rel=1e-3)
    by_output = [4 * a / (first + 9 * c), b / (first + 9 * c), 9 * c / (first + 9 * c)]
    assert by_feature(frame, "reconstruction_share") == pytest.approx(by_output, abs=0.03)
    assert by_feature(frame, "selection_frequency") == [0.5, 0.5, 0.5]
    # exact formulas leave nothing to complete
    assert by_feature(frame, "importance") == pytest.approx(
        by_feature(frame, "reconstruction_share"), abs=1e-6
    )


def test_what_formulas_leave_unexplained_is_divided_by_variance() -> None:
    # The formula knows a; half of the latent's variance, that of b, it leaves out.
    encoder, decoder = np.array([[1.0, 1.0, 0.0]]), np.array([[1.0], [1.0], [0.0]])
    frame = feature_importance(about(["1.0*a"], encoder, decoder), QUICK)
    assert by_feature(frame, "reconstruction_share") == pytest.approx([1, 0, 0])
    assert by_feature(frame, "importance") == pytest.approx([2 / 3, 1 / 6, 1 / 6], rel=0.1)


def test_useless_formulas_leave_everything_to_the_variances() -> None:
    encoder, decoder = np.array([[1.0, 0.0, 0.0]]), np.array([[1.0], [0.0], [0.0]])
    frame = feature_importance(about(["-1.0*a"], encoder, decoder), QUICK)
    assert by_feature(frame, "importance") == pytest.approx([1 / 3] * 3, rel=0.1)
    constant = feature_importance(about(["1.0"], encoder, decoder), QUICK)
    assert by_feature(constant, "variance_share") == [0, 0, 0]
    assert by_feature(constant, "reconstruction_share") == [0, 0, 0]


def test_the_null_is_subtracted_at_equal_complexity() -> None:
    encoder, decoder = np.eye(3), np.eye(3)
    texts, null = ["1.0*a", "1.0*a", "1.0*b"], ["1.0*b", "2.0*c", "3.0*c"]
    frame = feature_importance(about(texts, encoder, decoder, null=null), QUICK)
    assert by_feature(frame, "selection_frequency") == pytest.approx([2 / 3, 1 / 3, 0])
    assert by_feature(frame, "null_frequency") == pytest.approx([0, 1 / 3, 2 / 3])
    assert by_feature(frame, "excess_frequency") == pytest.approx([2 / 3, 0, -2 / 3])


def test_intervals_hold_the_value_and_cover_the_truth() -> None:
    # Each latent uses the feature with probability 0.3: the interval of the mean should hold 0.3.
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        selected = (rng.random((40, 1)) < 0.3).astype(float)
        one = excess_frequency(selected, np.zeros((0, 1)), ImportanceOptions(resamples=300))
        assert one.low[0] <= one.value[0] <= one.high[0]
        covered += one.low[0] <= 0.3 <= one.high[0]
    assert covered >= 51


def test_search_noise_shows_in_the_interval_of_the_reconstruction_share() -> None:
    encoder, decoder = np.eye(3)[:1], np.eye(3)[:, :1]
    sure = about(["1.0*a"], encoder, decoder)
    torn = Distillation(
        sure.models,
        sure.table,
        sure.feature_info,
        sure.formulas,
        pd.concat([sure.fronts, sure.fronts.assign(expression="1.0*b", seed=1)]),
        sure.null_fronts,
    )
    options = ImportanceOptions(draws=40, rows=100)
    for distillation, width in ((sure, 0.0), (torn, 1.0)):
        frame = feature_importance(distillation, options).set_index("feature").loc["a"]
        gap = frame["reconstruction_share_high"] - frame["reconstruction_share_low"]
        assert gap == pytest.approx(width, abs=1e-6)
    shares = feature_importance(torn, options).set_index("feature")["reconstruction_share"]
    assert shares["a"] == pytest.approx(0.5, abs=0.25)


def test_members_of_a_group_do_not_depend_on_how_a_formula_spells_them() -> None:
    rng = np.random.default_rng(0)
    X = np.eye(3)[rng.choice(3, size=2000, p=[0.5, 0.3, 0.2])]
    groups = dict.fromkeys(NAMES, "g")
    # The same function on one-hot rows, once with c and once with a as the reference.
    encoder, decoder = np.array([[1.0, -1.0, 0.0]]), np.array([[1.0], [-1.0], [0.0]])
    model = linear_autoencoder(encoder, decoder)
    frames = [
        feature_importance(distillation_of(model, table_of(X, NAMES), [text], groups=groups), QUICK)
        for text in ("1.0*a - 1.0*b", "1.0 - 2.0*b - 1.0*c")
    ]
    for column in ("variance_share", "reconstruction_share", "importance"):
        first, second = (by_feature(frame, column) for frame in frames)
        assert first == pytest.approx(second, rel=1e-4)
    assert [by_feature(frame, "selection_frequency") for frame in frames] == [[1, 1, 0], [0, 1, 1]]


def test_columns_rows_and_sums() -> None:
    case = planted_case(1)
    frame = feature_importance(case.distillation, QUICK)
    assert tuple(frame["feature"]) == case.distillation.table.names
    for score in ("variance_share", "reconstruction_share", "importance"):
        assert frame[score].sum() == pytest.approx(1)
    for score in ("excess_frequency", "variance_share", "reconstruction_share", "importance"):
        assert (frame[f"{score}_low"] <= frame[f"{score}_high"]).all()
    ranks = frame.set_index("feature")["importance"].rank(ascending=False)
    unused = [name for name, verdict in case.verdicts.items() if verdict == "ignored"]
    used = [name for name, verdict in case.verdicts.items() if verdict == "used"]
    assert ranks[used].mean() < ranks[unused].mean()
    assert feature_importance(case.distillation, QUICK).equals(frame)


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        ImportanceOptions.model_validate({"row": 3})
