"""Scaling learned on the training rows, and the constant columns found there."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.tables.preparation import ColumnPlan, Feature
from latent_laws.tables.records import Mask, Numbers, Records

INFO_COLUMNS = ("feature", "kind", "group", "unit", "mean", "scale", "is_constant")
_TEXT = ("feature", "kind", "group", "unit")

# a spread below this share of the mean is rounding, not variation
_RELATIVE_ROUNDING = 1e-12
# of vectors of length one in float32: all-MiniLM-L6-v2 has dimensions that vary by 1e-8 and less
_EMBEDDING_ROUNDING = 1e-6


def scale_records(
    records: Records,
    plans: Sequence[ColumnPlan],
    splits: NDArray[np.str_],
    standardise_binary: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn records into scaled features, one column at a time.

    Args:
        records: Checked values.
        plans: What each column becomes.
        splits: Name of the split of every row.
        standardise_binary: Whether 0/1 columns are standardised like the numeric ones.

    Returns:
        The catalog's `features`: `split` and the scaled features in float32, rows as in `records`.
        The catalog's `feature_info`, a row a feature: `feature, kind, group, unit, mean, scale,
        is_constant`; mean and scale in the units of the table, as the training rows have them. A
        scaled value is (x - mean) / scale; mean 0 and scale 1 leave a binary column as it is; a
        constant column has scale 1.
    """
    features = [feature for plan in plans for feature in plan.features()]
    scaled = np.empty((len(features), records.n_rows), dtype=np.float32)
    training, rows = splits == "train", []
    arrays = (array for plan in plans for array in plan.arrays(records.values[plan.column.name]))
    for number, (feature, values) in enumerate(zip(features, arrays, strict=True)):
        mean, scale, constant = _scaling(values[training], feature.kind, standardise_binary)
        scaled[number] = _scaled(values - mean, scale, constant, training)
        rows.append(_info_row(feature, mean, scale, constant))
    # pandas keeps frames as columns x rows, so that this copies nothing
    frame = pd.DataFrame(scaled.T, columns=[feature.name for feature in features], copy=False)
    frame.insert(0, "split", splits)
    info = pd.DataFrame(rows, columns=list(INFO_COLUMNS))
    return frame, info.astype(dict.fromkeys(_TEXT, "str"))


def _info_row(feature: Feature, mean: float, scale: float, constant: bool) -> tuple[object, ...]:
    return feature.name, feature.kind, feature.group, feature.unit, mean, scale, constant


def _scaling(values: Numbers, kind: str, standardise_binary: bool) -> tuple[float, float, bool]:
    """Return mean and scale of training values, and whether they are constant."""
    mean, deviation = float(values.mean()), float(values.std())
    rounding = _RELATIVE_ROUNDING * abs(mean)
    if kind == "embedding":
        rounding = max(rounding, _EMBEDDING_ROUNDING)
    constant = deviation <= rounding or bool(np.ptp(values) == 0)
    if kind == "binary" and not standardise_binary:
        mean, deviation = 0.0, 1.0
    return mean, 1.0 if constant else deviation, constant


def _scaled(centred: Numbers, scale: float, constant: bool, training: Mask) -> Numbers:
    """Scale one column; on the training rows a constant one is exactly 0 (a binary one 0 or 1)."""
    if constant:
        # what rounding leaves would have a spread, and could be scaled to one
        known = centred[training]
        value = np.rint(known.mean())
        rounding = np.abs(known - value).max()
        centred = np.where(np.abs(centred - value) <= rounding, value, centred)
    return centred / scale
