"""What every search engine offers."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel

from latent_laws.formulas.formula import Formula
from latent_laws.search.problem import Problem

Options = TypeVar("Options", bound=BaseModel)


class Engine(ABC, Generic[Options]):
    """A search for closed forms of one target.

    Attributes:
        name: In the parameters and in every table.
        options: The model of its own parameters; all have defaults.
    """

    name: ClassVar[str]
    options: ClassVar[type[BaseModel]]

    @abstractmethod
    def version(self) -> str:
        """Return the version of the library that searches."""

    @abstractmethod
    def search(self, problem: Problem, options: Options, seed: int) -> list[Formula]:
        """Return candidates, the same for the same arguments.

        Args:
            problem: What to explain; its columns come most relevant first.
            options: The engine's own.
            seed: Of everything random.
        """

    def prepare(self, options: Options, n_searches: int) -> None:
        """Fail in one line if the engine cannot run here; called once, before many searches."""
