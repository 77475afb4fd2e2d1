"""Does the network use a law between inputs? Rows moved along it and off it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling
from latent_laws.tables.table import FeatureTable

Values = NDArray[np.floating]

USE_COLUMNS = ["encoder", "feature", "fvu_rows", "fvu_along", "fvu_off", "follows_law"]


def law_use(
    encoders: Mapping[str, Encoder],
    laws: pd.DataFrame,
    table: FeatureTable,
    feature_info: pd.DataFrame,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure what encoders make of rows along a law and off it.

    Args:
        encoders: With decoders, by name.
        laws: The catalog's `redundancy_laws`.
        table: The features; the test rows are moved.
        feature_info: The catalog's frame.
        seed: Of the other rows that values are taken from.

    Returns:
        A row an encoder and law, `USE_COLUMNS`: FVU of the dependent input on the rows as they
        are; on rows whose law's inputs, and all that follows from them, come from another row; on
        rows where the dependent input alone does. `follows_law`: there, the weight in the
        reconstruction of what the law says of the other inputs, beside what was given: 1 where it
        is the law, 0 where it is what was given, or nothing of either.
    """
    scaling = Scaling.from_feature_info(feature_info)
    found = laws[laws["kind"] == "law"]
    rows = [
        {"encoder": name, "feature": law.feature, **_use(encoder, law, found, table, scaling, seed)}
        for name, encoder in encoders.items()
        if encoder.can_decode
        for law in found.itertuples()
    ]
    return pd.DataFrame(rows, columns=USE_COLUMNS)


def _use(
    encoder: Encoder,
    law: Any,
    laws: pd.DataFrame,
    table: FeatureTable,
    scaling: Scaling,
    seed: int,
) -> dict[str, float]:
    X = table.test
    other = X[np.random.default_rng(seed).permutation(len(X))]
    own = table.names.index(str(law.feature))
    block = [table.names.index(name) for name in moved_together(str(law.feature), laws)]
    along, off = X.copy(), X.copy()
    along[:, block], off[:, own] = other[:, block], other[:, own]
    by_law = Formula.parse(str(law.expression), table.names).evaluate(
        scaling.to_raw(X), table.names
    )
    # NaN is no bound
    clipped = np.fmin(np.fmax(by_law, law.clipped_low), law.clipped_high)
    mean, scale = scaling.column(str(law.feature))
    says = (clipped - mean) / scale
    answer = encoder.reconstruct(off)[:, own]
    return {
        "fvu_rows": _own_fvu(encoder, X, own),
        "fvu_along": _own_fvu(encoder, along, own),
        "fvu_off": fvu(off[:, [own]], answer[:, None]),
        "follows_law": _first_weight(says, off[:, own], answer),
    }


def _first_weight(one: Values, other: Values, y: Values) -> float:
    """Return the weight of one of two columns in the least squares of a third; 0 if constant."""
    both = np.column_stack([one, other]).astype(np.float64)
    return float(np.linalg.lstsq(both - both.mean(axis=0), y - y.mean(), rcond=None)[0][0])


def moved_together(feature: str, laws: pd.DataFrame) -> list[str]:
    """Return a feature, its law's inputs, and all that is tied to one of them by a law."""
    inputs = dict(zip(laws["feature"], laws["inputs"].str.split("|"), strict=True))
    block = {feature, *inputs[feature]}
    while True:
        tied = [{f, *read} for f, read in inputs.items() if block & {f, *read}]
        larger = block.union(*tied)
        if larger == block:
            return sorted(block)
        block = larger


def _own_fvu(encoder: Encoder, X: NDArray[np.float32], column: int) -> float:
    return fvu(X[:, [column]], encoder.reconstruct(X)[:, [column]])
