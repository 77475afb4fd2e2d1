"""Planted words come back as a form, noise has none, and figures are those of unseen texts."""

import re

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.text.vocabulary import Vocabulary
from latent_laws.text.word_laws import COLUMNS, WordLawOptions, choose_words, word_laws

N_ROWS = 900
SPLITS = np.repeat(["train", "validation", "test"], [500, 100, 300])
OPTIONS = WordLawOptions(
    n_words=(2, 4), min_share=0.02, max_share=0.9, permutations=3, bootstrap_samples=200
)
FILLERS = [f"filler{number}" for number in range(60)]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Sentences of filler words in which a few words occur now and then."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(N_ROWS):
        words = list(rng.choice(FILLERS, size=10))
        for word in ("great", "awful", "wooden ship", "don't"):
            words += [word] * int(rng.random() < 0.3)
        made.append(" ".join(rng.permutation(words)))
    return made


def tfidf(texts: list[str], *words: str) -> NDArray[np.float64]:
    """TF-IDF of words as the training texts have it, texts x words."""
    vocabulary = Vocabulary.of(texts[:500], OPTIONS.min_share, OPTIONS.max_share)
    columns = [vocabulary.words.index(word) for word in words]
    return vocabulary.transform(texts)[:, columns].toarray().astype(np.float64)


def test_a_planted_form_comes_back(texts: list[str]) -> None:
    great, awful, dont = tfidf(texts, "great", "awful", "don't").T
    latents = {"standard-1": (0.5 + 3 * great - 2 * awful + dont)[:, None]}
    found = word_laws(texts, SPLITS, latents, OPTIONS)
    assert tuple(found.columns) == COLUMNS
    assert found["n_words"].tolist() == [2, 4]
    two, four = (row for _, row in found.iterrows())
    assert two["words"] == "great|awful"
    assert two["r2_test"] < 0.98
    assert set(four["words"].split("|")[:3]) == {"great", "awful", "don't"}
    assert four["r2_test"] == pytest.approx(1, abs=1e-6)
    assert found["is_law"].all()
    assert four["expression"].startswith("0.5 + 3*great - 2*awful + 1*`don't`")


def test_phrases_are_words_too(texts: list[str]) -> None:
    latents = {"a-1": tfidf(texts, "wooden ship")}
    row = word_laws(texts, SPLITS, latents, OPTIONS).iloc[0]
    assert set(row["words"].split("|")) & {"wooden ship", "wooden", "ship"}
    assert row["r2_test"] > 0.95


def test_the_expression_is_a_formula_that_gives_the_scores(texts: list[str]) -> None:
    rng = np.random.default_rng(1)
    planted = tfidf(texts, "great") + rng.normal(0, 0.1, (N_ROWS, 1))
    row = word_laws(texts, SPLITS, {"a-1": planted}, OPTIONS).iloc[1]
    words = row["words"].split("|")
    values = Formula.parse(row["expression"], words).evaluate(tfidf(texts, *words), words)
    test = SPLITS == "test"
    error = ((planted[test, 0] - values[test]) ** 2).mean()
    assert 1 - error / planted[test].var() == pytest.approx(row["r2_test"], abs=0.002)
    assert row["r2_low"] < row["r2_test"] < row["r2_high"]


def test_noise_and_constants_have_no_law(texts: list[str]) -> None:
    noise = np.random.default_rng(2).normal(size=(N_ROWS, 8))
    latents = {"noise-9": np.column_stack([noise, np.full(N_ROWS, 2.0)])}
    found = word_laws(texts, SPLITS, latents, OPTIONS)
    assert not found["is_law"].any()
    assert (found["r2_train"] > found["r2_test"]).mean() > 0.8
    assert len(found) == 16, "of constants nothing is said"


def test_more_words_say_no_less_on_the_texts_they_were_fitted_to(texts: list[str]) -> None:
    values = np.random.default_rng(3).normal(size=(N_ROWS, 3))
    found = word_laws(texts, SPLITS, {"a-3": values}, OPTIONS)
    by_size = found.pivot_table(index="latent", columns="n_words", values="r2_train")
    assert (by_size[4] >= by_size[2]).all()
    counts = [len(words.split("|")) for words in found["words"]]
    assert counts == found["n_words"].tolist()


def test_test_texts_choose_nothing(texts: list[str]) -> None:
    great = tfidf(texts, "great")
    turned = np.where((SPLITS == "test")[:, None], -great, great)
    row = word_laws(texts, SPLITS, {"a-1": turned}, OPTIONS).iloc[0]
    assert row["words"].split("|")[0] == "great"
    assert row["r2_test"] < 0
    assert not row["is_law"]


def test_the_interval_covers_the_truth(texts: list[str]) -> None:
    great = tfidf(texts, "great")
    noise = np.random.default_rng(4).normal(0, great.std(), (N_ROWS, 30))
    options = OPTIONS.model_copy(update={"n_words": (1,), "permutations": 1})
    found = word_laws(texts, SPLITS, {"a-30": great + noise}, options)
    covered = (found["r2_low"] < 0.5) & (found["r2_high"] > 0.5)
    assert covered.mean() >= 0.8


def test_the_choice_is_that_of_orthogonal_matching_pursuit(texts: list[str]) -> None:
    from sklearn.linear_model import orthogonal_mp

    vocabulary = Vocabulary.of(texts[:500], 0.05, 0.9)
    values = np.random.default_rng(5).normal(size=(500, 4))
    standardised = (vocabulary.documents.toarray() - vocabulary.mean) / vocabulary.deviation
    for latent, words in enumerate(choose_words(values, vocabulary, 6)):
        centred = values[:, latent] - values[:, latent].mean()
        weights = orthogonal_mp(standardised, centred, n_nonzero_coefs=6)
        assert set(words) == set(np.flatnonzero(weights))


def test_the_same_seed_gives_the_same_laws(texts: list[str]) -> None:
    values = {"a-2": np.random.default_rng(6).normal(size=(N_ROWS, 2))}
    first, second = (word_laws(texts, SPLITS, values, OPTIONS) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_words_that_are_no_names_are_quoted(texts: list[str]) -> None:
    values = {"a-1": tfidf(texts, "don't")}
    row = word_laws(texts, SPLITS, values, OPTIONS).iloc[0]
    assert re.search(r"\*`don't`", row["expression"])


def test_latents_of_other_texts_are_named(texts: list[str]) -> None:
    with pytest.raises(LatentLawsError, match="there are 900 texts, 900 splits and 3 rows"):
        word_laws(texts, SPLITS, {"a-1": np.zeros((3, 1))}, OPTIONS)
