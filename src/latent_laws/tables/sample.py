"""A sample of a table of any length, drawn while it is read."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def draw_rows(parts: Iterable[pd.DataFrame], max_rows: int, seed: int) -> tuple[pd.DataFrame, int]:
    """Draw rows without replacement in one pass, however many there are.

    Every row gets a random number, and the rows of the smallest ones stay. So a smaller sample of
    one seed lies within each larger one, and how the table is cut into parts does not matter.

    Args:
        parts: The table from its first row to its last.
        max_rows: Rows that are drawn; all, where there are no more.
        seed: Of the random numbers.

    Returns:
        The rows in their order, numbered as in the table from 0; and how many the table has.
    """
    rng = np.random.default_rng(seed)
    kept: list[pd.DataFrame] = []
    numbers, n_rows, held = np.empty(0), 0, 0
    for part in parts:
        kept.append(part.set_axis(pd.RangeIndex(n_rows, n_rows + len(part)), axis="index"))
        numbers = np.concatenate([numbers, rng.random(len(part))])
        n_rows, held = n_rows + len(part), held + len(part)
        if held > 2 * max_rows:
            table, numbers = _smallest(kept, numbers, max_rows)
            kept, held = [table], len(table)
    return _smallest(kept, numbers, max_rows)[0], n_rows


def _smallest(
    parts: list[pd.DataFrame], numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]", count: int
) -> tuple[pd.DataFrame, "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Keep the rows of the `count` smallest numbers, in their order."""
    table = pd.concat(parts) if parts else pd.DataFrame()
    if len(table) <= count:
        return table, numbers
    chosen = np.sort(np.argpartition(numbers, count)[:count])
    return table.iloc[chosen], numbers[chosen]
