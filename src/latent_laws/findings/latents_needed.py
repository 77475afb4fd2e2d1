"""How many latents a loss takes, for the table and for each variable, and whether returns diminish.

Read off the measured curve FVU(latent_dim); no law is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.strict import StrictModel

Array = NDArray[np.float64]

SMALLEST_FVU = 1e-12  # below it lies rounding
INTERVAL = (2.5, 97.5)  # percentiles


class LossLatents(StrictModel):
    """How many latents a loss takes.

    Attributes:
        loss: FVU.
        latents: Where the curve first falls below the loss, interpolated in log FVU from 1 at no
            latents; None where it never does.
        low, high: 95 % bootstrap interval; None lies beyond the largest latent dimension.
    """

    loss: float
    latents: float | None
    low: float | None
    high: float | None


class VariableLatents(StrictModel):
    """A feature or one-hot group, and where its own FVU falls below 10 % and 1 % (None: never)."""

    variable: str
    variance_share: float
    at_10_percent: float | None
    at_1_percent: float | None


class Returns(StrictModel):
    """Whether every further latent is worth less than the one before.

    Attributes:
        share: Of resamples in which every gain of FVU per latent is smaller than the last.
        null_share: The same for a straight line with the scatter of the resamples. Unless it is
            small, the test could not have failed.
    """

    share: float
    null_share: float


@dataclass(frozen=True)
class ErrorCurve:
    """Squared errors of one variant by variable.

    Attributes:
        dims: Latent dimensions, rising.
        mse: A frame a latent dimension, seeds x variables.
        variance: Of each variable on the same rows.
    """

    dims: Array
    mse: tuple[pd.DataFrame, ...]
    variance: "pd.Series[float]"

    @classmethod
    def from_frame(cls, errors: pd.DataFrame, groups: Mapping[str, str]) -> "ErrorCurve":
        """Read rows of `reconstruction_errors` of one variant.

        Args:
            errors: Columns latent_dim, seed, feature, mse, fvu.
            groups: Feature -> one-hot group, whose features are one variable.

        Returns:
            The curve over the variables that vary.
        """
        errors = errors.assign(
            variance=(errors["mse"] / errors["fvu"]).where(errors["fvu"] > 0),
            variable=[groups.get(name, name) for name in errors["feature"]],
        )
        by_feature = errors.groupby(["variable", "feature"], sort=False)["variance"].max()
        variance = by_feature.groupby(level=0, sort=False).sum()
        variance = variance[variance > 0]
        wide = errors.groupby(["latent_dim", "seed", "variable"])["mse"].sum().unstack()
        frames = {dim: rows for dim, rows in wide[variance.index].groupby(level=0)}
        return cls(np.array(list(frames), dtype=np.float64), tuple(frames.values()), variance)

    @cached_property
    def fvu(self) -> Array:
        """The FVU of each variable, latent dimensions x variables, mean over seeds."""
        means = np.array([rows.mean().to_numpy() for rows in self.mse])
        return np.asarray(means / self.variance.to_numpy())

    @cached_property
    def overall(self) -> Array:
        """The FVU of the table, latent dimensions; variables weigh by their variance."""
        return np.asarray(self.fvu @ (self.variance / self.variance.sum()).to_numpy())

    def resampled(self, resamples: int, seed: int) -> Array:
        """Return bootstrap curves, resamples x latent dimensions.

        Variables are drawn once a curve, trainings anew for every latent dimension (trainings of
        the same seed share nothing there).
        """
        generator = np.random.default_rng(seed)

        def draw(n: int) -> Array:
            return generator.multinomial(n, np.full(n, 1.0 / n), resamples) / n

        variables = draw(len(self.variance))
        errors = [variables @ rows.to_numpy(np.float64).T for rows in self.mse]
        curves = np.column_stack([(draw(own.shape[1]) * own).sum(axis=1) for own in errors])
        return np.asarray(curves / (variables @ self.variance.to_numpy())[:, None])


def latents_for(loss: float, curve: ErrorCurve, sampled: Array) -> LossLatents:
    """Return how many latents a loss takes, with its interval over bootstrap curves."""
    drawn = [latents_at(loss, curve.dims, fvu) for fvu in sampled]
    # an order statistic: interpolation between a number and infinity is undefined
    low, high = np.percentile(drawn, INTERVAL, method="closest_observation")
    at = latents_at(loss, curve.dims, curve.overall)
    return LossLatents(loss=loss, latents=_finite(at), low=_finite(low), high=_finite(high))


def variables_by_lateness(curve: ErrorCurve) -> list[VariableLatents]:
    """Return where each variable is reconstructed, those that come last first."""
    share = curve.variance / curve.variance.sum()
    found = []
    for name, fvu in zip(share.index, curve.fvu.T, strict=True):
        ten, one = (latents_at(loss, curve.dims, fvu) for loss in (0.1, 0.01))
        found.append((-ten, -one, str(name)))
    return [
        VariableLatents(
            variable=name,
            variance_share=float(share[name]),
            at_10_percent=_finite(-ten),
            at_1_percent=_finite(-one),
        )
        for ten, one, name in sorted(found)
    ]


def returns(curve: ErrorCurve, sampled: Array) -> Returns:
    """Test whether returns diminish, by bootstrap curves, on at least three latent dimensions."""
    ends = [0, -1]
    line = np.interp(curve.dims, curve.dims[ends], curve.overall[ends])
    return Returns(
        share=float(_shrinks(curve.dims, sampled).mean()),
        null_share=float(_shrinks(curve.dims, sampled / sampled.mean(axis=0) * line).mean()),
    )


def latents_at(loss: float, dims: Array, fvu: Array) -> float:
    """Return where a curve first falls below a loss, by log FVU; infinite where it never does."""
    m = np.concatenate([[0.0], dims])
    above = np.log(np.concatenate([[1.0], np.maximum(fvu, SMALLEST_FVU)])) - np.log(loss)
    if not (above <= 0).any():
        return np.inf
    k = int(np.argmax(above <= 0))
    return float(m[k] - (m[k] - m[k - 1]) * above[k] / (above[k] - above[k - 1]))


def _shrinks(dims: Array, fvu: Array) -> NDArray[np.bool_]:
    """Return whether every gain per latent is smaller than the one before, last axis."""
    gains = -np.diff(fvu, axis=-1) / np.diff(dims)
    return np.asarray((np.diff(gains, axis=-1) < 0).all(axis=-1))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
