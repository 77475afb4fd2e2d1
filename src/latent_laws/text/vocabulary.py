"""Words and two-word phrases of texts, and how much each counts in a text (TF-IDF)."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from latent_laws.errors import LatentLawsError
from latent_laws.strict import StrictModel

Values = NDArray[np.float64]

# a word may hold an apostrophe: otherwise "didn't" counts as "didn"
_WORD = r"(?u)\b\w[\w']+\b"


class WordOptions(StrictModel):
    """Which words count, and how what they say is judged.

    Attributes:
        min_share: Share of the training texts a word must occur in.
        max_share: Share of the training texts above which a word is too common to say anything.
        permutations: Rounds with permuted values.
        resamples: Bootstrap resamples of the test rows.
        confidence: Coverage of the intervals.
        seed: Of permutations and resamples.
    """

    min_share: float = Field(default=0.01, gt=0, lt=1)
    max_share: float = Field(default=0.3, gt=0, le=1)
    permutations: int = Field(default=20, ge=1)
    resamples: int = Field(default=1000, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _leaves_words(self) -> Self:
        if self.min_share >= self.max_share:
            raise ValueError(
                f"min_share is {self.min_share:g} and max_share {self.max_share:g}: accepted is a "
                "min_share below max_share"
            )
        return self


class Vocabulary:
    """The words of training texts that are neither too rare nor too common.

    Attributes:
        words: Words and two-word phrases.
        documents: TF-IDF of the training texts: texts x words.
        mean: Of each word over the training texts.
        deviation: Of each word over the training texts.
    """

    def __init__(self, vectorizer: TfidfVectorizer, documents: sparse.csr_array) -> None:
        self._vectorizer = vectorizer
        self.words = [str(word) for word in vectorizer.get_feature_names_out()]
        self.documents = documents
        self.mean: Values = np.asarray(documents.mean(axis=0), dtype=np.float64).ravel()
        squares = np.asarray(documents.multiply(documents).mean(axis=0)).ravel()
        self.deviation: Values = np.sqrt(np.maximum(squares - self.mean**2, 0))

    @classmethod
    def of(cls, texts: Sequence[str], min_share: float, max_share: float) -> Self:
        """Learn the words of training texts.

        Args:
            texts: Training texts.
            min_share: Share of the texts a word must occur in.
            max_share: Share of the texts above which a word is too common to say anything.

        Raises:
            LatentLawsError: If no word is neither too rare nor too common.
        """
        vectorizer = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=min_share,
            max_df=max_share,
            token_pattern=_WORD,
            sublinear_tf=True,
            dtype=np.float32,
        )
        try:
            documents = vectorizer.fit_transform(texts)
        except ValueError as error:
            raise LatentLawsError(
                f"no word occurs in {min_share:g} to {max_share:g} of the {len(texts)} training "
                "texts: lower min_share or raise max_share"
            ) from error
        return cls(vectorizer, sparse.csr_array(documents))

    def transform(self, texts: Iterable[str]) -> sparse.csr_array:
        """Return the TF-IDF of texts: texts x words."""
        return sparse.csr_array(self._vectorizer.transform(texts))


def check_rows(n_texts: int, n_splits: int, n_values: int) -> None:
    """Stop unless texts, splits and values are of the same rows."""
    if not n_texts == n_splits == n_values:
        raise LatentLawsError(
            f"there are {n_texts} texts, {n_splits} splits and {n_values} rows of values: they "
            "have to be of the same reviews"
        )


def resamples(n_rows: int, number: int, seed: int) -> Values:
    """Draw bootstrap resamples: share of each row in each, resamples x rows."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n_rows, np.full(n_rows, 1 / n_rows), size=number)
    return np.asarray(counts / n_rows)
