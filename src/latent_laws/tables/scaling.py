"""Scaling learned on the training rows, and the constant columns found there."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.tables.columns import Column

# a spread below this share of the mean is rounding, not variation
_RELATIVE_ROUNDING = 1e-12
# all-MiniLM-L6-v2 has output dimensions near 1e-33 on vectors of length one
_EMBEDDING_ROUNDING = 1e-12


def learn_scaling(
    records: pd.DataFrame,
    columns: Sequence[Column],
    training: NDArray[np.bool_],
    standardise_binary: bool = False,
) -> pd.DataFrame:
    """Find the mean and scale of every feature on the training rows.

    Args:
        records: Checked features in float64, rows x features, in the order of `columns`.
        columns: Kind and group of each feature.
        training: True for the training rows.
        standardise_binary: Whether 0/1 columns are standardised like the numeric ones.

    Returns:
        The catalog's `feature_info`: `feature, kind, group, mean, scale, is_constant`, a row a
        feature, mean and scale in the units of the table. A scaled value is (x - mean) / scale;
        mean 0 and scale 1 leave a binary column as it is; a constant column has scale 1.
    """
    rows = [
        _scaling(records[column.name].to_numpy()[training], column, standardise_binary)
        for column in columns
    ]
    info = pd.DataFrame(rows, columns=["feature", "kind", "group", "mean", "scale", "is_constant"])
    return info.astype({"feature": "str", "kind": "str", "group": "str"})


def scale_records(
    records: pd.DataFrame, feature_info: pd.DataFrame, splits: NDArray[np.str_]
) -> pd.DataFrame:
    """Scale every feature and put the split beside it.

    Args:
        records: Checked features, rows x features.
        feature_info: What `learn_scaling` found.
        splits: Name of the split of every row.

    Returns:
        The catalog's `features`: `split` and the scaled features in float32, rows as in `records`.
    """
    scaled = {
        str(feature): _scaled(records[feature].to_numpy(np.float64) - mean, scale, constant, splits)
        for feature, mean, scale, constant in zip(
            *(feature_info[name] for name in ("feature", "mean", "scale", "is_constant")),
            strict=True,
        )
    }
    return pd.DataFrame({"split": splits, **scaled})


def _scaled(
    centred: NDArray[np.float64], scale: float, constant: bool, splits: NDArray[np.str_]
) -> NDArray[np.float32]:
    """Scale one column; on the training rows a constant one is exactly 0 (a binary one 0 or 1)."""
    if constant:
        # what rounding leaves would have a spread, and could be scaled to one
        training = centred[splits == "train"]
        value = np.rint(training.mean())
        rounding = np.abs(training - value).max()
        centred = np.where(np.abs(centred - value) <= rounding, value, centred)
    return (centred / scale).astype(np.float32)


def _scaling(
    values: NDArray[np.float64], column: Column, standardise_binary: bool
) -> tuple[str, str, str | None, float, float, bool]:
    """Return one row of `feature_info`."""
    values = values.astype(np.float64)
    mean, deviation = float(values.mean()), float(values.std())
    rounding = _RELATIVE_ROUNDING * abs(mean)
    if column.kind == "embedding":
        rounding = max(rounding, _EMBEDDING_ROUNDING)
    constant = deviation <= rounding or bool(np.ptp(values) == 0)
    if column.kind == "binary" and not standardise_binary:
        mean, deviation = 0.0, 1.0
    scale = 1.0 if constant else deviation
    return column.name, column.kind, column.group, mean, scale, constant
