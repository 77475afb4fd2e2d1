"""What our datasets have in common: those that are only read, and those that are versioned."""

from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

from kedro.io import AbstractDataset, AbstractVersionedDataset, Version

from latent_laws.errors import LatentLawsError

T = TypeVar("T")


class InputDataset(AbstractDataset[None, T], Generic[T]):
    """An input of a run, which can be loaded only.

    Args:
        metadata: Read by Kedro plugins.
        **described: What tells this dataset from others of its type.
    """

    def __init__(self, metadata: dict[str, Any] | None, **described: object) -> None:
        self.metadata = metadata
        self._described = described

    def save(self, data: None) -> None:
        """Refuse: the table is an input."""
        raise LatentLawsError(f"{type(self).__name__} can be loaded only")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return self._described


class LocalDataset(AbstractVersionedDataset[T, T], Generic[T]):
    """A file or folder on this machine, perhaps one a version.

    Args:
        filepath: The file or folder.
        version: Kedro's load and save version.
        metadata: Read by Kedro plugins.
    """

    def __init__(
        self,
        *,
        filepath: str,
        version: Version | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=PurePosixPath(filepath), version=version)
        self.metadata = metadata

    def _exists(self) -> bool:
        return Path(self._get_load_path()).exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "version": self._version}
