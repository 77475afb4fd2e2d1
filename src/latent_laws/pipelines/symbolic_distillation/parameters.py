"""The parameters of symbolic_distillation."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from latent_laws.checks.distillation import DistillationPlan
from latent_laws.checks.fidelity import FidelityOptions
from latent_laws.checks.substitution import SubstitutionOptions
from latent_laws.search.portfolio import Engine, SearchOptions
from latent_laws.tasks import TaskOptions

Variant = Literal["standard", "rotated", "distillable"]


class DistillationOptions(BaseModel):
    """What is distilled, how it is searched and checked.

    Attributes:
        engine: See `SearchOptions`.
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

    engine: Engine = "portfolio"
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
