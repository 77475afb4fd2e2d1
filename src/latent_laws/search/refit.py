"""Refitting the constants of a formula on all training rows."""

from collections.abc import Sequence

import numpy as np

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.sums import PLUS, TIMES
from latent_laws.formulas.tokens import Operation, Tokens, Variable
from latent_laws.search.problem import Array, Knowledge
from latent_laws.search.tuning import tune

_STEPS = 12


def refit(
    formula: Formula,
    X: Array,
    y: Array,
    names: Sequence[str],
    knowledge: Knowledge | None = None,
    steps: int = _STEPS,
) -> Formula:
    """Minimise the squared error over a formula's constants.

    Args:
        formula: Its constants are the start.
        X: Rows x inputs.
        y: Rows.
        names: Inputs.
        knowledge: Its angles keep their constants.
        steps: At most so many.

    Returns:
        The formula with better constants, or the given one where none are found.
    """
    if not 0 < len(formula.constants) <= len(y):
        return formula
    fixed = angle_constants(formula.tokens, knowledge) if knowledge else []
    columns = {
        name: np.ascontiguousarray(X[:, names.index(name)], dtype=np.float64)
        for name in formula.features
    }
    tokens, _ = tune(formula.tokens, columns, y, steps, fixed)
    return Formula(tokens)


def angle_constants(tokens: Tokens, knowledge: Knowledge) -> list[int]:
    """Return which constants, by their order, turn an input in degrees into radians."""
    order = [i for i, t in enumerate(tokens) if not isinstance(t, Variable | Operation)]
    place = {token: number for number, token in enumerate(order)}
    fixed: list[int] = []
    for start in range(len(tokens) - 4):
        window = tokens[start : start + 5]
        variable = window[1]
        if isinstance(variable, Variable) and variable.name in knowledge.angles:
            offset, factor = knowledge.angles[variable.name]
            if window == (factor, variable, TIMES, offset, PLUS):
                fixed += [place[start], place[start + 3]]
    return fixed
