"""The points that the law of single features is fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

SMALLEST_FVU, LARGEST_FVU = 1e-6, 1.0 - 1e-3  # beyond them the logit is noise
SMALLEST_SPREAD = 1e-3  # standard deviation over mean below which a trait says nothing
EDGE = "log_edge"  # the input that vanishes where the latents span all the data


@dataclass(frozen=True)
class FeatureErrors:
    """One point a feature and latent dimension.

    Attributes:
        feature: Name, points.
        latent_dim: Points.
        fvu: Mean over the seeds, clipped to `SMALLEST_FVU` from below, points.
        inputs: What the law may use, points x inputs.
        names: Of the inputs, as the search sees them.
        meaning: For each input, the formula that it stands for.
    """

    feature: NDArray[np.object_]
    latent_dim: Array
    fvu: Array
    inputs: Array
    names: tuple[str, ...]
    meaning: Mapping[str, str]

    @property
    def logit(self) -> Array:
        """Return g of FVU = 1 / (1 + exp(g)), points."""
        clipped = np.minimum(self.fvu, LARGEST_FVU)
        return np.log((1.0 - clipped) / clipped)

    def where(self, mask: NDArray[np.bool_]) -> "FeatureErrors":
        """Return the points of a mask."""
        return replace(
            self,
            feature=self.feature[mask],
            latent_dim=self.latent_dim[mask],
            fvu=self.fvu[mask],
            inputs=self.inputs[mask],
        )

    def sample(self, n_features: int, seed: int) -> "FeatureErrors":
        """Return the points of at most `n_features` features, drawn by the seed."""
        features = np.array(sorted(set(self.feature)), dtype=object)
        drawn = np.random.default_rng(seed).permutation(features)[:n_features]
        return self.where(np.isin(self.feature, drawn))


def feature_points(
    errors: pd.DataFrame, traits: Mapping[str, "pd.Series[float]"], rank: int
) -> FeatureErrors:
    """Put together what the law of single features is fitted on.

    Args:
        errors: Rows of one variant in `reconstruction_errors`.
        traits: Name -> value by feature; `std` must be among them. A trait that is (nearly) the
            same for all features is left out.
        rank: Rank of the data matrix, above every latent dimension.

    Returns:
        A point for each latent dimension and each feature with a standard deviation.
    """
    std = traits["std"]
    varying = std.index[std > SMALLEST_FVU * std.max()]
    points = (
        errors[errors["feature"].isin(varying) & np.isfinite(errors["fvu"])]
        .groupby(["latent_dim", "feature"], sort=False)["fvu"]
        .mean()
        .reset_index()
    )
    m = points["latent_dim"].to_numpy(np.float64)
    columns = {
        "log_latent_dim": ("log(latent_dim)", np.log(m)),
        "latent_dim": ("latent_dim", m),
        EDGE: (f"log(1 - latent_dim/{rank})", np.log(1.0 - m / rank)),
    }
    for name, trait in traits.items():
        values = points["feature"].map(trait).fillna(0.0).to_numpy(np.float64)
        if values.std() <= SMALLEST_SPREAD * abs(values.mean()):
            continue
        columns[name] = (name, values)
        if values.min() > 0:
            columns[f"log_{name}"] = (f"log({name})", np.log(values))
    return FeatureErrors(
        feature=points["feature"].to_numpy(object),
        latent_dim=m,
        fvu=np.maximum(points["fvu"].to_numpy(np.float64), SMALLEST_FVU),
        inputs=np.column_stack([values for _, values in columns.values()]),
        names=tuple(columns),
        meaning={name: text for name, (text, _) in columns.items()},
    )
