"""Counting in how many formulas an input occurs: how others tell use and redundancy.

A public notebook of this study (dhr412/interpret-autoenc, 2026) prints short formulas over x0, x1,
…, counts an input as used where its name occurs in the text (`'x4' in formula`), and calls inputs
that no formula uses redundant. So x4 is counted where x40 stands, and an input is redundant because
formulas are short. Both counts are given here, to be held against what the checks find.
"""

from collections.abc import Sequence

import pandas as pd

from latent_laws.formulas.formula import Formula

COLUMNS = ["feature", "n_exact", "n_by_text"]


def count_inputs(formulas: Sequence[Formula], names: Sequence[str]) -> pd.DataFrame:
    """Count the formulas in which each input occurs, exactly and by its number in the text.

    Args:
        formulas: Of some latents.
        names: The inputs, in the order of their numbers.

    Returns:
        `COLUMNS`, a row an input.
    """
    numbers = {name: f"x{i}" for i, name in enumerate(names)}
    texts = [formula.renamed(numbers).expression for formula in formulas]
    rows = [
        (
            name,
            sum(name in formula.features for formula in formulas),
            sum(numbers[name] in text for text in texts),
        )
        for name in names
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
