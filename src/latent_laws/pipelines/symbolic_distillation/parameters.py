"""The parameters of symbolic_distillation."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from latent_laws.checks.distillation import DistillationPlan
from latent_laws.checks.fidelity import FidelityOptions
from latent_laws.checks.substitution import SubstitutionOptions
from latent_laws.search.options import Engines, SearchOptions
from latent_laws.tasks import TaskOptions

Variant = Literal["standard", "rotated", "distillable"]


class DistillationOptions(BaseModel):
    """What is distilled, how it is searched and checked.

    Attributes:
        engines: Names of those that search; those of `search` where left out.
        latent_dim: Of the encoders that are distilled.
        training_seed: Of those encoders.
        variants: Of those encoders.
        plan: Search seeds and null searches.
        search: Budgets and choice.
        fidelity: Intervals.
        substitution: Fine-tuning of the decoder on the formulas.
        tasks: Workers and cache.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    engines: Engines | None = None
    latent_dim: int = Field(ge=1)
    training_seed: int = Field(default=0, ge=0)
    variants: tuple[Variant, ...] = Field(
        default=("standard", "rotated", "distillable"), min_length=1
    )
    plan: DistillationPlan = DistillationPlan()
    search: SearchOptions = SearchOptions()
    fidelity: FidelityOptions = FidelityOptions()
    substitution: SubstitutionOptions = SubstitutionOptions()
    tasks: TaskOptions = TaskOptions()

    def keys(self) -> list[str]:
        """Return the names of the distilled encoders in the catalog's `autoencoders`."""
        return [f"{v}-{self.latent_dim}-{self.training_seed}" for v in self.variants]

    @property
    def searched(self) -> SearchOptions:
        """The search with the engines that are named beside it, where they are."""
        if self.engines is None:
            return self.search
        return self.search.model_copy(update={"engines": self.engines})

    @model_validator(mode="after")
    def _engines_once(self) -> Self:
        if self.engines is not None and "engines" in self.search.model_fields_set:
            raise ValueError("engines are named twice: give `engines` or `search.engines`")
        return self
