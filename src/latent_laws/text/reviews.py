"""Reviews as they came to clean texts with labels, a balanced draw of them."""

import logging
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel

logger = logging.getLogger(__name__)

_HTML_BREAK = re.compile(r"<\s*br\s*/?\s*>", re.IGNORECASE)


class ReviewOptions(StrictModel):
    """Which reviews to take.

    Attributes:
        n_reviews: How many to draw, of each label as many as possible; null for all.
        seed: Seed of the draw. With the same seed, a larger draw contains the smaller ones.
        text_column: Column of the text.
        label_column: Column of the label.
    """

    n_reviews: int | None = Field(default=4096, ge=1)
    seed: int = Field(default=0, ge=0)
    text_column: str = "text"
    label_column: str = "label"


def clean_reviews(frame: pd.DataFrame, options: ReviewOptions) -> pd.DataFrame:
    """Clean reviews, drop what is no review, and draw a balanced sample.

    Args:
        frame: Reviews as they came, a text and a label a row.
        options: Columns, number and seed.

    Returns:
        `text` and `label` of the drawn reviews in the order of the frame, rows numbered from 0;
        every text is different and holds more than blanks. What was dropped is counted in the log.

    Raises:
        LatentLawsError: If a column is missing or there are fewer reviews than asked for.
    """
    for column in (options.text_column, options.label_column):
        _check_column(frame, column)
    reviews = pd.DataFrame(
        {
            "text": frame[options.text_column].map(_clean_text).to_numpy(dtype=object),
            "label": frame[options.label_column].to_numpy(),
        }
    )
    kept = _usable(reviews)
    drawn = kept.iloc[_draw(kept["label"], options)].reset_index(drop=True)
    counts = ", ".join(
        f"{count} of {label}" for label, count in drawn["label"].value_counts().items()
    )
    logger.info("reviews: %d of %d drawn (label: %s)", len(drawn), len(kept), counts)
    return drawn.astype({"text": "str"})


def _check_column(frame: pd.DataFrame, column: str) -> None:
    if column not in frame.columns:
        found = ", ".join(f"'{name}'" for name in frame.columns)
        raise LatentLawsError(
            f"the reviews have no column '{column}' (they have {found or 'none'}): rename one, or "
            "set text_column and label_column"
        )


def _clean_text(text: object) -> str | None:
    """Return a text without HTML breaks and repeated blanks; None for what is no text."""
    if not isinstance(text, str):
        return None
    # half a surrogate pair is no character: neither files nor tokenisers take it
    encodable = text.encode("utf-8", errors="replace").decode("utf-8")
    return " ".join(_HTML_BREAK.sub(" ", encodable).split())


def _usable(reviews: pd.DataFrame) -> pd.DataFrame:
    """Drop rows without a text or label and repeated texts, and count each kind in the log."""
    total = len(reviews)
    reasons = {
        "without a text": reviews["text"].isna(),
        "empty": reviews["text"] == "",
        "without a label": reviews["label"].isna(),
        "repeated": reviews["text"].duplicated(),
    }
    dropped = pd.Series(False, index=reviews.index)
    for reason, rows in reasons.items():
        if count := int((rows & ~dropped).sum()):
            logger.info("reviews: %d of %d dropped: %s", count, total, reason)
        dropped |= rows
    if dropped.all():
        raise LatentLawsError(
            f"none of {total} reviews can be used: accepted is a text that is more than blanks, "
            "with a label"
        )
    return reviews[~dropped]


def _draw(labels: "pd.Series[int]", options: ReviewOptions) -> NDArray[np.intp]:
    """Draw rows, as many of each label as possible."""
    if options.n_reviews is None:
        return np.arange(len(labels))
    if options.n_reviews > len(labels):
        raise LatentLawsError(
            f"n_reviews is {options.n_reviews} but there are {len(labels)} different reviews: "
            f"accepted is 1 to {len(labels)}, or null for all"
        )
    rng = np.random.default_rng(options.seed)
    codes = pd.factorize(labels)[0]
    by_label = [rng.permutation(np.flatnonzero(codes == code)) for code in range(codes.max() + 1)]
    drawn: list[NDArray[np.intp]] = []
    # the rarest label first, so that the others fill up what it lacks
    for rank, rows in enumerate(sorted(by_label, key=len)):
        left = options.n_reviews - sum(map(len, drawn))
        drawn.append(rows[: left // (len(by_label) - rank)])
    return np.sort(np.concatenate(drawn))
