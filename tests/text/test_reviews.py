"""Reviews are cleaned, counted and drawn; no review is lost without a line in the log."""

import itertools
import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.text.reviews import ReviewOptions, clean_reviews

ALL = ReviewOptions(n_reviews=None)


def reviews(*texts: object, labels: Sequence[object] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {"text": pd.Series(texts, dtype=object), "label": labels or [0] * len(texts)}
    )


def numbered(n_negative: int, n_positive: int) -> pd.DataFrame:
    texts = [f"review number {number}" for number in range(n_negative + n_positive)]
    return reviews(*texts, labels=[0] * n_negative + [1] * n_positive)


@pytest.mark.parametrize(
    "text",
    ["One line<br />two", "One line<br>two", "One line <BR/>< br / > two", "One line\n\ttwo "],
)
def test_line_breaks_become_blanks(text: str) -> None:
    assert clean_reviews(reviews(text), ALL)["text"].tolist() == ["One line two"]


def test_other_markup_stays() -> None:
    text = "Two < three & <i>so</i> on"
    assert clean_reviews(reviews(text), ALL)["text"].tolist() == [text]


def test_half_a_surrogate_pair_is_replaced() -> None:
    (text,) = clean_reviews(reviews("fine \ud83d film"), ALL)["text"]
    assert text.encode() == b"fine ? film"


def test_what_is_no_review_is_dropped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    frame = reviews(
        *(
            "A calm film.",
            "",
            " \n ",
            "<br />",
            None,
            np.nan,
            7,
            "🎬",
            "A calm<br />film.",
            "Long.",
        ),
        labels=[0, 0, 0, 0, 0, 0, 0, 1, 1, None],
    )
    with caplog.at_level(logging.INFO):
        kept = clean_reviews(frame, ALL)
    assert kept["text"].tolist() == ["A calm film.", "🎬"]
    assert kept["label"].tolist() == [0, 1]
    for line in ("3 of 10 dropped: without a text", "3 of 10 dropped: empty"):
        assert line in caplog.text
    for line in ("1 of 10 dropped: without a label", "1 of 10 dropped: repeated"):
        assert line in caplog.text


def test_a_very_long_review_is_kept_whole() -> None:
    text = "long " * 20_000
    assert clean_reviews(reviews(text), ALL)["text"].str.len().tolist() == [len(text) - 1]


def test_other_column_names() -> None:
    frame = reviews("Fine.", "Poor.").rename(columns={"text": "body", "label": "stars"})
    options = ReviewOptions(n_reviews=None, text_column="body", label_column="stars")
    assert clean_reviews(frame, options).columns.tolist() == ["text", "label"]


def test_the_draw_is_balanced_and_in_order() -> None:
    drawn = clean_reviews(numbered(70, 30), ReviewOptions(n_reviews=40))
    assert drawn["label"].value_counts().to_dict() == {0: 20, 1: 20}
    assert drawn["label"].is_monotonic_increasing
    assert drawn.index.tolist() == list(range(40))


def test_a_label_that_is_short_is_filled_up_from_the_others() -> None:
    drawn = clean_reviews(numbered(70, 10), ReviewOptions(n_reviews=41))
    assert drawn["label"].value_counts().to_dict() == {0: 31, 1: 10}


@pytest.mark.parametrize("n_reviews", [80, None])
def test_all_can_be_taken(n_reviews: int | None) -> None:
    frame = numbered(70, 10)
    options = ReviewOptions(n_reviews=n_reviews)
    assert clean_reviews(frame, options)["text"].tolist() == frame["text"].tolist()


def test_a_larger_draw_contains_the_smaller_one() -> None:
    frame = numbered(50, 50)
    draws = [
        set(clean_reviews(frame, ReviewOptions(n_reviews=n, seed=3))["text"]) for n in range(1, 100)
    ]
    assert all(small < large for small, large in itertools.pairwise(draws))


def test_the_seed_decides() -> None:
    frame = numbered(50, 50)
    first, again, other = (
        clean_reviews(frame, ReviewOptions(n_reviews=20, seed=seed))["text"].tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pd.DataFrame({"Text": ["Fine."], "label": [1]}),
            "the reviews have no column 'text' (they have 'Text', 'label')",
        ),
        (
            pd.DataFrame({"text": ["Fine."]}),
            "the reviews have no column 'label' (they have 'text')",
        ),
        (pd.DataFrame(), "the reviews have no column 'text' (they have none)"),
        (reviews("", " ", None), "none of 3 reviews can be used: accepted is a text that is more"),
        (reviews(), "none of 0 reviews can be used"),
        (
            reviews("Fine.", "Poor.", "Fine."),
            "n_reviews is 3 but there are 2 different reviews: accepted is 1 to 2, or null",
        ),
    ],
    ids=["no text column", "no label column", "no column", "blank", "no rows", "too few"],
)
def test_reviews_that_cannot_be_used_are_named(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(LatentLawsError) as caught:
        clean_reviews(frame, ReviewOptions(n_reviews=3))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
