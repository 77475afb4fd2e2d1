"""Closed forms of latents: formulas, the engines that search them, fidelity, symbolic encoder."""
