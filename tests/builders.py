"""Tables whose truth is known, and a slice of real data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.tables.table import FeatureTable

ROOT = Path(__file__).parents[1]
COVERTYPE_SAMPLE = ROOT / "data" / "01_raw" / "covertype_sample.csv.gz"


def read_covertype(n_rows: int) -> pd.DataFrame:
    """Read the first rows of the bundled Covertype sample, as they came."""
    return pd.read_csv(COVERTYPE_SAMPLE, nrows=n_rows)


def as_table(X: NDArray[np.float64], names: tuple[str, ...] | None = None) -> FeatureTable:
    """Cut an array, rows x features, into 60 % training, 20 % validation, 20 % test rows."""
    names = names or tuple(f"x{i}" for i in range(X.shape[1]))
    first, second = int(0.6 * len(X)), int(0.8 * len(X))
    parts = (X[:first], X[first:second], X[second:])
    train, validation, test = (np.ascontiguousarray(part, dtype=np.float32) for part in parts)
    return FeatureTable(names, train, validation, test)


def gaussian_table(n_rows: int = 500, n_features: int = 6, seed: int = 0) -> FeatureTable:
    """Make a table of independent standard normal features."""
    return as_table(np.random.default_rng(seed).normal(size=(n_rows, n_features)))


def planted_table(
    latents: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n_rows: int = 500,
    n_features: int = 6,
    seed: int = 0,
) -> tuple[FeatureTable, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Make a table and the values of a known function of it.

    Args:
        latents: From rows x features to rows x latents.
        n_rows: Rows in all.
        n_features: Independent standard normal features.
        seed: Seed of the features.

    Returns:
        The table, and the function's values on its training, validation and test rows.
    """
    table = gaussian_table(n_rows, n_features, seed)
    train, validation, test = (
        latents(part.astype(np.float64)) for part in (table.train, table.validation, table.test)
    )
    return table, (train, validation, test)
