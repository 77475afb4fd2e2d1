"""What a latent of texts is in words: the sparse linear form over words that explains it best.

Words are chosen one after the other (orthogonal matching pursuit, Pati et al. 1993), each being
the one that goes best with what the words before leave over. Everything is fitted on training
texts; the same procedure on permuted latents shows what it finds where there is nothing.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.scores import r2_interval, r2_score
from latent_laws.text.vocabulary import Texts, Values, Vocabulary, WordOptions

logger = logging.getLogger(__name__)

COLUMNS = (
    *("encoder", "latent", "n_words", "expression", "words", "r2_train", "r2_validation"),
    *("r2_test", "r2_low", "r2_high", "null_r2", "is_law"),
)
# what is left of a column, or of a latent, below this share of it is rounding
_ROUNDING = 1e-9


class WordLawOptions(WordOptions):
    """How words are chosen and judged: rarer and more common ones than labels are made of.

    Attributes:
        n_words: Most words of a form, one form each.
    """

    n_words: tuple[int, ...] = Field(default=(10, 20, 40), min_length=1)
    min_share: float = Field(default=0.005, gt=0, lt=1)
    max_share: float = Field(default=0.5, gt=0, le=1)
    permutations: int = Field(default=5, ge=1)


@dataclass(frozen=True)
class _Form:
    """A linear form over words: their numbers in the vocabulary, their weights, the constant."""

    words: NDArray[np.intp]
    weights: Values
    constant: float

    def predict(self, texts: Texts, split: str) -> Values:
        """Return its values for the texts of a split."""
        return np.asarray(texts.documents[split][:, self.words] @ self.weights) + self.constant


def word_laws(
    texts: Sequence[str],
    splits: NDArray[np.str_],
    latents: Mapping[str, Values],
    options: WordLawOptions,
) -> pd.DataFrame:
    """Explain latents of texts by words.

    Args:
        texts: One a row.
        splits: `train`, `validation` or `test` a row.
        latents: Encoder -> rows x latents.
        options: Numbers of words, permutations, resamples.

    Returns:
        A row a latent that varies and number of words: `encoder`, `latent`, `n_words` (at most),
        `expression` (over TF-IDF of the words), `words` (joined by |, the first chosen first),
        `r2_train`, `r2_validation`, `r2_test` with its bootstrap interval `r2_low`, `r2_high`,
        `null_r2` (the highest of any latent of the encoder in any permutation, at that number of
        words), and `is_law`: whether the interval lies above the null and above 0.

    Raises:
        LatentLawsError: If the texts are of other rows, or have no word in common.
    """
    prepared = Texts.of(texts, splits, latents.values(), options)
    frames = [_laws(encoder, values, prepared, options) for encoder, values in latents.items()]
    found = pd.concat(frames, ignore_index=True)
    most = found[found["n_words"] == max(options.n_words)]
    logger.info(
        "words: %d of %d latents are explained by words, median R² %.2f",
        *(most["is_law"].sum(), len(most), most["r2_test"].median()),
    )
    return found


def _laws(encoder: str, values: Values, texts: Texts, options: WordLawOptions) -> pd.DataFrame:
    """Return the rows of one encoder."""
    nulls = _nulls(values, texts, options)
    found = []
    for (latent, n_words), form in _forms(values, texts, options).items():
        pairs = {
            split: (values[rows, latent], form.predict(texts, split))
            for split, rows in texts.rows.items()
        }
        scores = [r2_score(*pair) for pair in pairs.values()]
        low, high = r2_interval(*pairs["test"], options)
        is_law = low > max(nulls[n_words], 0)
        written = _written(form, texts.vocabulary.words)
        words = "|".join(texts.vocabulary.words[word] for word in form.words)
        ends = (low, high, nulls[n_words], is_law)
        found.append((encoder, latent, n_words, written, words, *scores, *ends))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _forms(values: Values, texts: Texts, options: WordLawOptions) -> dict[tuple[int, int], _Form]:
    """Fit the forms of every latent and number of words on the training texts."""
    training = values[texts.rows["train"]]
    chosen = choose_words(training, texts.vocabulary, max(options.n_words))
    forms = {}
    for latent in np.flatnonzero(np.ptp(training, axis=0) > 0).tolist():
        words = chosen[latent]
        columns = texts.documents["train"][:, words].toarray().astype(np.float64)
        for n_words in options.n_words:
            design = np.column_stack([columns[:, :n_words], np.ones(len(columns))])
            *weights, constant = np.linalg.lstsq(design, training[:, latent], rcond=None)[0]
            forms[latent, n_words] = _Form(words[:n_words], np.array(weights), float(constant))
    return forms


def choose_words(values: Values, vocabulary: Vocabulary, most: int) -> list[NDArray[np.intp]]:
    """Choose words for each latent, each next one by what the others leave over.

    Args:
        values: Training texts x latents.
        vocabulary: Of those texts.
        most: Words to choose.

    Returns:
        Numbers of words by latent, in the order of choice; fewer where words or remainders end.
    """
    columns = vocabulary.columns
    residual = values - values.mean(axis=0)
    usable = vocabulary.deviation > 0
    scale = np.where(usable, vocabulary.deviation, np.inf)
    least = _ROUNDING * np.linalg.norm(residual, axis=0)
    bases = [np.empty((len(values), most)) for _ in residual.T]
    chosen: list[list[int]] = [[] for _ in residual.T]
    for _ in range(most):
        # residuals sum to zero, so that the words need not be centred
        strength = np.abs(columns.T @ residual) / scale[:, None]
        for latent, words in enumerate(chosen):
            strength[words, latent] = 0
            word = int(strength[:, latent].argmax())
            if np.linalg.norm(residual[:, latent]) <= least[latent]:
                continue
            centred = columns[:, [word]].toarray().ravel() - vocabulary.mean[word]
            basis = bases[latent][:, : len(words)]
            direction = centred - basis @ (basis.T @ centred)
            length = np.linalg.norm(direction)
            if length > _ROUNDING * np.linalg.norm(centred):
                bases[latent][:, len(words)] = direction / length
                residual[:, latent] -= direction * (direction @ residual[:, latent]) / length**2
                words.append(word)
    return [np.array(words, dtype=np.intp) for words in chosen]


def _nulls(values: Values, texts: Texts, options: WordLawOptions) -> dict[int, float]:
    """Return, by number of words, the best test R² of any latent whose rows are permuted."""
    rng = np.random.default_rng(options.seed)
    best = dict.fromkeys(options.n_words, -np.inf)
    for _ in range(options.permutations):
        for n_words, r2 in _test_scores(rng.permutation(values), texts, options):
            best[n_words] = max(best[n_words], r2)
    return best


def _test_scores(
    values: Values, texts: Texts, options: WordLawOptions
) -> Iterator[tuple[int, float]]:
    test = texts.rows["test"]
    for (latent, n_words), form in _forms(values, texts, options).items():
        yield n_words, r2_score(values[test, latent], form.predict(texts, "test"))


def _written(form: _Form, vocabulary: Sequence[str]) -> str:
    """Write a form as a formula over words, the largest weight first."""
    order = np.argsort(-np.abs(form.weights), kind="stable")
    written = f"{form.constant:.4g}"
    for number in order:
        weight, word = form.weights[number], vocabulary[form.words[number]]
        name = word if word.isidentifier() else f"`{word}`"
        written += f" {'-' if weight < 0 else '+'} {abs(weight):.4g}*{name}"
    return written
