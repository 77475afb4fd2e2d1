"""Collapse: latents that carry nothing, latents that carry the same."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.rotation import effective_number
from latent_laws.findings.distillation import stacked
from latent_laws.findings.effects import effects, sample_rows, single_features
from latent_laws.findings.response import Rows, Values
from latent_laws.strict import StrictModel
from latent_laws.tables.table import FeatureTable


class CollapseOptions(StrictModel):
    """From where on something counts as collapsed.

    Attributes:
        rows: Validation rows on which effects are averaged.
        levels: Levels that a latent runs through.
        duplicate: Absolute correlation above which two latents are duplicates.
        negligible: Share of variance below which there is none: of a latent against the largest,
            of its effect on the reconstruction.
        seed: Of the rows.
    """

    rows: int = Field(default=300, ge=10)
    levels: int = Field(default=3, ge=2)
    duplicate: float = Field(default=0.99, gt=0, le=1)
    negligible: float = Field(default=1e-6, ge=0)
    seed: int = 0


def collapse(
    models: Mapping[str, Encoder], table: FeatureTable, options: CollapseOptions
) -> pd.DataFrame:
    """Look for collapsed latents in every encoder, on validation rows.

    Args:
        models: Encoder -> what encodes, and perhaps decodes.
        table: The features.
        options: Thresholds.

    Returns:
        A row an encoder: `encoder, variant, latent_dim`; counts of latents that are `constant`,
        `dead` (they vary, but the decoder does not react; NaN without a decoder) and `duplicate`
        (they say what an earlier one says); `effective` (how many say as much);
        `largest_correlation` between two latents, in absolute value (NaN for fewer than two that
        vary).
    """
    return stacked(
        {name: pd.DataFrame([_of_model(model, table, options)]) for name, model in models.items()}
    )


def _of_model(model: Encoder, table: FeatureTable, options: CollapseOptions) -> dict[str, object]:
    """Return the findings of one encoder."""
    Z = model.encode(table.validation)
    varying = Z.var(axis=0) > options.negligible * Z.var(axis=0).max(initial=0)
    correlation = np.atleast_2d(np.corrcoef(Z[:, varying], rowvar=False)) if varying.any() else ()
    above = np.abs(np.triu(correlation, k=1)) if len(correlation) else np.zeros((0, 0))
    dead = float((varying & ~_reaching(model, Z, options)).sum()) if model.can_decode else np.nan
    return {
        "constant": int((~varying).sum()),
        "dead": dead,
        "duplicate": int((above > options.duplicate).any(axis=0).sum()),
        "effective": effective_number(Z[:, varying]),
        "largest_correlation": float(above.max()) if len(above) > 1 else np.nan,
    }


def _reaching(model: Encoder, Z: Values, options: CollapseOptions) -> NDArray[np.bool_]:
    """Return which latents change the reconstruction."""
    given: Rows = Z.astype(np.float32)
    own = sample_rows(given, options.rows, options.seed)

    def decode(rows: Rows) -> Values:
        return model.decode(rows.astype(np.float64))

    caused = effects(decode, own, given, single_features(given), options.levels).sum(axis=1)
    return np.asarray(caused > options.negligible * decode(given).var(axis=0).sum())
