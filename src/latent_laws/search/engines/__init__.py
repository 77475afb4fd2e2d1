"""Search engines: each turns (X, y) into a Pareto front of formulas."""
