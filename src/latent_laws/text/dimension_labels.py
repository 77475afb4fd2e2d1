"""What a number computed from texts means: the words that go with its high and its low values.

Words are chosen on the training rows and judged on the test rows: how well does the presence of
the chosen words predict the value there? The same procedure on permuted values shows what it
finds where there is nothing to find, and only what lies above that is called a label.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from latent_laws.scores import bootstrap_weights
from latent_laws.text.vocabulary import Texts, Values, Vocabulary, WordOptions

logger = logging.getLogger(__name__)

_COLUMNS = {
    **dict.fromkeys(("kind", "name", "encoder", "high_words", "low_words"), "str"),
    **dict.fromkeys(("correlation", "ci_low", "ci_high", "null_correlation"), "float64"),
    "has_label": "bool",
}
# words tried for each that is kept, since those that repeat a kept one are passed over
_TRIED = 6
# constant dimensions of embeddings are near 1e-33
_ROUNDING = 1e-24


class LabelOptions(WordOptions):
    """How words are chosen and judged.

    Attributes:
        n_words: Words or two-word phrases at each end of a dimension.
    """

    n_words: int = Field(default=5, ge=1)


@dataclass(frozen=True)
class Words:
    """Chosen words of several dimensions.

    Attributes:
        high: Per dimension, the words of its high values, the clearest first.
        low: Per dimension, those of its low values.
        weights: Words x dimensions, 0 for words not chosen; what a text's TF-IDF row is
            multiplied with to predict its values.
    """

    high: list[list[str]]
    low: list[list[str]]
    weights: Values


def dimension_labels(
    texts: Sequence[str],
    splits: NDArray[np.str_],
    inputs: pd.DataFrame,
    latents: Mapping[str, Values],
    options: LabelOptions,
) -> pd.DataFrame:
    """Label input dimensions and latents with words.

    Args:
        texts: One a row.
        splits: `train`, `validation` or `test` a row. Words are chosen on the training rows, all
            figures are of the test rows.
        inputs: The inputs to label, rows x inputs, columns by name.
        latents: Encoder -> rows x latents.
        options: Number of words, permutations, resamples.

    Returns:
        A row an input and a latent: `kind` (input, latent), `name` (of latents `z0`, `z1`, …),
        `encoder` (None for inputs), `high_words` and `low_words` (joined by commas; empty without
        a label), `correlation` of the words' score with the values, `ci_low`, `ci_high`,
        `null_correlation` (the highest of any dimension in any permutation, so that one figure
        holds for all of them), and `has_label`: whether the correlation lies above that.
    """
    names, values = _stack(inputs, latents)
    prepared = Texts.of(texts, splits, [values], options)
    train, test = prepared.rows["train"], prepared.rows["test"]
    vocabulary, documents = prepared.vocabulary, prepared.documents["test"]
    chooser = WordChooser(vocabulary, options)
    words = chooser.choose(values[train])
    scores = documents @ words.weights
    correlation = correlations(scores, values[test])
    low, high = _bootstrap(scores, values[test], options)
    null = _best_under_permutation(chooser, documents, values[train], values[test], options)
    has_label = correlation > null
    logger.info(
        "words: %d of %d dimensions have a label above the null correlation of %.2f",
        *(has_label.sum(), len(names), null),
    )
    found = names.assign(
        high_words=_joined(words.high, has_label),
        low_words=_joined(words.low, has_label),
        correlation=correlation,
        ci_low=low,
        ci_high=high,
        null_correlation=null,
        has_label=has_label,
    )
    return found.astype(_COLUMNS)


class WordChooser:
    """Finds the words whose TF-IDF correlates best with given values of the training texts."""

    def __init__(self, vocabulary: Vocabulary, options: LabelOptions) -> None:
        self._vocabulary, self._words = vocabulary, vocabulary.words
        self._options = options

    def choose(self, values: Values) -> Words:
        """Choose up to `n_words` words at each end of each dimension of values, texts x dimensions.

        Phrases that repeat a word chosen before are passed over.
        """
        strength = self._correlations_with(values)
        n_tried = min(_TRIED * self._options.n_words, len(self._words))
        high = [self._distinct(column, n_tried) for column in strength.T]
        low = [self._distinct(-column, n_tried) for column in strength.T]
        weights = np.zeros_like(strength)
        for dimension, chosen in enumerate(map(list.__add__, high, low)):
            weights[chosen, dimension] = (
                strength[chosen, dimension] / self._vocabulary.deviation[chosen]
            )
        return Words(self._named(high), self._named(low), weights)

    def _correlations_with(self, values: Values) -> Values:
        """Correlation of every word with every dimension; 0 where one is constant."""
        centred = values - values.mean(axis=0)
        # the rows of `centred` sum to zero, so that the words need not be centred as well
        covariance = self._vocabulary.documents.T @ centred.astype(np.float32) / len(values)
        scale = np.outer(self._vocabulary.deviation, values.std(axis=0))
        return _ratio(covariance, scale)

    def _distinct(self, strength: Values, n_tried: int) -> list[int]:
        """List the strongest words that do not repeat each other; only positive strengths."""
        tried = np.argpartition(-strength, n_tried - 1)[:n_tried]
        chosen: list[int] = []
        seen: set[str] = set()
        for word in tried[np.argsort(-strength[tried])]:
            parts = set(self._words[word].split())
            if strength[word] > 0 and not parts & seen:
                chosen.append(int(word))
                seen |= parts
            if len(chosen) == self._options.n_words:
                break
        return chosen

    def _named(self, chosen: Sequence[Sequence[int]]) -> list[list[str]]:
        return [[self._words[word] for word in words] for words in chosen]


def correlations(a: Values, b: Values) -> Values:
    """Return Pearson's correlation of the columns of a and b, pairwise; 0 where one is constant."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return _ratio((a * b).sum(axis=0), scale)


