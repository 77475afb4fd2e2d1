"""Planted words are found, noise gets no label, and figures are those of the test rows."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.text.dimension_labels import LabelOptions, correlations, dimension_labels

N_ROWS = 600
OPTIONS = LabelOptions(
    n_words=2, min_share=0.02, max_share=0.6, permutations=5, bootstrap_samples=200
)
FILLERS = [f"filler{number}" for number in range(40)]

Texts = tuple[list[str], NDArray[np.bool_], NDArray[np.bool_]]


@pytest.fixture(scope="module")
def texts() -> Texts:
    """Texts of filler words, in which "wooden ship" and "tired" occur now and then."""
    rng = np.random.default_rng(0)
    ship, tired = rng.random(N_ROWS) < 0.3, rng.random(N_ROWS) < 0.3
    made = []
    for has_ship, is_tired in zip(ship, tired, strict=True):
        words = list(rng.choice(FILLERS, size=12))
        words += ["wooden ship"] * int(has_ship) + ["tired"] * int(is_tired)
        made.append(" ".join(rng.permutation(words)))
    return made, ship, tired


@pytest.fixture(scope="module")
def splits() -> NDArray[np.str_]:
    return np.repeat(["train", "validation", "test"], [300, 100, 200])


@pytest.fixture(scope="module")
def labels(texts: Texts, splits: NDArray[np.str_]) -> pd.DataFrame:
    words, ship, tired = texts
    rng = np.random.default_rng(1)
    planted = 2.0 * ship - 2.0 * tired + rng.normal(0, 0.5, N_ROWS)
    noise = rng.normal(size=N_ROWS)
    inputs = pd.DataFrame({"planted": planted, "noise": noise, "constant": np.full(N_ROWS, 1e-33)})
    latents = {"standard": np.column_stack([noise, -planted]), "rotated": planted[:, None]}
    return dimension_labels(words, splits, inputs, latents, OPTIONS)


def test_a_row_an_input_and_a_latent(labels: pd.DataFrame) -> None:
    assert labels["kind"].tolist() == ["input"] * 3 + ["latent"] * 3
    assert labels["name"].tolist() == ["planted", "noise", "constant", "z0", "z1", "z0"]
    assert labels["encoder"].tolist()[3:] == ["standard", "standard", "rotated"]
    assert labels["encoder"][:3].isna().all()


def test_planted_words_are_found(labels: pd.DataFrame) -> None:
    planted = labels.set_index("name").loc["planted"]
    assert planted["has_label"]
    assert set(planted["high_words"].split(", ")) & {"wooden ship", "wooden", "ship"}
    assert planted["low_words"].split(", ")[0] == "tired"
    assert planted["ci_low"] < planted["correlation"] < planted["ci_high"]
    assert planted["correlation"] > 0.8


def test_the_words_of_a_dimension_turned_round_are_turned_round(labels: pd.DataFrame) -> None:
    planted, turned = labels.iloc[0], labels.iloc[4]
    assert (turned["high_words"], turned["low_words"]) == (
        planted["low_words"],
        planted["high_words"],
    )
    assert turned["correlation"] == pytest.approx(planted["correlation"])


def test_noise_and_constants_have_no_label(labels: pd.DataFrame) -> None:
    for name in ("noise", "constant"):
        row = labels.set_index("name").loc[name]
        assert not row["has_label"]
        assert row["high_words"] == row["low_words"] == ""
    assert labels["correlation"][2] == 0


def test_the_null_is_one_figure_above_chance_and_below_the_plant(labels: pd.DataFrame) -> None:
    (null,) = labels["null_correlation"].unique()
    # 30 draws of about N(0, 1 / sqrt(200))
    assert 0.05 < null < 0.35


def test_phrases_do_not_repeat_each_other(texts: Texts, splits: NDArray[np.str_]) -> None:
    words, ship, _ = texts
    options = OPTIONS.model_copy(update={"n_words": 5})
    row = dimension_labels(words, splits, pd.DataFrame({"ship": 1.0 * ship}), {}, options).iloc[0]
    single = [part for phrase in row["high_words"].split(", ") for part in phrase.split()]
    assert len(single) == len(set(single))


def test_figures_are_of_the_test_rows(texts: Texts, splits: NDArray[np.str_]) -> None:
    words, ship, _ = texts
    value = np.where(splits == "test", ~ship, ship).astype(np.float64)
    row = dimension_labels(words, splits, pd.DataFrame({"turned": value}), {}, OPTIONS).iloc[0]
    assert row["correlation"] < -0.8
    assert not row["has_label"]


def test_the_interval_covers_the_truth(texts: Texts, splits: NDArray[np.str_]) -> None:
    """A word's presence plus noise of its own variance correlates by 1 / sqrt(2)."""
    ship = texts[1]
    words = ["ship" if has else "boat" for has in ship]
    noise = np.random.default_rng(2).normal(0, ship.std(), (N_ROWS, 40))
    values = pd.DataFrame(ship[:, None] + noise).rename(columns="x{}".format)
    options = OPTIONS.model_copy(update={"n_words": 1, "max_share": 0.9})
    labels = dimension_labels(words, splits, values, {}, options)
    truth = 1 / np.sqrt(2)
    covered = ((labels["ci_low"] < truth) & (truth < labels["ci_high"])).mean()
    assert covered >= 0.8
    assert (labels["ci_high"] - labels["ci_low"]).median() == pytest.approx(0.14, abs=0.03)


def test_the_same_seed_gives_the_same_labels(texts: Texts, splits: NDArray[np.str_]) -> None:
    values = pd.DataFrame({"noise": np.random.default_rng(3).normal(size=N_ROWS)})
    first, second = (dimension_labels(texts[0], splits, values, {}, OPTIONS) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_texts_of_other_rows_are_named(splits: NDArray[np.str_]) -> None:
    inputs = pd.DataFrame({"x": np.zeros(N_ROWS)})
    with pytest.raises(LatentLawsError, match="there are 2 texts, 600 splits and 600 rows"):
        dimension_labels(["one", "two"], splits, inputs, {}, OPTIONS)


def test_texts_without_a_common_word_are_named(splits: NDArray[np.str_]) -> None:
    texts = [f"word{row}" for row in range(N_ROWS)]
    inputs = pd.DataFrame({"x": np.zeros(N_ROWS)})
    with pytest.raises(LatentLawsError, match=r"no word occurs in 0\.02 to 0\.6 of the 300"):
        dimension_labels(texts, splits, inputs, {}, OPTIONS)


def test_shares_have_to_leave_words() -> None:
    with pytest.raises(ValueError, match=r"min_share is 0\.5 and max_share 0\.3: accepted is"):
        LabelOptions(min_share=0.5)


def test_correlations_agree_with_numpy() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 50, 3))
    expected = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)]
    np.testing.assert_allclose(correlations(a, b), expected)
