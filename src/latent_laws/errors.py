"""The errors that users see."""

from collections.abc import Iterable
from difflib import get_close_matches


class LatentLawsError(ValueError):
    """What went wrong in one line: the thing by name, and what is accepted."""


class TaskError(LatentLawsError):
    """Some tasks failed; the others finished and are kept in the cache."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that a misspelt one was most likely meant to be, if any is close."""
    by_lower_case = {other.lower(): other for other in names}
    close = get_close_matches(name.lower(), by_lower_case, n=1)
    return by_lower_case[close[0]] if close else None


def instead(name: str, accepted: Iterable[str]) -> str:
    """Say what to write in place of a name that does not exist.

    Args:
        name: As it was written.
        accepted: The names that exist.

    Returns:
        `did you mean …?` with the nearest, or all that are accepted.
    """
    names = sorted(accepted)
    if near := nearest(name, names):
        return f"did you mean {near}?"
    return f"accepted are {', '.join(names)}" if names else "none is accepted"
