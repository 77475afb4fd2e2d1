"""The engines by name: one file and one entry here add an engine."""

from typing import Any

from latent_laws.search.engines.base import Engine
from latent_laws.search.engines.library import LibraryEngine
from latent_laws.search.engines.operon import OperonEngine
from latent_laws.search.engines.pysr import PySREngine
from latent_laws.search.engines.sparse_linear import SparseLinearEngine
from latent_laws.search.engines.tied_linear import TiedLinearEngine

# the baseline, which always runs
BASELINE = SparseLinearEngine.name
_ALL: tuple[Engine[Any], ...] = (
    SparseLinearEngine(),
    TiedLinearEngine(),
    LibraryEngine(),
    OperonEngine(),
    PySREngine(),
)
ENGINES: dict[str, Engine[Any]] = {engine.name: engine for engine in _ALL}
DEFAULT = ("tied_linear", "library", "operon")
