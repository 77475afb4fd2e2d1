"""What every search engine offers."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from latent_laws.formulas.formula import Formula

Options_contra = TypeVar("Options_contra", bound=BaseModel, contravariant=True)


class Engine(Protocol[Options_contra]):
    """A search for closed forms of one target."""

    name: str

    def version(self) -> str:
        """Return the version of the library that searches."""

    def search(
        self,
        X: NDArray[np.float64],
        y: NDArray[np.float64],
        names: Sequence[str],
        options: Options_contra,
        seed: int,
    ) -> list[Formula]:
        """Return candidates of rising complexity, the same for the same arguments.

        Args:
            X: rows x features.
            y: rows.
            names: features.
            options: the engine's own.
            seed: of everything random.
        """
