"""The parameters of symbolic_distillation."""

from typing import Self

from pydantic import model_validator

from latent_laws.checks.distillation import DistillationPlan
from latent_laws.checks.substitution import SubstitutionOptions
from latent_laws.scores import IntervalOptions
from latent_laws.search.options import Engines, SearchOptions
from latent_laws.strict import StrictModel


class DistillationOptions(StrictModel):
    """What is distilled, how it is searched and checked.

    Attributes:
        engines: Names of those that search; those of `search` where left out.
        variants: Of the encoders that are distilled; those that there are, where empty.
        plan: Search seeds and null searches.
        search: Budgets and choice.
        fidelity: Intervals.
        substitution: Fine-tuning of the decoder on the formulas.
    """

    engines: Engines | None = None
    variants: tuple[str, ...] = ()
    plan: DistillationPlan = DistillationPlan()
    search: SearchOptions = SearchOptions()
    fidelity: IntervalOptions = IntervalOptions()
    substitution: SubstitutionOptions = SubstitutionOptions()

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
