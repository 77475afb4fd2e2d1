"""How well predictions explain values, and how sure that is."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.strict import StrictModel

Array = NDArray[np.float64]

# Squared error that a constant is met to; its variance over the mean square in weighted sums, and
# its deviation over its value.
_ROUNDING = 1e-12


class IntervalOptions(StrictModel):
    """How intervals are made.

    Attributes:
        bootstrap_samples: Resamples of the test rows.
        confidence: Share of them inside.
        seed: Of the resamples.
    """

    bootstrap_samples: int = Field(default=300, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=0, ge=0)

    @property
    def ends(self) -> tuple[float, float]:
        """The quantiles of the resamples that are the ends of an interval."""
        return (1 - self.confidence) / 2, (1 + self.confidence) / 2


def variances(Y: Array) -> Array:
    """Return the variance of each column; 0 of a constant, whose mean may be off a digit."""
    return np.where(np.ptp(Y, axis=0) > 0, Y.var(axis=0), 0.0)


def r2_score(y: Array, prediction: Array) -> float:
    """Return 1 - squared error / squared deviation; NaN where a prediction is undefined.

    A constant latent gives 1 where it is met to rounding, else 0.
    """
    with np.errstate(over="ignore"):  # of a candidate with a pole near a row
        error = float(((y - prediction) ** 2).mean())
    variance = float(y.var())
    # the mean of a constant may be off by a last digit
    if variance <= (_ROUNDING * float(y[0])) ** 2:
        return 1.0 if error < _ROUNDING else 0.0
    return 1.0 - error / variance


@lru_cache(maxsize=4)
def bootstrap_weights(n_rows: int, options: IntervalOptions) -> Array:
    """Draw how often each row occurs in each bootstrap sample, samples x rows; read only.

    Kept, for a draw costs more than all that is done with it for one latent.
    """
    counts = np.random.default_rng(options.seed).multinomial(
        n_rows, np.full(n_rows, 1.0 / n_rows), size=options.bootstrap_samples
    )
    weights = counts.astype(np.float64)
    weights.flags.writeable = False
    return weights


def r2_interval(y: Array, prediction: Array, options: IntervalOptions) -> tuple[float, float]:
    """Return the bootstrap percentile interval of R² over rows (Efron, 1979).

    Returns:
        Lower and upper end; NaN where a prediction is undefined, the score itself where no row
        differs from the others. Samples in which none does say nothing and are left out.
    """
    n, weights = len(y), bootstrap_weights(len(y), options)
    mean = weights @ y / n
    variance = weights @ y**2 / n - mean**2
    varies = variance > _ROUNDING * np.mean(y**2)
    if np.isnan(prediction).any() or not varies.any():
        score = r2_score(y, prediction)
        return score, score
    r2 = 1.0 - (weights @ (y - prediction) ** 2 / n)[varies] / variance[varies]
    low, high = np.quantile(r2, options.ends)
    return float(low), float(high)


def gain_in_errors(y: Array, prediction: Array, mean: float) -> float:
    """Return how many standard errors a prediction's squared error lies below the constant's."""
    gain = (y - mean) ** 2 - (y - prediction) ** 2
    spread = float(gain.std()) / np.sqrt(len(gain))
    if not np.isfinite(spread):
        return float("nan")
    return float(gain.mean()) / spread if spread > 0 else 0.0
