"""What all pipelines of a run share, in one place: `params:run`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from latent_laws.strict import StrictModel
from latent_laws.tasks import TaskOptions


class RunOptions(StrictModel):
    """The parameters of a run as a whole.

    Attributes:
        title: Name of the data for readers.
        credit: Where the data come from, and their licence.
        distilled_dims: Latent dims of the encoders that are distilled, and rotated and pruned
            before; all that there are, where empty.
        training_seed: Of the encoders that are distilled.
        workers: Processes on this machine; each runs on one thread.
        dask: Address of a Dask scheduler that runs the tasks instead, such as
            `tcp://10.0.0.5:8786`.
        cache: Folder of finished tasks, or null to compute everything again.
    """

    title: str = ""
    credit: str = ""
    distilled_dims: tuple[Annotated[int, Field(ge=1)], ...] = ()
    training_seed: int = Field(default=0, ge=0)
    workers: int = Field(default=2, ge=1)
    dask: str | None = None
    cache: str | None = "data/cache"

    @model_validator(mode="after")
    def _distils_each_dim_once(self) -> Self:
        if len(set(self.distilled_dims)) != len(self.distilled_dims):
            raise ValueError(f"distilled_dims names a latent dim twice: {self.distilled_dims}")
        return self

    def distils(self, latent_dim: int) -> bool:
        """Whether encoders of a latent dim are distilled."""
        return not self.distilled_dims or latent_dim in self.distilled_dims

    @property
    def tasks(self) -> TaskOptions:
        """Where and how tasks run."""
        return TaskOptions(workers=self.workers, scheduler=self.dask, cache=self.cache)
