"""Sparse linear forms: the honest baseline that every formula is compared with."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

import latent_laws
from latent_laws.symbolic.engines.moments import Moments
from latent_laws.symbolic.formula import Formula


class SparseLinearOptions(BaseModel):
    """Size of the path."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_inputs: int = Field(default=16, ge=1)


class SparseLinearEngine:
    """Forward selection of inputs, one linear form of 4k + 1 nodes for every number k of them."""

    name = "sparse_linear"

    def version(self) -> str:
        """Return the version of this package."""
        return latent_laws.__version__

    def search(
        self,
        X: NDArray[np.float64],
        y: NDArray[np.float64],
        names: Sequence[str],
        options: SparseLinearOptions,
        seed: int,
    ) -> list[Formula]:
        """Return the linear forms with 1, 2, … `max_inputs` inputs; the seed plays no part."""
        del seed
        moments = Moments.of(X, y)
        path = moments.forward_path(options.max_inputs)
        forms = [linear_form(moments, path[:k], names) for k in range(1, len(path) + 1)]
        fewest = moments.fewest_exact(path)
        return [*forms, linear_form(moments, fewest, names)] if fewest else forms


def linear_form(moments: Moments, chosen: list[int], names: Sequence[str]) -> Formula:
    """Return the least squares form in the chosen features."""
    weights = moments.least_squares(chosen)
    intercept = moments.mean_y - float(weights @ moments.mean_x[chosen])
    by_name = {names[i]: float(w) for i, w in zip(chosen, weights, strict=True)}
    return Formula.linear(intercept, by_name, names)
