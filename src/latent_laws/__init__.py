"""Equations that can be trusted, drawn from a trained encoder."""

__version__ = "0.1.0"
