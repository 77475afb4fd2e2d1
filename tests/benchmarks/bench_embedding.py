"""Speed of the embeddings against a plain SentenceTransformer.encode, and what bfloat16 costs.

Machines are rarely idle, so both are timed in turns on the same reviews and compared turn by turn.
"""

import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture
from sentence_transformers import SentenceTransformer

from latent_laws.datasets.reviews import PackagedReviewsDataset
from latent_laws.text.embedding import EmbeddingOptions, embed_texts
from latent_laws.text.embedding_model import (
    PACKAGED_MODEL,
    best_precision,
    find_model,
    load_model,
)
from latent_laws.text.reviews import ReviewOptions, clean_reviews

CORES = os.cpu_count() or 1
TURNS = 4
REVIEWS_A_TURN = 64
# with and without bfloat16 in the CPU
SPEEDUPS = {"bfloat16": 2.2, "float32": 1.15}


@pytest.fixture(scope="module")
def reviews() -> list[str]:
    options = ReviewOptions(n_reviews=TURNS * REVIEWS_A_TURN)
    return list(clean_reviews(PackagedReviewsDataset().load(), options)["text"])


@pytest.fixture(scope="module")
def plain() -> SentenceTransformer:
    return SentenceTransformer(str(find_model(PACKAGED_MODEL).path), device="cpu")


def plain_encode(model: SentenceTransformer, texts: list[str]) -> NDArray[np.float32]:
    threads = torch.get_num_threads()
    torch.set_num_threads(CORES)
    embeddings: NDArray[np.float32] = model.encode(texts, show_progress_bar=False)
    torch.set_num_threads(threads)
    return embeddings


def timed(
    function: Callable[[list[str]], NDArray[np.float32]], texts: list[str]
) -> tuple[NDArray[np.float32], float]:
    start = time.perf_counter()
    return function(texts), len(texts) / (time.perf_counter() - start)


def mean_cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.mean(np.sum(a.astype(np.float64) * b, axis=1)))


def test_embedding_is_faster_than_plain_encode(
    benchmark: BenchmarkFixture,
    reviews: list[str],
    plain: SentenceTransformer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    precision = best_precision()
    # loaded once: both sides are timed without it
    loaded = load_model(find_model(PACKAGED_MODEL).path, 256, precision, CORES)
    monkeypatch.setattr("latent_laws.text.embedding.load_model", lambda *_: loaded)
    options = EmbeddingOptions(workers=CORES)
    plain_encode(plain, reviews[:2])
    ratios, rates, cosines = [], [], []
    for turn in range(TURNS):
        texts = reviews[turn * REVIEWS_A_TURN : (turn + 1) * REVIEWS_A_TURN]
        theirs, their_rate = timed(lambda texts: plain_encode(plain, texts), texts)
        ours, our_rate = timed(lambda texts: embed_texts(texts, options, None), texts)
        ratios.append(our_rate / their_rate)
        rates.append((our_rate, their_rate))
        cosines.append(mean_cosine(ours, theirs))
    benchmark.extra_info.update(
        precision=precision,
        reviews_a_second=[round(rate, 1) for rate, _ in rates],
        plain_reviews_a_second=[round(rate, 1) for _, rate in rates],
        ratio=round(statistics.median(ratios), 2),
        mean_cosine=statistics.mean(cosines),
    )
    # its own figure is of a few reviews, and counts for less than the ratio
    benchmark(embed_texts, reviews[:8], options, None)
    assert min(cosines) >= 0.999
    assert statistics.median(ratios) >= SPEEDUPS[precision]


def test_bfloat16_keeps_the_embeddings(benchmark: BenchmarkFixture, reviews: list[str]) -> None:
    # few reviews: without bfloat16 in the CPU, one takes half a second
    texts = reviews[:12]
    exact = embed_texts(texts, EmbeddingOptions(precision="float32"), None)
    short = embed_texts(texts, EmbeddingOptions(precision="bfloat16"), None)
    benchmark.extra_info["mean_cosine"] = benchmark(mean_cosine, exact, short)
    assert mean_cosine(exact, short) >= 0.999
