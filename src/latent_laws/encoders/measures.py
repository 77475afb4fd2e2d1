"""What an encoder and its decoder lose, beside PCA of the same latent dim."""

from typing import Any

import pandas as pd

from latent_laws.encoders.naming import NamedEncoder
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.reconstruction import feature_errors, fvu, mse
from latent_laws.tables.table import SPLITS, FeatureTable

NAME = ("variant", "latent_dim", "seed")
ERROR_COLUMNS = [*NAME, "feature", "mse", "fvu"]


def measure_reconstruction(
    named: NamedEncoder, table: FeatureTable
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Measure the reconstruction of scaled rows on all three splits.

    Returns:
        One record of the catalog's `training_metrics`, and the rows of `reconstruction_errors` by
        feature on the test rows; both empty where there is no decoder.
    """
    if not named.encoder.can_decode:
        return [], pd.DataFrame(columns=ERROR_COLUMNS)
    name = {key: getattr(named, key) for key in NAME}
    rows = {split: getattr(table, split) for split in SPLITS}
    restored = {split: named.encoder.reconstruct(X) for split, X in rows.items()}
    pca = LinearBaseline.fit(table.train)
    record: dict[str, Any] = {
        **name,
        **{f"mse_{split}": mse(rows[split], restored[split]) for split in SPLITS},
        **{f"fvu_{split}": fvu(rows[split], restored[split]) for split in SPLITS[1:]},
        **{f"pca_fvu_{split}": pca.fvu(rows[split], named.latent_dim) for split in SPLITS[1:]},
    }
    errors = feature_errors(table.test, restored["test"], table.names).assign(**name)
    return [record], errors[ERROR_COLUMNS]
