"""What is judged: features, and one-hot groups as one thing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.tables.groups import one_hot_groups

# What rests on fewer rows is no statement about the encoder: scaled to unit variance, a column
# that differs in one row of a thousand has a value of thirty there, and would lead any ranking.
_FEW_ROWS, _FEW_SHARE = 10, 0.02


@dataclass(frozen=True)
class Block:
    """A feature, or the members of a one-hot group.

    Attributes:
        name: Of the feature or the group.
        is_group: Which of the two.
        columns: Positions in the table.
    """

    name: str
    is_group: bool
    columns: tuple[int, ...]


def feature_blocks(names: Sequence[str], feature_info: pd.DataFrame) -> list[Block]:
    """Every feature by itself, then every one-hot group.

    Args:
        names: The features, in the order of the columns.
        feature_info: The catalog's frame: `feature, group`.

    Returns:
        The blocks in the order of the columns.
    """
    column_of = {name: column for column, name in enumerate(names)}
    groups = one_hot_groups(feature_info)
    return [
        *(Block(name, is_group=False, columns=(column,)) for name, column in column_of.items()),
        *(
            Block(group, is_group=True, columns=tuple(column_of[name] for name in members))
            for group, members in groups.items()
        ),
    ]


def disjoint_blocks(names: Sequence[str], feature_info: pd.DataFrame) -> list[Block]:
    """Every feature outside the groups by itself, and every one-hot group."""
    blocks = feature_blocks(names, feature_info)
    grouped = {column for block in blocks if block.is_group for column in block.columns}
    return [block for block in blocks if block.is_group or block.columns[0] not in grouped]


def rows_that_differ(train: NDArray[np.float32]) -> NDArray[np.intp]:
    """Count, for every column, the rows that differ from its most common value."""
    common = [np.unique(column, return_counts=True)[1].max() for column in train.T]
    return len(train) - np.array(common, dtype=np.intp)


def too_rare(train: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which columns differ from their most common value in too few rows to be judged.

    Fewer than ten rows, or than 2 % of a small table; a column that never differs among them.
    """
    return rows_that_differ(train) < max(1, min(_FEW_ROWS, round(_FEW_SHARE * len(train))))
