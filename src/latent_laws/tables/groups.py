"""One-hot groups: short ways to write their columns, and the groups of a feature table."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from latent_laws.errors import LatentLawsError

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def expand_names(patterns: Iterable[str], available: Sequence[str]) -> list[str]:
    """Write out column names.

    Args:
        patterns: Names; `Soil_Type_{0..39}` stands for forty names, and `Soil_Type_*` for every
            available name with that beginning.
        available: The columns of the table.

    Returns:
        The names, in the order of the patterns; a range gives its names whether available or not.

    Raises:
        LatentLawsError: If a range runs backwards or no column has the given beginning.

    Examples:
        >>> expand_names(["Slope", "Soil_{1..3}"], available=[])
        ['Slope', 'Soil_1', 'Soil_2', 'Soil_3']
    """
    names: list[str] = []
    for pattern in patterns:
        if pattern in available:
            names.append(pattern)
        elif bounds := _RANGE.search(pattern):
            names += _range_names(pattern, bounds)
        elif pattern.endswith("*"):
            names += _names_beginning_with(pattern[:-1], available)
        else:
            names.append(pattern)
    return names


def one_hot_groups(feature_info: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """List the columns of each one-hot group.

    Args:
        feature_info: The catalog's frame with the columns `feature` and `group`.

    Returns:
        Feature names by group, both in the order of the table; no entry for ungrouped features.
    """
    grouped = feature_info.dropna(subset=["group"]).groupby("group", sort=False)["feature"]
    return {str(group): tuple(features) for group, features in grouped}


def _range_names(pattern: str, bounds: re.Match[str]) -> list[str]:
    first, last = int(bounds[1]), int(bounds[2])
    if first > last:
        raise LatentLawsError(f"column range '{pattern}' runs backwards: write the lower end first")
    start, end = bounds.span()
    return [f"{pattern[:start]}{number}{pattern[end:]}" for number in range(first, last + 1)]


def _names_beginning_with(beginning: str, available: Sequence[str]) -> list[str]:
    names = [name for name in available if name.startswith(beginning)]
    if not names:
        raise LatentLawsError(f"no column begins with '{beginning}' (asked for as '{beginning}*')")
    return names
