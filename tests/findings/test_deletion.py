import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.findings.deletion import (
    DeletionOptions,
    deletion_curves,
    deletion_scores,
    fvu_without,
)
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import linear_autoencoder, table_of

NAMES = ["a", "b", "c", "d"]
DEVIATIONS = np.array([4.0, 3.0, 2.0, 1.0])
IDENTITY = linear_autoencoder(np.eye(4), np.eye(4))


def table(rows: int = 5000) -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(rows, 4)) * DEVIATIONS, NAMES)


def scores(**rankings: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"encoder": "standard", "feature": NAMES, **rankings})


def curves(frame: pd.DataFrame, **options: int) -> pd.DataFrame:
    rankings = tuple(name for name in frame.columns if name not in ("encoder", "feature"))
    chosen = DeletionOptions.model_validate(options)
    return deletion_curves(frame, rankings, {"standard": IDENTITY}, table(), chosen)


def test_identity_loses_the_variance_of_what_is_deleted() -> None:
    made = curves(scores(good=[4.0, 3.0, 2.0, 1.0]))
    top = made[made["order"] == "top"]
    assert top["k"].tolist() == [0, 1, 2, 3, 4]
    assert top["fvu"].tolist() == pytest.approx([0, 16 / 30, 25 / 30, 29 / 30, 1], abs=0.03)
    # the last feature holds 1/30 of the variance, nothing is left after it
    assert top["fvu_untouched"].tolist()[:4] == pytest.approx([0, 0, 0, 0], abs=1e-9)
    assert np.isnan(top["fvu_untouched"].iloc[-1])
    bottom = made[made["order"] == "bottom"]
    assert bottom["fvu"].tolist() == pytest.approx([0, 1 / 30, 5 / 30, 14 / 30, 1], abs=0.03)


def test_good_rankings_score_above_bad_ones() -> None:
    made = curves(scores(bad=[1.0, 2.0, 3.0, 4.0], good=[4.0, 3.0, 2.0, 1.0], flat=[1.0] * 4))
    found = deletion_scores(made).set_index("ranking")["score"]
    # area between the curves of the closed form, by the trapezoid rule over k/4
    assert found["good"] == pytest.approx((15 + 20 + 15) / 30 / 4, abs=0.03)
    assert found["bad"] == pytest.approx(-found["good"])
    assert deletion_scores(made)["ranking"].tolist() == ["good", "flat", "bad"]


def test_the_random_curve_lies_between() -> None:
    made = curves(scores(good=[4.0, 3.0, 2.0, 1.0]), random_orders=40)
    wide = made.pivot_table(index="k", columns="order", values="fvu")
    assert (wide.loc[1:3, "bottom"] < wide.loc[1:3, "random"]).all()
    assert (wide.loc[1:3, "random"] < wide.loc[1:3, "top"]).all()
    both = deletion_scores(made).iloc[0]
    assert 0 < both["score_random"] < both["score"]


def test_untouched_features_show_what_they_lost() -> None:
    # b is reconstructed from a, so deleting a hurts b.
    encoder = np.eye(4)
    decoder = np.eye(4)
    decoder[1] = [1.0, 1.0, 0.0, 0.0]
    model = linear_autoencoder(encoder, decoder)
    X = table().test
    deleted = np.array([True, False, False, False])
    _, kept = fvu_without(model, X, X.mean(axis=0), np.zeros(4, dtype=bool))
    all_, untouched = fvu_without(model, X, X.mean(axis=0), deleted)
    # b carries an error of a (variance 16) while a is there, and only its mean afterwards
    assert kept == pytest.approx(16 / 30, rel=0.15)
    assert untouched == pytest.approx(0, abs=0.01)
    assert all_ == pytest.approx(16 / 30, rel=0.15)


def test_long_curves_are_thinned_to_the_given_points() -> None:
    made = curves(scores(good=[4.0, 3.0, 2.0, 1.0]), points=3)
    assert made["k"].unique().tolist() == [0, 2, 4]


def test_a_ranking_without_a_score_is_named() -> None:
    with pytest.raises(LatentLawsError, match=r"ranking 'broken' of encoder 'standard'.*'b'"):
        curves(scores(broken=[1.0, float("nan"), 2.0, 3.0]))
