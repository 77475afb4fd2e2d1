"""The parameters of meta_analysis."""

from pydantic import BaseModel, ConfigDict

from latent_laws.tasks import TaskOptions


class MetaAnalysisOptions(BaseModel):
    """What is concluded, and from how much.

    Attributes:
        tasks: Workers and cache.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: TaskOptions = TaskOptions()
