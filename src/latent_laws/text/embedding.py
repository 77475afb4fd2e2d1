"""Texts to embeddings of length one; each text is embedded once and then comes from a cache."""

import hashlib
import itertools
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.errors import LatentLawsError
from latent_laws.progress import Progress
from latent_laws.strict import StrictModel
from latent_laws.tasks import one_thread
from latent_laws.text.embedding_cache import EmbeddingCache
from latent_laws.text.embedding_model import (
    PACKAGED_MODEL,
    EmbeddingModel,
    Tokens,
    best_precision,
    find_model,
    load_model,
)

logger = logging.getLogger(__name__)

Vector = NDArray[np.float32]

# how many embeddings a killed run may lose
_SAVED_AT_ONCE = 32


class EmbeddingOptions(StrictModel):
    """How texts are embedded.

    Attributes:
        model: Installed package, folder, or name on the Hugging Face hub.
        precision: Arithmetic; `auto` takes bfloat16 on CPUs that have it and float32 elsewhere.
            OpenVINO computes in float32 on CPUs with AVX2 alone, whatever is asked for.
        max_length: Tokens of a text that count.
        workers: Texts embedded at the same time, on one thread each.
    """

    model: str = PACKAGED_MODEL
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    max_length: int = Field(default=256, ge=2, le=512)
    workers: int = Field(default=2, ge=1)


def embed_texts(
    texts: Sequence[str], options: EmbeddingOptions, cache: Path | None
) -> NDArray[np.float32]:
    """Embed texts; those in the cache already cost nothing.

    Each text is embedded alone, so that its embedding does not depend on its neighbours, nothing
    is spent on padding, and what a core works on stays in its cache.

    Args:
        texts: Texts of any length.
        options: Model, precision, maximum length.
        cache: File of all embeddings computed before, made if need be; None for no cache.

    Returns:
        Texts x dimensions (384 for the default model), each row of length one.

    Raises:
        LatentLawsError: If there is no text, or the model or the cache cannot be used.
    """
    if not texts:
        raise LatentLawsError("there are no texts to embed: at least one is needed")
    model = find_model(options.model)
    precision = best_precision() if options.precision == "auto" else options.precision
    keys = [_key(text, model.digest, precision, options.max_length) for text in texts]
    by_key = dict(zip(keys, texts, strict=True))
    with EmbeddingCache(cache) as store:
        known = store.load(by_key)
        missing = {key: text for key, text in by_key.items() if key not in known}
        if missing:
            transformer = load_model(model.path, options.max_length, precision, options.workers)
            progress = Progress("embeddings", total=len(by_key), done=len(known))
            known |= _embed_and_save(missing, transformer, options.workers, store, progress)
    logger.info(
        "embeddings (%s): %d computed, %d from the cache",
        *(precision, len(missing), len(by_key) - len(missing)),
    )
    return np.stack([known[key] for key in keys])


def embedding_frame(
    texts: Sequence[str], options: EmbeddingOptions, cache: Path | None
) -> pd.DataFrame:
    """Embed texts as a table: `embedding_000` to `embedding_383` (of 384), a row a text."""
    embeddings = embed_texts(texts, options, cache)
    names = [f"embedding_{dimension:03d}" for dimension in range(embeddings.shape[1])]
    return pd.DataFrame(embeddings, columns=names)


def _key(text: str, model_digest: str, precision: str, max_length: int) -> bytes:
    """Hash all that decides an embedding."""
    setting = f"openvino {model_digest} {precision} {max_length}\n"
    return hashlib.sha256((setting + text).encode("utf-8", errors="surrogatepass")).digest()


def _embed_and_save(
    texts: Mapping[bytes, str],
    model: EmbeddingModel,
    workers: int,
    store: EmbeddingCache,
    progress: Progress,
) -> dict[bytes, Vector]:
    """Embed texts by key and save them as they come in."""
    vectors: dict[bytes, Vector] = {}
    with one_thread(), progress:
        embedded = _embedded(texts, model, workers)
        while batch := dict(itertools.islice(embedded, _SAVED_AT_ONCE)):
            store.save(batch)
            vectors |= batch
            for _ in batch:
                progress.advance()
    return vectors


def _embedded(
    texts: Mapping[bytes, str], model: EmbeddingModel, workers: int
) -> Iterator[tuple[bytes, Vector]]:
    """Yield key and embedding of each text, as threads finish them."""
    n_long, limit = 0, model.max_length

    def calls() -> Iterator[object]:
        nonlocal n_long
        for key, text in texts.items():
            tokens = model.tokens(text)
            n_long += tokens["input_ids"].shape[1] >= limit
            yield joblib.delayed(_embed)(key, model, tokens)

    # threads share the model; the tokeniser takes one at a time, which joblib's dispatch ensures
    parallel = joblib.Parallel(
        n_jobs=workers, backend="threading", batch_size=1, return_as="generator_unordered"
    )
    yield from parallel(calls())
    if n_long:
        logger.info(
            "embeddings: %d of %d texts have %d tokens or more, of which the first %d count",
            *(n_long, len(texts), limit, limit),
        )


def _embed(key: bytes, model: EmbeddingModel, tokens: Tokens) -> tuple[bytes, Vector]:
    """Run the model on one text and bring the result to length one."""
    embedding = model.embed(tokens)
    length = float(np.linalg.norm(embedding))
    if not (math.isfinite(length) and length > 0):
        raise LatentLawsError(
            f"the model gives an embedding of length {length:g}: its weights are damaged, "
            "install or download it again"
        )
    return key, embedding / np.float32(length)
