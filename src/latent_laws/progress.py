"""How far a set of tasks has come: a bar in a terminal, a log line now and then elsewhere."""

import logging
import time
from typing import Self

from rich import progress as rich_progress
from rich.console import Console

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES = 15.0


class Progress:
    """Progress with the estimated time left, as a context manager.

    Args:
        description: What the tasks do.
        total: Number of tasks.
        done: How many of them were done before.
        shown: Whether to show it.

    Attributes:
        told: Sets of tasks of this process whose progress was shown.
    """

    told = 0

    def __init__(self, description: str, total: int, done: int = 0, shown: bool = True) -> None:
        self.description, self.total, self.done = description, total, done
        self._before = done
        self._started = self._last_line = time.monotonic()
        self._console = Console(stderr=True)
        self._shown = shown
        self._bar = _bar(self._console) if shown and self._console.is_terminal else None
        Progress.told += bool(shown and total)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task(self.description, total=self.total, completed=self.done)
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()
        elif self.total:
            self._line()

    def advance(self) -> None:
        """Count one task as done."""
        self.done += 1
        if self._bar:
            self._bar.advance(self._task)
        elif self.done < self.total and time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            self._line()

    def seconds_left(self) -> float | None:
        """Estimate the time left from the pace so far; None before the first task of this run."""
        finished = self.done - self._before
        if not finished:
            return None
        return (time.monotonic() - self._started) / finished * (self.total - self.done)

    def _line(self) -> None:
        self._last_line = time.monotonic()
        if not self._shown:
            return
        seconds, left = time.monotonic() - self._started, self.seconds_left()
        ahead = f", about {left:.0f} s left" if left and self.done < self.total else ""
        cached = f" ({self._before} from the cache)" if self._before else ""
        logger.info(
            "%s: %d/%d tasks%s, %.0f s%s",
            *(self.description, self.done, self.total, cached, seconds, ahead),
        )


def _bar(console: Console) -> rich_progress.Progress:
    return rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TextColumn("left"),
        rich_progress.TimeRemainingColumn(),
        console=console,
    )
