"""Candidate formulas as the page shows them and gives them away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latent_laws.formulas import export
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.simplify import without_small_constants
from latent_laws.formulas.tokens import Operation, Variable
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.reporting.equations import FEWEST_DIGITS, digits_needed, equation


@dataclass(frozen=True)
class Inputs:
    """What formulas read.

    Attributes:
        names: The inputs.
        scaling: From the columns of the table, where that is known.
        rows: Rows x inputs in the units of the table, on which rounding is judged; maybe none.
        columns: Expressions in SQL of those that are no columns of the user's table as they are.
    """

    names: tuple[str, ...]
    scaling: Scaling | None
    rows: NDArray[np.float64]
    columns: Mapping[str, str]


def write_formulas(expressions: Sequence[str], inputs: Inputs) -> list[dict[str, Any]]:
    """Return each formula typeset, as tokens that the page evaluates, and as parts of files.

    Args:
        expressions: Formulas of the scaled inputs.
        inputs: What they read.
    """
    return [_written(Formula.parse(text, inputs.names), inputs) for text in expressions]


def _written(formula: Formula, inputs: Inputs) -> dict[str, Any]:
    scaling = inputs.scaling
    units = scaling.unit_of if scaling else {}
    raw = raw_formula(formula, scaling) if scaling else formula
    # what people read lacks what rounding left; files that compute keep it
    shown, digits = raw, FEWEST_DIGITS
    if len(inputs.rows):
        shown = without_small_constants(raw, inputs.rows, inputs.names)
        digits = digits_needed(shown, inputs.rows, inputs.names)
    return {
        "math": {
            "raw": str(equation(shown, digits, units)),
            "scaled": str(equation(formula, digits)),
        },
        "tokens": postfix(raw, inputs.names),
        "inputs": len(formula.features),
        "text": {"expression": formula.expression, "expression_raw": raw.expression},
        "files": {
            "tex": export.latex_cells(shown, digits, units),
            "py": export.python_text(raw),
            "sql": export.sql_text(raw, inputs.columns),
        },
    }


def postfix(formula: Formula, names: Sequence[str]) -> list[str | float]:
    """Return the postfix form; an input is `$` and its number."""
    found: list[str | float] = []
    for token in formula.tokens:
        if isinstance(token, Variable):
            found.append(f"${names.index(token.name)}")
        else:
            found.append(token.name if isinstance(token, Operation) else float(token))
    return found
