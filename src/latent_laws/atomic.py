"""Files and folders written whole or not at all.

Each is written beside its destination under a hidden name and renamed when complete, so that
whoever is killed at any moment leaves either what was there before or the new one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import uuid4


@contextmanager
def replacing(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file that takes the place of `path` when the block ends without an exception.

    Args:
        path: The file to write; its folder is made if need be.
        mode: `w` for UTF-8 text or `wb` for bytes.

    Yields:
        The open file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _hidden_neighbour(path)
    encoding = None if "b" in mode else "utf-8"
    try:
        with temporary.open(mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to write, which gets its name when the block ends without an exception.

    Args:
        path: Of a folder that is not there; those around it are made if need be.

    Raises:
        OSError: If there is one of that name by then.
    """
    temporary = _hidden_neighbour(path)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _hidden_neighbour(path: Path) -> Path:
    """Return an unused hidden name in the folder of a path."""
    return path.with_name(f".{path.name}.{uuid4().hex}")
