"""Collapse: latents and inputs that carry nothing, latents that carry the same."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.findings.effects import (
    Rows,
    Values,
    effects,
    sample_rows,
    single_features,
)
from latent_laws.tables.table import FeatureTable

Mask = NDArray[np.bool_]


class CollapseOptions(BaseModel):
    """From where on something counts as collapsed.

    Attributes:
        rows: Test rows.
        levels: Levels that a latent or a numeric feature runs through.
        duplicate: Absolute correlation above which two latents are duplicates.
        negligible: Share of variance below which there is none: of a latent against the largest,
            of its effect on the reconstruction, of an input's effect on the latents.
        seed: Of the rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(default=300, ge=10)
    levels: int = Field(default=3, ge=2)
    duplicate: float = Field(default=0.99, gt=0, le=1)
    negligible: float = Field(default=1e-6, ge=0)
    seed: int = 0


def collapse(
    models: Mapping[str, Encoder], table: FeatureTable, options: CollapseOptions
) -> dict[str, dict[str, object]]:
    """Look for collapsed latents and inputs in every encoder.

    Args:
        models: Encoder -> what encodes and decodes.
        table: The features.
        options: Thresholds.

    Returns:
        Encoder -> `n_latents`; `constant_latents` (no variance); `dead_latents` (they vary, but the
        decoder does not react); `duplicate_latents` ([first, second, correlation]);
        `participation_ratio` of the latents; `participation_ratio_reconstruction`, which does not
        depend on the latent basis; `dead_inputs` (features without effect on any latent).
    """
    return {encoder: _of_model(model, table, options) for encoder, model in models.items()}


def participation_ratio(values: Values) -> float:
    """Effective number of dimensions: (sum of covariance eigenvalues)² / sum of their squares.

    Args:
        values: Rows x dimensions.

    Returns:
        Between 1 and the number of dimensions; 0 if nothing varies.
    """
    centred = values - values.mean(axis=0)
    spectrum = np.linalg.svd(centred, compute_uv=False) ** 2
    return float(spectrum.sum() ** 2 / (spectrum**2).sum()) if spectrum.any() else 0.0


def duplicates(Z: Values, threshold: float) -> list[tuple[int, int, float]]:
    """Pairs of columns with an absolute correlation above the threshold, with the correlation."""
    deviation = Z.std(axis=0)
    scaled = (Z - Z.mean(axis=0)) / np.where(deviation > 0, deviation, np.inf)
    correlation = scaled.T @ scaled / len(Z)
    first, second = np.nonzero(np.triu(np.abs(correlation) > threshold, k=1))
    return [(int(i), int(j), float(correlation[i, j])) for i, j in zip(first, second, strict=True)]


def _of_model(model: Encoder, table: FeatureTable, options: CollapseOptions) -> dict[str, object]:
    """Return the findings of one encoder."""
    Z, varying = model.encode(table.test), _varying(model.encode(table.test), options)
    dead = varying & ~_reaching(model, Z, options)
    pairs = duplicates(np.where(varying, Z, 0), options.duplicate)
    reconstructed = model.reconstruct(table.test).astype(np.float64)
    inert = ~_effective(model, table, Z, options)
    return {
        "n_latents": Z.shape[1],
        "constant_latents": np.flatnonzero(~varying).tolist(),
        "dead_latents": np.flatnonzero(dead).tolist(),
        "duplicate_latents": [list(pair) for pair in pairs],
        "participation_ratio": participation_ratio(Z),
        "participation_ratio_reconstruction": participation_ratio(reconstructed),
        "dead_inputs": [table.names[column] for column in np.flatnonzero(inert)],
    }


def _varying(Z: Values, options: CollapseOptions) -> Mask:
    """Return which latents have a variance worth the name."""
    variance = Z.var(axis=0)
    return np.asarray(variance > options.negligible * variance.max(initial=0))


def _reaching(model: Encoder, Z: Values, options: CollapseOptions) -> Mask:
    """Return which latents change the reconstruction."""
    given: Rows = Z.astype(np.float32)
    own = sample_rows(given, options.rows, options.seed)

    def decode(rows: Rows) -> Values:
        return model.decode(rows.astype(np.float64))

    caused = effects(decode, own, given, single_features(given), options.levels).sum(axis=1)
    return np.asarray(caused > options.negligible * decode(given).var(axis=0).sum())


def _effective(model: Encoder, table: FeatureTable, Z: Values, options: CollapseOptions) -> Mask:
    """Return which features change some latent by more than a negligible part of its variance."""
    X = sample_rows(table.test, options.rows, options.seed)
    blocks = single_features(X)
    caused = effects(model.encode, X, table.train, blocks, options.levels)
    return np.asarray((caused > options.negligible * Z.var(axis=0)).any(axis=1))
