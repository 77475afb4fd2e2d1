"""The errors that users see."""

from collections.abc import Iterable
from difflib import get_close_matches


class LatentLawsError(ValueError):
    """What went wrong in one line: the thing by name, and what is accepted."""


class TaskError(LatentLawsError):
    """Some tasks failed; the others finished and are kept in the cache."""


def instead(name: str, accepted: Iterable[str]) -> str:
    """Say what to write in place of a name that does not exist.

    Args:
        name: As it was written.
        accepted: The names that exist.

    Returns:
        `did you mean …?` with the nearest, or all that are accepted.
    """
    names = sorted(accepted)
    near = get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"accepted are {', '.join(names)}" if names else "none is accepted"
