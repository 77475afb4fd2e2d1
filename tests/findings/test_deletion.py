import numpy as np
import pandas as pd
import pytest

from latent_laws.encoders.adapters import FunctionEncoder
from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError
from latent_laws.findings.deletion import DeletionOptions, delete_features
from latent_laws.tables.table import FeatureTable
from tests.findings.planted import ENCODER, linear_autoencoder, table_of

NAMES = ["a", "b", "c", "d"]
DEVIATIONS = np.array([4.0, 3.0, 2.0, 1.0])
IDENTITY = linear_autoencoder(np.eye(4), np.eye(4))
GOOD, BAD = [4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0]


def table(rows: int = 5000) -> FeatureTable:
    return table_of(np.random.default_rng(0).normal(size=(rows, 4)) * DEVIATIONS, NAMES)


def scores(**rankings: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"encoder": ENCODER, "feature": NAMES, **rankings})


def deleted(
    frame: pd.DataFrame, model: Encoder = IDENTITY, data: FeatureTable | None = None, **options: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rankings = tuple(name for name in frame.columns if name not in ("encoder", "feature"))
    chosen = DeletionOptions.model_validate(options)
    return delete_features(frame, rankings, {ENCODER: model}, data or table(), chosen)


def area(rankings: pd.DataFrame, name: str, credit: str) -> "pd.Series[float]":
    return rankings.set_index(["ranking", "credit"]).loc[(name, credit)]


def test_identity_loses_the_variance_of_what_is_deleted() -> None:
    made, _ = deleted(scores(good=GOOD))
    top = made[(made["order"] == "top") & (made["ranking"] == "good")]
    assert top["k"].tolist() == [0, 1, 2, 3, 4]
    assert top["fvu"].tolist() == pytest.approx([0, 16 / 30, 25 / 30, 29 / 30, 1], abs=0.03)
    # the last feature holds 1/30 of the variance, nothing is left after it
    assert top["fvu_untouched"].tolist()[:4] == pytest.approx([0, 0, 0, 0], abs=1e-9)
    assert np.isnan(top["fvu_untouched"].iloc[-1])
    bottom = made[(made["order"] == "bottom") & (made["ranking"] == "good")]
    assert bottom["fvu"].tolist() == pytest.approx([0, 1 / 30, 5 / 30, 14 / 30, 1], abs=0.03)


def test_good_rankings_clear_bad_ones() -> None:
    _, found = deleted(scores(bad=BAD, good=GOOD, flat=[1.0] * 4))
    # area between the curves of the closed form, by the trapezoid rule over k/4
    good = area(found, "good", "with")
    assert good["area"] == pytest.approx((15 + 20 + 15) / 30 / 4, abs=0.03)
    assert area(found, "bad", "with")["area"] == pytest.approx(-good["area"])
    assert good["low"] < good["area"] < good["high"]


def test_variance_alone_earns_nothing_on_what_is_still_there() -> None:
    # the identity copies every input: deleting one says nothing about another
    _, found = deleted(scores(own=GOOD))
    assert area(found, "own", "with")["low"] > 0.3
    without = area(found, "own", "without")
    assert without[["area", "low", "high"]].tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert not without["clears_next"]


def test_the_input_that_others_are_rebuilt_from_leads_on_what_is_still_there() -> None:
    # b, c and d follow from a, which has the least variance; the encoder reads a alone
    rng = np.random.default_rng(0)
    source = rng.normal(size=5000)
    X = np.stack([source, *(source * w + 0.1 * rng.normal(size=5000) for w in (2, 3, 4))], axis=1)
    encoder, decoder = np.array([[1.0, 0, 0, 0]]), np.array([[1.0], [2.0], [3.0], [4.0]])
    model, data = linear_autoencoder(encoder, decoder), table_of(X, NAMES)
    _, found = deleted(
        scores(used=[4.0, 1.0, 2.0, 3.0], second=[3.0, 4.0, 1.0, 2.0], own=BAD), model, data
    )
    clear = found[found["credit"] == "without"].set_index("ranking")["clears_next"]
    assert clear.to_dict() == {"used": True, "second": False, "own": False, "random": False}
    # nothing is lost before a is gone, everything afterwards: over k = 0 to 3
    assert area(found, "used", "without")["area"] == pytest.approx(2.5 / 3, abs=0.02)
    assert area(found, "own", "without")["area"] == pytest.approx(-2.5 / 3, abs=0.02)


def test_equal_rankings_do_not_clear_each_other() -> None:
    _, found = deleted(scores(one=GOOD, same=GOOD))
    assert not found["clears_next"].any()


def test_intervals_hold_the_area_on_other_rows() -> None:
    covered = 0
    _, truth = deleted(scores(good=GOOD), data=table(100_000), rows=20_000)
    for seed in range(40):
        X = np.random.default_rng(seed + 1).normal(size=(1000, 4)) * DEVIATIONS
        _, found = deleted(scores(good=GOOD), data=table_of(X, NAMES), random_orders=1)
        row = area(found, "good", "with")
        covered += row["low"] <= area(truth, "good", "with")["area"] <= row["high"]
    assert covered >= 34


def test_random_rankings_lie_between() -> None:
    made, found = deleted(scores(good=GOOD), random_orders=20)
    wide = made[made["order"] == "top"].pivot_table(index="k", columns="ranking", values="fvu")
    low = made[made["order"] == "bottom"].pivot_table(index="k", columns="ranking", values="fvu")
    assert (low.loc[1:3, "good"] < wide.loc[1:3, "random"]).all()
    assert (wide.loc[1:3, "random"] < wide.loc[1:3, "good"]).all()
    random = area(found, "random", "with")
    assert (random["area"], random["low"]) == (0, -random["high"])


def test_without_a_decoder_latents_are_what_is_lost() -> None:
    coded = FunctionEncoder(lambda X: X[:, :2] * np.array([1.0, 100.0]), 2)
    made, found = deleted(scores(good=[2.0, 1.0, 0.0, 0.0]), coded)
    top = made[(made["order"] == "top") & (made["ranking"] == "good")]
    assert top["fvu"].tolist() == pytest.approx([0, 0.5, 1, 1, 1], abs=0.03)
    assert made["fvu_untouched"].isna().all()
    assert set(found["credit"]) == {"with"}


def test_long_curves_are_thinned_to_the_given_points() -> None:
    made, _ = deleted(scores(good=GOOD), points=3)
    assert made["k"].unique().tolist() == [0, 2, 4]


def test_a_ranking_without_a_score_is_named() -> None:
    with pytest.raises(LatentLawsError, match=r"ranking 'broken' of encoder 'standard-3'.*'b'"):
        deleted(scores(broken=[1.0, float("nan"), 2.0, 3.0]))
