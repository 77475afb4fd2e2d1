"""Embeddings of the real model: length one, each computed once, none dependent on another."""

import logging
import shutil
from collections.abc import Iterator
from functools import cache as remember
from pathlib import Path

import numpy as np
import pytest
import torch
from openvino import Core
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from latent_laws.errors import LatentLawsError
from latent_laws.text import embedding
from latent_laws.text.embedding import EmbeddingOptions, embed_texts, embedding_frame
from latent_laws.text.embedding_model import (
    PACKAGED_MODEL,
    EmbeddingModel,
    Tokens,
    find_model,
    load_model,
)

FLOAT32 = EmbeddingOptions(precision="float32")
CAPABILITIES = "OPTIMIZATION_CAPABILITIES"
TEXTS = [
    "The harbour scenes are lovely.",
    "Nobody in this story behaves like a person I have ever met, and it shows.",
    "🎬",
    "A quiet film about bees. " * 30,
]


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """Load the model once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "load_model", remember(load_model))
        yield


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Tokens of each text that was really embedded."""
    lengths: list[int] = []
    embed = embedding._embed

    def counting(
        key: bytes, model: EmbeddingModel, tokens: Tokens
    ) -> tuple[bytes, embedding.Vector]:
        lengths.append(tokens["input_ids"].shape[1])
        return embed(key, model, tokens)

    monkeypatch.setattr(embedding, "_embed", counting)
    return lengths


def test_embeddings_are_those_of_sentence_transformers() -> None:
    model = SentenceTransformer(str(find_model(PACKAGED_MODEL).path), device="cpu")
    expected = model.encode(TEXTS, show_progress_bar=False)
    ours = embed_texts(TEXTS, FLOAT32, None)
    assert ours.shape == (4, 384)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-6)


def test_an_embedding_does_not_depend_on_other_texts_or_workers() -> None:
    together = embed_texts(TEXTS, FLOAT32, None)
    alone = [embed_texts([text], FLOAT32, None)[0] for text in TEXTS]
    one_worker = embed_texts(TEXTS[::-1], FLOAT32.model_copy(update={"workers": 1}), None)
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, one_worker[::-1])


def test_known_texts_cost_nothing(tmp_path: Path, counted: list[int]) -> None:
    cache = tmp_path / "embeddings.sqlite"
    first = embed_texts(TEXTS[:2], FLOAT32, cache)
    assert len(counted) == 2
    second = embed_texts([*TEXTS, TEXTS[3]], FLOAT32, cache)
    assert len(counted) == 4
    np.testing.assert_array_equal(second[:2], first)
    np.testing.assert_array_equal(second[4], second[3])
    np.testing.assert_array_equal(embed_texts(TEXTS, FLOAT32, cache), second[:4])
    assert len(counted) == 4


def test_a_run_without_new_texts_does_not_load_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "embeddings.sqlite"
    first = embed_texts(TEXTS[:1], FLOAT32, cache)
    monkeypatch.setattr(embedding, "load_model", None)
    np.testing.assert_array_equal(embed_texts(TEXTS[:1], FLOAT32, cache), first)


@pytest.mark.parametrize("change", [{"max_length": 64}, {"precision": "bfloat16"}])
def test_another_setting_is_another_embedding(
    tmp_path: Path, counted: list[int], change: dict[str, object]
) -> None:
    cache = tmp_path / "embeddings.sqlite"
    changed = FLOAT32.model_copy(update=change)
    before = embed_texts(TEXTS[3:], FLOAT32, cache)
    after = embed_texts(TEXTS[3:], changed, cache)
    assert len(counted) == 2
    if "precision" in change and "BF16" not in Core().get_property("CPU", CAPABILITIES):
        # OpenVINO computes in float32 where the CPU knows no bfloat16
        np.testing.assert_array_equal(before, after)
    else:
        assert 0.9 < float(before[0] @ after[0]) < 1


def test_what_was_embedded_before_a_failure_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[int]
) -> None:
    cache = tmp_path / "embeddings.sqlite"
    texts = [f"Reel {number} of the lost film." for number in range(6)]
    monkeypatch.setattr(embedding, "_SAVED_AT_ONCE", 1)
    embed = embedding._embed

    def failing(
        key: bytes, model: EmbeddingModel, tokens: Tokens
    ) -> tuple[bytes, embedding.Vector]:
        if len(counted) >= 3:
            raise KeyboardInterrupt
        return embed(key, model, tokens)

    one_worker = FLOAT32.model_copy(update={"workers": 1})
    with monkeypatch.context() as patch:
        patch.setattr(embedding, "_embed", failing)
        with pytest.raises(KeyboardInterrupt):
            embed_texts(texts, one_worker, cache)
    embed_texts(texts, one_worker, cache)
    assert 6 <= len(counted) < 9


def test_a_very_long_text_is_cut_and_counted(
    counted: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    text = "a film " * 15_000
    with caplog.at_level(logging.INFO):
        whole, cut, _ = embed_texts([text, "a film " * 400, "a film"], FLOAT32, None)
    assert len(text) > 100_000
    assert sorted(counted) == [4, 256, 256]
    assert "2 of 3 texts have 256 tokens or more, of which the first 256 count" in caplog.text
    np.testing.assert_array_equal(whole, cut)


@pytest.mark.parametrize("text", ["🎬", "\u200b", "漢字", "?!", "\x00"])
def test_texts_without_a_known_word_have_embeddings(text: str) -> None:
    (row,) = embed_texts([text], FLOAT32, None)
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-6)


def test_the_frame_names_its_columns() -> None:
    frame = embedding_frame(TEXTS[:2], FLOAT32, None)
    assert list(frame.columns) == [f"embedding_{number:03d}" for number in range(384)]
    assert set(frame.dtypes) == {np.dtype(np.float32)}


def test_two_dimensions_are_constant() -> None:
    frame = embedding_frame(TEXTS, FLOAT32, None)
    largest = frame.abs().max()
    assert list(largest.index[largest < 1e-30]) == ["embedding_127", "embedding_223"]


def test_no_texts_are_named() -> None:
    with pytest.raises(LatentLawsError, match="there are no texts to embed"):
        embed_texts([], FLOAT32, None)


def test_weights_that_give_no_number_are_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(find_model(PACKAGED_MODEL).path, tmp_path / "model"))
    weights = load_file(folder / "model.safetensors")
    name = "embeddings.LayerNorm.weight"
    save_file(
        {**weights, name: torch.full_like(weights[name], torch.nan)},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    options = FLOAT32.model_copy(update={"model": str(folder)})
    with pytest.raises(LatentLawsError, match="embedding of length nan: its weights are damaged"):
        embed_texts(TEXTS, options, None)
