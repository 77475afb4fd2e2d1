"""Short ways to write column names, and the one-hot groups of a feature table."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from latent_laws.errors import LatentLawsError, nearest

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
# a range is written out before any table is seen
_LONGEST_RANGE = 100_000


def expand_names(patterns: Iterable[str], available: Sequence[str]) -> list[str]:
    """Write out column names.

    Args:
        patterns: Names; `Soil_Type_{0..39}` stands for forty names, and a `*` for any text: of the
            available names, those that match.
        available: The columns of the table.

    Returns:
        The names, in the order of the patterns; a range gives its names whether available or not.

    Raises:
        LatentLawsError: If a range runs backwards or no column matches.

    Examples:
        >>> expand_names(["Slope", "Soil_{1..3}"], available=[])
        ['Slope', 'Soil_1', 'Soil_2', 'Soil_3']
    """
    known, names = set(available), list[str]()
    for pattern in patterns:
        if pattern in known:
            names.append(pattern)
        elif bounds := _RANGE.search(pattern):
            names += _range_names(pattern, bounds)
        elif "*" in pattern:
            names += _matching_names(pattern, available)
        else:
            names.append(pattern)
    return names


def one_hot_groups(feature_info: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """List the columns of each one-hot group of the catalog's `feature_info`, in its order."""
    grouped = feature_info.dropna(subset=["group"]).groupby("group", sort=False)["feature"]
    return {str(group): tuple(features) for group, features in grouped}


def group_of_each(feature_info: pd.DataFrame) -> dict[str, str]:
    """Map each column of a one-hot group of the catalog's `feature_info` to its group."""
    groups = one_hot_groups(feature_info)
    return {name: group for group, members in groups.items() for name in members}


def _range_names(pattern: str, bounds: re.Match[str]) -> list[str]:
    first, last = int(bounds[1]), int(bounds[2])
    if first > last:
        raise LatentLawsError(f"column range '{pattern}' runs backwards: write the lower end first")
    if last - first >= _LONGEST_RANGE:
        raise LatentLawsError(
            f"column range '{pattern}' is too long: accepted are up to {_LONGEST_RANGE:,} names"
        )
    start, end = bounds.span()
    return [f"{pattern[:start]}{number}{pattern[end:]}" for number in range(first, last + 1)]


def _matching_names(pattern: str, available: Sequence[str]) -> list[str]:
    matches = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL).fullmatch
    names = [name for name in available if matches(name)]
    if not names:
        meant = nearest(pattern, available)
        hint = f" (is it '{meant}'?)" if meant else ""
        raise LatentLawsError(f"no column matches '{pattern}'{hint}")
    return names
