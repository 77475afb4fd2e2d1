"""Sparse linear forms: the honest baseline that every formula is compared with."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

import latent_laws
from latent_laws.formulas.formula import Formula
from latent_laws.search.engines.base import Engine
from latent_laws.search.moments import Moments
from latent_laws.search.problem import Problem


class SparseLinearOptions(BaseModel):
    """Size of the path."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_inputs: int = Field(default=16, ge=1)


class SparseLinearEngine(Engine[SparseLinearOptions]):
    """Linear forms of the best inputs found, one of 4k + 1 nodes for every number k of them."""

    name = "sparse_linear"
    options = SparseLinearOptions

    def version(self) -> str:
        """Return the version of this package."""
        return latent_laws.__version__

    def search(self, problem: Problem, options: SparseLinearOptions, seed: int) -> list[Formula]:
        """Return the linear forms with 1, 2, … `max_inputs` inputs; the seed plays no part."""
        del seed
        moments, names = Moments.of(problem.X, problem.y), problem.names
        choices = moments.best_choices(range(1, options.max_inputs + 1))
        by_size = {len(chosen): chosen for chosen in choices}
        fewest = moments.fewest_exact(choices[-1])
        return [linear_form(moments, c, names) for c in [*by_size.values(), fewest] if c]


def linear_form(moments: Moments, chosen: list[int], names: Sequence[str]) -> Formula:
    """Return the least squares form in the chosen features."""
    weights = moments.least_squares(chosen)
    intercept = moments.mean_y - float(weights @ moments.mean_x[chosen])
    by_name = {names[i]: float(w) for i, w in zip(chosen, weights, strict=True)}
    return Formula.linear(intercept, by_name, names)
