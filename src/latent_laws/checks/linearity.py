"""Linearity: how much of an encoder, and of its decoder, a matrix says.

The lambda of "Faithful to What?" (arXiv 2506.12176): R² of the best linear form on all inputs. 1
means that a matrix says it all, and no formula can say more.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from latent_laws.checks.target import NAME_COLUMNS
from latent_laws.encoders.protocol import Encoder
from latent_laws.scores import variances
from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]

COLUMNS = [*NAME_COLUMNS, "part", "latent", "linearity"]


def linear_r2(X: Array, Y: Array, X_test: Array, Y_test: Array) -> Array:
    """Return the test R² of least squares of each column of Y on all columns of X.

    Args:
        X: Training rows x inputs.
        Y: Training rows x outputs.
        X_test: Test rows x inputs.
        Y_test: Test rows x outputs.

    Returns:
        Shape (outputs,); NaN for an output that does not vary on the test rows.
    """
    predicted = LinearRegression().fit(X, Y).predict(X_test)
    variance = variances(Y_test)
    error = ((Y_test - predicted) ** 2).mean(axis=0)
    share = np.divide(error, variance, out=np.full_like(error, np.nan), where=variance > 0)
    return np.asarray(1 - share)


def linearity(name: tuple[str, str, int], encoder: Encoder, table: FeatureTable) -> pd.DataFrame:
    """Measure the linearity of one encoder.

    Args:
        name: Encoder, variant and latent dim, as every table has them.
        encoder: What encodes and perhaps decodes.
        table: The features; linear forms are fitted on training rows and judged on test rows.

    Returns:
        `COLUMNS`: a row a latent of the encoder; a row with no latent for the encoder as a whole
        (latents weighted by their variance); and, where there is a decoder, one for the decoder:
        the share of its outputs' variance that the best linear map of the latents explains.
    """
    X, X_test = (part.astype(np.float64) for part in (table.train, table.test))
    Z, Z_test = encoder.encode(table.train), encoder.encode(table.test)
    by_latent = linear_r2(X, Z, X_test, Z_test)
    rows: list[tuple[str, int | None, float]] = [
        ("encoder", latent, float(value)) for latent, value in enumerate(by_latent)
    ]
    rows.append(("encoder", None, weighted_mean(by_latent, Z_test)))
    if encoder.can_decode:
        output, output_test = encoder.decode(Z), encoder.decode(Z_test)
        rows.append(
            ("decoder", None, weighted_mean(linear_r2(Z, output, Z_test, output_test), output_test))
        )
    return pd.DataFrame([(*name, *row) for row in rows], columns=COLUMNS)


def linearity_of_all(
    encoders: Mapping[tuple[str, str, int], Encoder], table: FeatureTable
) -> pd.DataFrame:
    """Measure the linearity of every encoder, the catalog's `linearity`."""
    frames = [linearity(name, encoder, table) for name, encoder in encoders.items()]
    return pd.concat(frames, ignore_index=True)


def weighted_mean(values: Array, outputs: Array) -> float:
    """Return the mean of R² over outputs, weighted by their variance."""
    weights = outputs.var(axis=0)
    known = np.isfinite(values)
    return float(np.average(values[known], weights=weights[known])) if known.any() else np.nan
