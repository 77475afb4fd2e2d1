"""Words and two-word phrases of texts, and how much each counts in a text (TF-IDF)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from latent_laws.errors import LatentLawsError
from latent_laws.scores import IntervalOptions

Values = NDArray[np.float64]

# a word may hold an apostrophe: otherwise "didn't" counts as "didn"
_WORD = r"(?u)\b\w[\w']+\b"
_SPLITS = ("train", "validation", "test")


class WordOptions(IntervalOptions):
    """Which words count, and how what they say is judged.

    Attributes:
        min_share: Share of the training texts a word must occur in.
        max_share: Share of the training texts above which a word is too common to say anything.
        permutations: Rounds with permuted values.
    """

    min_share: float = Field(default=0.01, gt=0, lt=1)
    max_share: float = Field(default=0.3, gt=0, le=1)
    permutations: int = Field(default=20, ge=1)
    bootstrap_samples: int = Field(default=1000, ge=10)

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
        """Learn the words of training texts that are in more and less than some shares of them.

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

    @cached_property
    def columns(self) -> sparse.csc_array:
        """`documents`, to be read word by word."""
        return sparse.csc_array(self.documents)

    def transform(self, texts: Iterable[str]) -> sparse.csr_array:
        """Return the TF-IDF of texts: texts x words."""
        return sparse.csr_array(self._vectorizer.transform(texts))


@dataclass(frozen=True)
class Texts:
    """The vocabulary of the training texts; rows and TF-IDF (texts x words) of each split."""

    vocabulary: Vocabulary
    rows: dict[str, NDArray[np.intp]]
    documents: dict[str, sparse.csc_array]

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        splits: NDArray[np.str_],
        values: Iterable[Values],
        options: WordOptions,
    ) -> Self:
        """Learn words on the training texts.

        Args:
            texts: One a row.
            splits: `train`, `validation` or `test` a row.
            values: What the texts are to explain, each of as many rows.
            options: Which words count.

        Raises:
            LatentLawsError: If the rows differ in number, or no word counts.
        """
        for one in values:
            if not len(texts) == len(splits) == len(one):
                raise LatentLawsError(
                    f"there are {len(texts)} texts, {len(splits)} splits and {len(one)} rows of "
                    "values: they have to be of the same reviews"
                )
        rows = {split: np.flatnonzero(splits == split) for split in _SPLITS}
        training = [texts[int(row)] for row in rows["train"]]
        vocabulary = Vocabulary.of(training, options.min_share, options.max_share)
        others = {
            split: sparse.csc_array(vocabulary.transform(texts[int(row)] for row in rows[split]))
            for split in _SPLITS[1:]
        }
        return cls(vocabulary, rows, {"train": vocabulary.columns, **others})
