"""The Python interface: hand over an encoder, get formulas and their checks."""
