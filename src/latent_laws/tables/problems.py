"""Everything that is wrong with a table, told in one message."""

from collections.abc import Sequence

from latent_laws.errors import LatentLawsError

_NAMES_SHOWN = 8


class Problems:
    """What was found wrong so far, the same fault of several columns as one."""

    def __init__(self) -> None:
        self._remedies: dict[str, str] = {}
        self._found: dict[str, dict[str, str]] = {}

    def add(self, fault: str, name: str, what: str, remedy: str = "") -> None:
        """Note a fault.

        Args:
            fault: Its kind; faults of one kind are told together.
            name: The column or group that has it.
            what: The whole fact about the first such column, which names it.
            remedy: What the user can do, or what is accepted.
        """
        self._remedies.setdefault(fault, remedy)
        self._found.setdefault(fault, {}).setdefault(name, what)

    def stop(self) -> None:
        """Raise one error that tells all; do nothing if nothing was found."""
        told = [self._told(fault) for fault in self._found]
        if len(told) == 1:
            raise LatentLawsError(told[0])
        if told:
            numbered = "; ".join(f"({number}) {one}" for number, one in enumerate(told, start=1))
            raise LatentLawsError(f"the table has {len(told)} problems: {numbered}")

    def _told(self, fault: str) -> str:
        names = list(self._found[fault])
        likewise = f" (also {listed(names[1:], _NAMES_SHOWN)})" if len(names) > 1 else ""
        remedy = f": {self._remedies[fault]}" if self._remedies[fault] else ""
        return f"{self._found[fault][names[0]]}{likewise}{remedy}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Write names in quotes, the first few in full and the rest as a count."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
