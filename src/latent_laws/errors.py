"""The error that users see."""


class LatentLawsError(ValueError):
    """What went wrong in one line: the thing by name, and what is accepted."""
