"""Checks of a distillation: fidelity, nulls, stability, substitution."""