def _ratio(covariance: Values, scale: Values) -> Values:
    """Divide; 0 where something is constant but for rounding."""
    ratio: Values = np.divide(
        covariance, scale, out=np.zeros_like(covariance), where=scale > _ROUNDING
    )
    return ratio


def _bootstrap(scores: Values, values: Values, options: LabelOptions) -> tuple[Values, Values]:
    """Return the bounds of the correlations' bootstrap interval over rows: shape (dimensions,)."""
    # moments of a resample are one product with the shares of its rows
    counts = bootstrap_weights(len(values), options) / len(values)
    a, b = scores - scores.mean(axis=0), values - values.mean(axis=0)
    mean_a, mean_b = counts @ a, counts @ b
    covariance = counts @ (a * b) - mean_a * mean_b
    variance = (counts @ a**2 - mean_a**2) * (counts @ b**2 - mean_b**2)
    scale = np.sqrt(np.maximum(variance, 0))
    resampled = _ratio(covariance, scale)
    low, high = np.quantile(resampled, options.ends, axis=0)
    return low, high


def _best_under_permutation(
    chooser: WordChooser,
    documents: sparse.csc_array,
    train: Values,
    test: Values,
    options: LabelOptions,
) -> float:
    """Return the highest correlation of any dimension when values belong to other texts."""
    rng = np.random.default_rng(options.seed)
    best = 0.0
    for _ in range(options.permutations):
        words = chooser.choose(rng.permutation(train))
        scores = documents @ words.weights
        best = max(best, float(correlations(scores, rng.permutation(test)).max()))
    return best


def _stack(inputs: pd.DataFrame, latents: Mapping[str, Values]) -> tuple[pd.DataFrame, Values]:
    """Put inputs and latents side by side: their kind, name and encoder, and rows x dimensions."""
    rows: list[tuple[str, str, str | None]] = [("input", str(name), None) for name in inputs]
    for encoder, values in latents.items():
        rows += [("latent", f"z{number}", encoder) for number in range(values.shape[1])]
    names = pd.DataFrame(rows, columns=["kind", "name", "encoder"])
    return names, np.column_stack([inputs.to_numpy(np.float64), *latents.values()])


def _joined(words: Sequence[Sequence[str]], has_label: NDArray[np.bool_]) -> list[str]:
    return [", ".join(some) if has else "" for some, has in zip(words, has_label, strict=True)]
