"""What the laws know about the data: rank, and each feature's predictability."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]

RIDGE = 1e-6  # of the mean variance: enough where one-hot columns add up to one
SMALLEST_EIGENVALUE = 1e-10  # of the largest; rounding in float32 stays below


def data_rank(X: Array) -> int:
    """Return the rank of a centred data matrix, rows x features.

    That many latents reconstruct it exactly: one-hot columns add up to one, constants add nothing.
    """
    eigenvalues = np.linalg.eigvalsh(np.cov(X, rowvar=False).reshape(X.shape[1], X.shape[1]))
    return int((eigenvalues > SMALLEST_EIGENVALUE * eigenvalues.max()).sum())


def predictability(
    table: FeatureTable, groups: Mapping[str, str | None] | None = None
) -> "pd.Series[float]":
    """Return how well each feature follows from the others, by ridge regression.

    Args:
        table: Fitted on the train rows, measured on the validation rows.
        groups: Feature -> one-hot group. A feature is predicted from the features outside its
            group, since within it the columns add up to one.

    Returns:
        R² by feature, from 0 (also where it does not vary on the validation rows) to 1.
    """
    names = pd.Index(table.names)
    own_group = groups or {}
    group = np.array([own_group.get(name) or name for name in table.names])
    train = table.train.astype(np.float64)
    held_out = table.validation.astype(np.float64) - train.mean(axis=0)
    covariance = np.cov(train, rowvar=False, bias=True).reshape(len(names), len(names))
    covariance += RIDGE * np.trace(covariance) / len(names) * np.eye(len(names))
    precision = np.linalg.inv(covariance)
    r2 = np.zeros(len(names))
    for name in dict.fromkeys(group):
        own = np.flatnonzero(group == name)
        # The residual of the block given the rest: X P[:, own] P[own, own]^-1.
        residual = held_out @ np.linalg.solve(precision[np.ix_(own, own)], precision[own]).T
        variance = held_out[:, own].var(axis=0)
        explained = 1.0 - (residual**2).mean(axis=0) / np.maximum(variance, np.finfo(float).tiny)
        r2[own] = np.where(variance > 0, explained.clip(0.0, 1.0), 0.0)
    return pd.Series(r2, index=names)
