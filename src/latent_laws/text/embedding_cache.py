"""Single embeddings on disk, each under a key of its content."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError

_SECONDS_TO_WAIT_FOR_ANOTHER_RUN = 60.0
_LITTLE_ENDIAN = np.dtype("<f4")


class EmbeddingCache:
    """Vectors by key in one SQLite file, as a context manager.

    Whatever is saved is there after a crash, whole or not at all, and runs at the same time may
    share the file.
    """

    def __init__(self, path: Path | None) -> None:
        """Open or create the file; None keeps vectors for the life of the object only.

        Raises:
            LatentLawsError: If the file is not such a cache or cannot be written.
        """
        self._path = path
        with self._one_line_errors():
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=_SECONDS_TO_WAIT_FOR_ANOTHER_RUN
            )
            with self._connection:
                self._connection.execute(
                    "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB) "
                    "WITHOUT ROWID"
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def load(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Return the float32 vectors of those keys that are there."""
        query = "SELECT vector FROM embeddings WHERE key = ?"
        with self._one_line_errors():
            found = {key: self._connection.execute(query, (key,)).fetchone() for key in keys}
        return {key: np.frombuffer(row[0], _LITTLE_ENDIAN) for key, row in found.items() if row}

    def save(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Keep float32 vectors, all or none of them."""
        rows = [(key, vector.astype(_LITTLE_ENDIAN).tobytes()) for key, vector in vectors.items()]
        with self._one_line_errors(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows)

    @contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise LatentLawsError(
                f"embedding cache '{self._path}' cannot be used ({error}): delete it, or name "
                "another file; its embeddings will be computed again"
            ) from error
