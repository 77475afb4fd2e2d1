"""Diminishing returns and the knee of FVU(latent_dim), tested by bootstrap."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class ErrorCurve:
    """Squared errors of one variant, ready for resampling.

    Attributes:
        latent_dims: Rising, n.
        mse: One array a latent dimension, seeds x features.
        variance: Of each feature on the same rows, features.
    """

    latent_dims: Array
    mse: tuple[Array, ...]
    variance: Array

    @classmethod
    def from_frame(cls, errors: pd.DataFrame) -> "ErrorCurve":
        """Read the rows of one variant in `reconstruction_errors`.

        Args:
            errors: Columns latent_dim, seed, feature, mse, fvu.

        Returns:
            The curve over the features that vary, in the order of their first occurrence.
        """
        ratio = (errors["mse"] / errors["fvu"]).where(errors["fvu"] > 0)
        variance = ratio.groupby(errors["feature"], sort=False).max()
        variance = variance[np.isfinite(variance)]
        wide = errors.pivot_table(
            index=["latent_dim", "seed"], columns="feature", values="mse", sort=True
        )[list(variance.index)]
        by_dim = [rows.to_numpy(np.float64) for _, rows in wide.groupby(level="latent_dim")]
        dims = np.unique(wide.index.get_level_values("latent_dim")).astype(np.float64)
        return cls(dims, tuple(by_dim), variance.to_numpy(np.float64))

    def fvu(self) -> Array:
        """Return the mean FVU of each latent dimension, features weighing by their variance."""
        curve: Array = np.array([mse.mean(axis=0).sum() for mse in self.mse]) / self.variance.sum()
        return curve

    def resampled(self, resamples: int, seed: int) -> Array:
        """Return bootstrap curves.

        Args:
            resamples: How many.
            seed: Of the draws.

        Returns:
            Resamples x latent dimensions. Each draws the features once, and the trainings anew
            for every latent dimension (trainings with the same seed share nothing there).
        """
        generator = np.random.default_rng(seed)
        n = len(self.variance)
        counts = generator.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
        columns = []
        for mse in self.mse:
            trainings = len(mse)
            shares = generator.multinomial(trainings, np.full(trainings, 1 / trainings), resamples)
            columns.append(((shares / trainings) * (counts @ mse.T)).sum(axis=1))
        curves: Array = np.array(columns).T / (counts @ self.variance)[:, None]
        return curves


def diminishing_returns(curve: ErrorCurve, resamples: int, seed: int) -> dict[str, Any]:
    """Test whether every further latent is worth less than the one before.

    Args:
        curve: At least three latent dimensions.
        resamples: Bootstrap resamples over features and trainings.
        seed: Of the bootstrap.

    Returns:
        JSON: `share_all_shrink`, the share of resamples in which every first difference per latent
        is smaller than the one before it; the gain of each step with its interval and the share in
        which it is smaller than the step before; `share_falling`, the share in which the FVU falls
        at every step; `share_all_shrink_log`, the first for log FVU.
    """
    dims = curve.latent_dims
    sampled = curve.resampled(resamples, seed)
    gains = _gains(dims, sampled)
    low, high = np.percentile(gains, INTERVAL, axis=0)
    shrinks = np.diff(gains, axis=1) < 0
    logs = np.log(np.maximum(sampled, np.finfo(float).tiny))
    steps = [
        {
            "from": int(dims[k]),
            "to": int(dims[k + 1]),
            "gain_per_latent": float(gain),
            "gain_low": float(low[k]),
            "gain_high": float(high[k]),
            "share_smaller_than_before": float(shrinks[:, k - 1].mean()) if k else None,
        }
        for k, gain in enumerate(_gains(dims, curve.fvu()[None])[0])
    ]
    return {
        "resamples": resamples,
        "share_all_shrink": float(shrinks.all(axis=1).mean()),
        "share_falling": float((gains > 0).all(axis=1).mean()),
        "share_all_shrink_log": float((np.diff(_gains(dims, logs), axis=1) < 0).all(axis=1).mean()),
        "steps": steps,
    }


def knee(curve: ErrorCurve, resamples: int, seed: int) -> dict[str, object]:
    """Find the latent dimension after which the curve flattens, with a bootstrap interval.

    Args:
        curve: At least three latent dimensions.
        resamples: Bootstrap resamples over features and trainings.
        seed: Of the bootstrap.

    Returns:
        JSON: the knee of the FVU (`fvu`) and of its logarithm (`log10_fvu`), each `latent_dim`,
        `low`, `high` and `share_without`, the share of resamples that have none. A curve without
        a knee (straight, or falling ever faster) has null.
    """
    sampled = curve.resampled(resamples, seed)
    tiny = np.finfo(float).tiny
    pairs = {
        "fvu": (curve.fvu(), sampled),
        "log10_fvu": (np.log10(np.maximum(curve.fvu(), tiny)), np.log10(np.maximum(sampled, tiny))),
    }
    return {
        scale: _knee_with_interval(curve.latent_dims, measured, resampled)
        for scale, (measured, resampled) in pairs.items()
    }


def knee_of(latent_dims: Array, values: Array) -> float | None:
    """Return the point farthest below the chord from the first to the last (Kneedle).

    After Satopää, Albrecht, Irwin and Raghavan (2011), both axes normalised to 0..1.

    Args:
        latent_dims: Rising.
        values: Falling, one a latent dimension.

    Returns:
        The latent dimension, or None where no point lies below the chord.
    """
    x = (latent_dims - latent_dims[0]) / (latent_dims[-1] - latent_dims[0])
    fall = values[0] - values[-1]
    if not fall > 0:
        return None
    below = 1.0 - x - (values - values[-1]) / fall
    at = int(np.argmax(below))
    return float(latent_dims[at]) if below[at] > np.sqrt(np.finfo(float).eps) else None


def _knee_with_interval(dims: Array, measured: Array, sampled: Array) -> dict[str, object]:
    knees: list[float | None] = [knee_of(dims, values) for values in sampled]
    found = [value for value in knees if value is not None]
    low, high = np.percentile(found, INTERVAL) if found else (None, None)
    at = knee_of(dims, measured)
    return {
        "latent_dim": None if at is None else int(at),
        "low": None if low is None else float(low),
        "high": None if high is None else float(high),
        "share_without": 1.0 - len(found) / len(knees),
    }


def _gains(dims: Array, values: Array) -> Array:
    """Return the fall per added latent between neighbouring latent dimensions, last axis."""
    return -np.diff(values, axis=-1) / np.diff(dims)
