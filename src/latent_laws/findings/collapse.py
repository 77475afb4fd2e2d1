"""Collapse: latents and inputs that carry nothing, latents that carry the same."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.rotation import effective_number
from latent_laws.findings.distillation import named
from latent_laws.findings.effects import effects, sample_rows, single_features
from latent_laws.findings.response import Rows, Values
from latent_laws.tables.table import FeatureTable

Mask = NDArray[np.bool_]


class CollapseOptions(BaseModel):
    """From where on something counts as collapsed.

    Attributes:
        rows: Validation rows on which effects are averaged.
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
) -> pd.DataFrame:
    """Look for collapsed latents and inputs in every encoder, on validation rows.

    Args:
        models: Encoder -> what encodes, and perhaps decodes.
        table: The features.
        options: Thresholds.

    Returns:
        A row an encoder: `encoder, variant, latent_dim, n_latents`; counts of latents that are
        `constant`, `dead` (they vary, but the decoder does not react; NaN without a decoder) and
        `duplicate` (they say what an earlier one says); `effective` (how many say as much);
        `largest_correlation` between two latents, in absolute value (NaN for fewer than two that
        vary); `dead_inputs`, the features without effect on any latent, joined by |.
    """
    frames = [
        named(encoder, pd.DataFrame([_of_model(model, table, options)]))
        for encoder, model in models.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _of_model(model: Encoder, table: FeatureTable, options: CollapseOptions) -> dict[str, object]:
    """Return the findings of one encoder."""
    Z = model.encode(table.validation)
    varying = Z.var(axis=0) > options.negligible * Z.var(axis=0).max(initial=0)
    correlation = np.atleast_2d(np.corrcoef(Z[:, varying], rowvar=False)) if varying.any() else ()
    above = np.abs(np.triu(correlation, k=1)) if len(correlation) else np.zeros((0, 0))
    dead = float((varying & ~_reaching(model, Z, options)).sum()) if model.can_decode else np.nan
    inert = ~_effective(model, table, Z, options)
    return {
        "n_latents": Z.shape[1],
        "constant": int((~varying).sum()),
        "dead": dead,
        "duplicate": int((above > options.duplicate).any(axis=0).sum()),
        "effective": effective_number(Z[:, varying]),
        "largest_correlation": float(above.max()) if len(above) > 1 else np.nan,
        "dead_inputs": "|".join(table.names[column] for column in np.flatnonzero(inert)),
    }


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
    X = sample_rows(table.validation, options.rows, options.seed)
    caused = effects(model.encode, X, table.train, single_features(X), options.levels)
    return np.asarray((caused > options.negligible * Z.var(axis=0)).any(axis=1))
