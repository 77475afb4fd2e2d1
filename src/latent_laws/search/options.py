"""The parameters of a search."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from latent_laws.search.engines.registry import BASELINE, DEFAULT, ENGINES
from latent_laws.search.selection import SelectionOptions
from latent_laws.strict import StrictModel

if TYPE_CHECKING:
    from latent_laws.strict import StrictModel as _Blocks
else:
    # a block of parameters for each engine in the registry, under its name
    _Blocks = create_model(
        "_Blocks",
        __base__=StrictModel,
        **{name: (engine.options, engine.options()) for name, engine in ENGINES.items()},
    )


def _joined(engines: object) -> object:
    """Read a single name, as given on the command line: it joins the default engines."""
    return tuple(dict.fromkeys((*DEFAULT, engines))) if isinstance(engines, str) else engines


def _known(engines: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in engines if name not in ENGINES]
    if unknown:
        raise ValueError(f"unknown engine {unknown[0]!r}; accepted are {', '.join(ENGINES)}")
    return engines


Engines = Annotated[tuple[str, ...], BeforeValidator(_joined), AfterValidator(_known)]


class SearchOptions(_Blocks):
    """What is searched, with which budget, and what is chosen.

    Beside these fields, every engine has a block of its own, under its name.

    Attributes:
        engines: Names of those that run, one after the other; later ones may start from what
            earlier ones found. Sparse linear forms, the baseline, are always there. A single
            name joins the default engines.
        selection: Of one formula on the front.
    """

    engines: Engines = Field(default=DEFAULT, validate_default=True)
    selection: SelectionOptions = SelectionOptions()

    @property
    def running(self) -> tuple[str, ...]:
        """Names of all engines that run, the baseline first."""
        return tuple(dict.fromkeys((BASELINE, *self.engines)))

    def of(self, engine: str) -> Any:
        """Return the parameters of an engine."""
        return getattr(self, engine)
