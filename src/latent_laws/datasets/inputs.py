"""What all tables have in common that are an input of a run."""

from typing import Any, Generic, TypeVar

from kedro.io import AbstractDataset

from latent_laws.errors import LatentLawsError

T = TypeVar("T")


class InputDataset(AbstractDataset[None, T], Generic[T]):
    """A table that can be loaded only.

    Attributes:
        metadata: Read by Kedro plugins.
    """

    def __init__(self, metadata: dict[str, Any] | None, **described: object) -> None:
        """Describe the dataset.

        Args:
            metadata: Passed on to Kedro plugins.
            **described: What tells this dataset from others of its type.
        """
        self.metadata = metadata
        self._described = described

    def save(self, data: None) -> None:
        """Refuse: the table is an input."""
        raise LatentLawsError(f"{type(self).__name__} can be loaded only")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return self._described
