"""What every search engine offers."""

from typing import Protocol, TypeVar

from pydantic import BaseModel

from latent_laws.formulas.formula import Formula
from latent_laws.search.problem import Problem

Options = TypeVar("Options", bound=BaseModel)


class Engine(Protocol[Options]):
    """A search for closed forms of one target.

    Attributes:
        name: In the parameters and in every table.
        options: The model of its own parameters; all have defaults.
    """

    @property
    def name(self) -> str: ...

    @property
    def options(self) -> type[Options]: ...

    def version(self) -> str:
        """Return the version of the library that searches."""

    def search(self, problem: Problem, options: Options, seed: int) -> list[Formula]:
        """Return candidates, the same for the same arguments.

        Args:
            problem: What to explain; its columns come most relevant first.
            options: The engine's own.
            seed: Of everything random.
        """
