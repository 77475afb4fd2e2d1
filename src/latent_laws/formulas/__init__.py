"""Formulas: parse, evaluate, simplify, print, export."""
