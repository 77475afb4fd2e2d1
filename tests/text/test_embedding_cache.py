"""Vectors come back as they were saved, or not at all."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.text.embedding_cache import EmbeddingCache

VECTORS = {
    b"one": np.array([1.0, -0.5, np.float32(1e-33)], dtype=np.float32),
    b"two": np.array([0.25, np.pi, 2.0], dtype=np.float32),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "embeddings.sqlite"


def test_vectors_come_back_bit_for_bit(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        assert cache.load(VECTORS) == {}
        cache.save(VECTORS)
    with EmbeddingCache(path) as cache:
        found = cache.load([b"two", b"one", b"three"])
    assert found.keys() == VECTORS.keys()
    for key, vector in VECTORS.items():
        np.testing.assert_array_equal(found[key], vector)
        assert found[key].dtype == np.float32


def test_saving_again_adds_and_replaces(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        cache.save(VECTORS)
        cache.save({b"two": np.zeros(3, dtype=np.float32), b"three": VECTORS[b"one"]})
        found = cache.load([b"one", b"two", b"three"])
    np.testing.assert_array_equal(found[b"two"], np.zeros(3))
    np.testing.assert_array_equal(found[b"three"], found[b"one"])


def test_a_batch_that_fails_leaves_nothing(path: Path) -> None:
    class Refusing:
        def astype(self, dtype: object) -> "Refusing":
            return self

        def tobytes(self) -> object:
            return object()  # nothing SQLite can store

    with EmbeddingCache(path) as cache:
        batch = {**VECTORS, b"three": Refusing()}
        with pytest.raises(LatentLawsError, match="cannot be used"):
            cache.save(batch)  # type: ignore[arg-type]  # on purpose
        assert cache.load(batch) == {}


def test_two_runs_share_a_file(path: Path) -> None:
    with EmbeddingCache(path) as first, EmbeddingCache(path) as second:
        first.save({b"one": VECTORS[b"one"]})
        second.save({b"two": VECTORS[b"two"]})
        assert first.load(VECTORS).keys() == second.load(VECTORS).keys() == VECTORS.keys()


def test_without_a_file_vectors_live_as_long_as_the_cache() -> None:
    with EmbeddingCache(None) as cache:
        cache.save(VECTORS)
        assert cache.load(VECTORS).keys() == VECTORS.keys()
    with EmbeddingCache(None) as cache:
        assert cache.load(VECTORS) == {}


def test_nothing_is_pickled(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        cache.save(VECTORS)
    connection = sqlite3.connect(path)
    (vector,) = connection.execute(
        "SELECT vector FROM embeddings WHERE key = ?", (b"two",)
    ).fetchone()
    connection.close()
    assert vector == VECTORS[b"two"].tobytes()


def test_another_file_is_named(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no database, but something a user may want to keep " * 100)
    with pytest.raises(
        LatentLawsError, match=r"notes\.txt' cannot be used \(file is not a database"
    ):
        EmbeddingCache(other)
    assert other.read_text().startswith("no database")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LatentLawsError, match=r"cannot be used .*delete it, or name another"):
        EmbeddingCache(tmp_path / "file" / "embeddings.sqlite")
