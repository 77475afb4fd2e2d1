"""Stability: whether other search seeds choose the same inputs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from latent_laws.checks.target import NAME_COLUMNS
from latent_laws.formulas.formula import Formula

COLUMNS = [
    *(*NAME_COLUMNS, "latent", "seed", "r2_test", "complexity"),
    *("variables", "jaccard"),
]


def measure_stability(fronts: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Compare what search seeds select.

    Args:
        fronts: The catalog's `pareto_fronts`.
        names: The features.

    Returns:
        The catalog's `search_stability`: a row for each latent and seed that was repeated;
        `jaccard` is the mean overlap of its variables with the other seeds', NaN where none of
        them has any.
    """
    chosen = fronts[fronts["selected"]]
    rows = []
    for (*name, latent), group in chosen.groupby([*NAME_COLUMNS, "latent"], sort=False):
        if len(group) < 2:  # noqa: PLR2004 - one seed has nothing to agree with
            continue
        used = [frozenset(Formula.parse(e, names).features) for e in group["expression"]]
        for i, (_, row) in enumerate(group.iterrows()):
            others = [jaccard(used[i], other) for j, other in enumerate(used) if j != i]
            scores = (row["seed"], row["r2_test"], row["complexity"])
            variables, overlap = "|".join(sorted(used[i])), pd.Series(others).mean()
            rows.append((*name, latent, *scores, variables, overlap))
    return pd.DataFrame(rows, columns=COLUMNS)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of common elements among all; NaN for two empty sets, which say nothing."""
    union = first | second
    return len(first & second) / len(union) if union else np.nan
