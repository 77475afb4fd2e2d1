"""Fronts that were searched on standardised inputs, read in the inputs' own scale."""

import pandas as pd

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.search.selection import SelectionOptions, near_best, on_front, select


def rescaled_front(
    candidates: pd.DataFrame, scaling: Scaling, options: SelectionOptions
) -> pd.DataFrame:
    """Write the formulas of one front for other inputs, and choose again.

    Values and scores stay; sizes change, since `tanh(x)` becomes `tanh(a*x + b)`, and with them
    what is beaten and what is allowed.

    Args:
        candidates: What `search_latent` returns.
        scaling: From inputs to the standardised ones that were searched.
        options: Of the choice.

    Returns:
        The front over the inputs, columns as before.
    """
    written = candidates.copy()
    formulas = [
        raw_formula(Formula.parse(text, scaling.names), scaling) for text in written["expression"]
    ]
    written["expression"] = [formula.expression for formula in formulas]
    written["complexity"] = [formula.complexity for formula in formulas]
    written = (
        written[on_front(written)].sort_values("complexity", kind="stable").reset_index(drop=True)
    )
    chosen = select(written, options)
    written["selected"] = written.index == chosen
    written["near_best"] = near_best(written, chosen, options.tolerance)
    return written
