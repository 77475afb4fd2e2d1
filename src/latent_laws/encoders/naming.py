"""Names of encoders: `standard-8` is variant and latent dim, `standard-8-0` one seed of it."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from latent_laws.encoders.protocol import Encoder
from latent_laws.errors import LatentLawsError

# variants in the order in which people read them
VARIANTS = ("standard", "rotated", "symbolic")


@dataclass(frozen=True)
class NamedEncoder(ABC):
    """An encoder of a run, with its name in every table.

    Attributes:
        variant: Its kind.
        latent_dim: Its number of latents.
        seed: Of its training.
    """

    variant: str
    latent_dim: int
    seed: int

    @property
    @abstractmethod
    def encoder(self) -> Encoder:
        """What encodes, and perhaps decodes."""

    @property
    def name(self) -> str:
        """Its name in every table, for example `standard-32`."""
        return f"{self.variant}-{self.latent_dim}"

    @property
    def key(self) -> str:
        """Its name in the catalog, for example `standard-32-0`."""
        return f"{self.name}-{self.seed}"


N = TypeVar("N", bound=NamedEncoder)


def distilled(
    encoders: Mapping[str, N], latent_dims: Collection[int], seed: int, variants: Collection[str]
) -> list[N]:
    """Return the encoders that are distilled, by latent dim and variant.

    Args:
        encoders: All of a run.
        latent_dims: Those that are distilled; all where empty.
        seed: Of their training.
        variants: Those that are distilled; all where empty.

    Raises:
        LatentLawsError: If a latent dim or variant has no encoder.
    """
    of_seed = [one for one in encoders.values() if one.seed == seed]
    _check(latent_dims, {one.latent_dim for one in of_seed}, f"latent dim (seed {seed})")
    _check(variants, {one.variant for one in of_seed}, "variant")
    chosen = [
        one
        for one in of_seed
        if (not latent_dims or one.latent_dim in latent_dims)
        and (not variants or one.variant in variants)
    ]
    return sorted(chosen, key=lambda one: (one.latent_dim, variant_order(one.variant)))


def variant_order(variant: str) -> tuple[int, str]:
    """Return what sorts variants: those of `VARIANTS` first, then by name."""
    return (VARIANTS.index(variant) if variant in VARIANTS else len(VARIANTS)), variant


def _check(wanted: Collection[object], there: Collection[object], what: str) -> None:
    for one in wanted:
        if one not in there:
            accepted = ", ".join(sorted(map(str, there)))
            raise LatentLawsError(f"no encoder of {what} {one}: accepted are {accepted}")
