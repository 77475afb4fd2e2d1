"""From candidates to one formula: the Pareto front on validation rows, and the choice on it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

# From this R² on, a formula reproduces a latent up to float32 rounding.
EXACT = 1.0 - 1e-6
# Less R² than this between two formulas is rounding.
ROUNDING = 1e-12
# From this R² on, a formula is more than noise even if few rows (a rare one-hot class) show it.
EVIDENT = 0.5


class SelectionOptions(BaseModel):
    """What is chosen from a front.

    Attributes:
        tolerance: R² that a simpler formula may lose against the best.
        max_complexity: nodes.
        max_inputs: features in one formula.
        standard_errors: by how many standard errors, on the validation rows, a formula has to
            beat the constant, unless it explains half of the variance; what does not is noise,
            and the constant is chosen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tolerance: float = Field(default=0.002, ge=0, lt=1)
    max_complexity: int = Field(default=40, ge=1)
    max_inputs: int = Field(default=16, ge=1)
    standard_errors: float = Field(default=4.0, ge=0)


def front(complexity: NDArray[np.int64], r2: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the candidates that no other candidate beats.

    Args:
        complexity: nodes of each candidate.
        r2: its R²; NaN never stands on the front.

    Returns:
        True for candidates with more R² than every candidate of at most their complexity.
    """
    on_front = np.zeros(len(r2), dtype=bool)
    best = -np.inf
    for i in np.lexsort((-np.nan_to_num(r2, nan=-np.inf), complexity)):
        if r2[i] > best + ROUNDING:
            best = float(r2[i])
            on_front[i] = True
    return on_front


def on_front(candidates: pd.DataFrame) -> NDArray[np.bool_]:
    """Mark the candidates on the front, and the best constant, which may always be chosen.

    A single input can beat the constant on the validation rows by luck, at the same size.

    Args:
        candidates: `complexity`, `n_features` and `r2_validation`, a constant among them.
    """
    r2 = candidates["r2_validation"].to_numpy()
    marked = front(candidates["complexity"].to_numpy(), r2)
    constant = candidates["n_features"].to_numpy() == 0
    if not (marked & constant).any():
        marked[int(np.where(constant, r2, -np.inf).argmax())] = True
    return marked


def select(candidates: pd.DataFrame, options: SelectionOptions) -> int:
    """Return the position of the least complex candidate within tolerance of the best.

    Where a candidate is exact, only exact ones are within tolerance.

    Args:
        candidates: `complexity`, `n_features`, `r2_validation` and `gain_in_errors` (by how many
            standard errors the candidate beats the constant), the constant among them.
        options: limits and tolerance.
    """
    r2 = candidates["r2_validation"].to_numpy()
    constant = candidates["n_features"].to_numpy() == 0
    gain = candidates["gain_in_errors"].to_numpy()
    allowed = (
        (candidates["complexity"].to_numpy() <= options.max_complexity)
        & (candidates["n_features"].to_numpy() <= options.max_inputs)
        & (constant | (gain >= options.standard_errors) | (r2 >= EVIDENT))
        & np.isfinite(r2)
    )
    best = float(r2[allowed].max())
    # A formula that is the encoder itself is worth more nodes than a close one.
    tolerance = options.tolerance if best < EXACT else 1.0 - EXACT
    near = np.flatnonzero(allowed & (r2 >= best - tolerance))
    order = np.lexsort((-r2[near], candidates["complexity"].to_numpy()[near]))
    return int(near[order[0]])


def near_best(candidates: pd.DataFrame, selected: int, tolerance: float) -> NDArray[np.bool_]:
    """Mark the candidates about as good as the selected one, within twice the tolerance."""
    r2 = candidates["r2_validation"].to_numpy()
    near: NDArray[np.bool_] = r2 >= r2[selected] - 2 * tolerance
    near[selected] = True
    return near
