"""Equations that can be trusted, drawn from a trained encoder."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latent_laws.formulas.formula import Formula
    from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
    from latent_laws.interface.distil import distil
    from latent_laws.interface.distillation import Distillation

__all__ = ["Distillation", "Formula", "SymbolicEncoder", "distil"]
__version__ = "0.1.0"

_HOMES = {
    "Distillation": "latent_laws.interface.distillation",
    "Formula": "latent_laws.formulas.formula",
    "SymbolicEncoder": "latent_laws.formulas.symbolic_encoder",
    "distil": "latent_laws.interface.distil",
}


def __getattr__(name: str) -> object:
    """Load what is asked for when it is asked for: torch takes a second."""
    if name not in _HOMES:
        raise AttributeError(f"module 'latent_laws' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
