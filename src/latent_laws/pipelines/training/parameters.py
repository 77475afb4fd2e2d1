"""The parameters of training."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from latent_laws.encoders.rotation import RotationOptions
from latent_laws.encoders.symbolic import SymbolicOptions
from latent_laws.encoders.training import FitOptions, NetworkOptions
from latent_laws.strict import StrictModel

Positive = Annotated[int, Field(ge=1)]


class TrainingOptions(StrictModel):
    """Which autoencoders are trained, and how.

    Attributes:
        latent_dims: Sweep of the `standard` variant.
        seeds: One training of each model a seed.
        network: The dense network.
        network_by_dim: What is different in it at a latent dim.
        fit: Its training.
        rotation: The readable basis of `rotated`.
        symbolic: Encoders that are formulas.
        symbolic_by_dim: What is different in them at a latent dim.
    """

    latent_dims: tuple[Positive, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(0, 1, 2), min_length=1)
    network: NetworkOptions = NetworkOptions()
    network_by_dim: dict[Positive, dict[str, object]] = Field(default_factory=dict)
    fit: FitOptions = FitOptions()
    rotation: RotationOptions = RotationOptions()
    symbolic: SymbolicOptions = SymbolicOptions()
    symbolic_by_dim: dict[Positive, dict[str, object]] = Field(default_factory=dict)

    def network_of(self, latent_dim: int) -> NetworkOptions:
        """Return the network of one latent dim."""
        own = self.network_by_dim.get(latent_dim, {})
        return NetworkOptions.model_validate(self.network.model_dump() | own)

    def symbolic_of(self, latent_dim: int) -> SymbolicOptions:
        """Return how formulas are trained at one latent dim."""
        own = self.symbolic_by_dim.get(latent_dim, {})
        return SymbolicOptions.model_validate(self.symbolic.model_dump() | own)

    @model_validator(mode="after")
    def _networks_exist(self) -> Self:
        for latent_dim in self.network_by_dim:
            self.network_of(latent_dim)
        for latent_dim in self.symbolic_by_dim:
            self.symbolic_of(latent_dim)
        return self
