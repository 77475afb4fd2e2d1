"""The scaled feature table that everything after data_processing works on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class FeatureTable:
    """Rows of the three splits as an encoder takes them, each rows x features.

    In a run they are scaled, in float32: numeric features have mean 0 and standard deviation 1 on
    the training rows; binary ones are 0/1 unless `standardise_binary` was set.
    """

    names: tuple[str, ...]
    train: NDArray[Any]
    validation: NDArray[Any]
    test: NDArray[Any]

    @classmethod
    def from_frame(cls, features: pd.DataFrame) -> "FeatureTable":
        """Read the catalog's `features` frame, a `split` column and float32 feature columns.

        Raises:
            LatentLawsError: If the frame has no `split` column or a split without rows.
        """
        if "split" not in features.columns:
            raise LatentLawsError("features has no column 'split' (train, validation or test)")
        columns = features.drop(columns="split")
        parts = {name: _rows(columns, features["split"] == name, name) for name in SPLITS}
        return cls(names=tuple(map(str, columns.columns)), **parts)


def _rows(columns: pd.DataFrame, chosen: "pd.Series[bool]", split: str) -> NDArray[np.float32]:
    """Return the chosen rows as a C-ordered float32 array."""
    if not chosen.any():
        raise LatentLawsError(f"features has no row whose split is '{split}'")
    return np.ascontiguousarray(columns.loc[chosen].to_numpy(dtype=np.float32))
