"""Progress in a terminal and elsewhere."""

import io
import logging

import pytest
from rich.console import Console

from latent_laws import progress
from latent_laws.progress import Progress


def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace the clock by a list whose last entry is now."""
    times = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[-1])
    return times


def test_the_time_left_follows_the_pace_of_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    times = clock(monkeypatch)
    with Progress("searches", total=10, done=4) as shown:
        assert shown.seconds_left() is None
        times.append(6.0)
        shown.advance()
        shown.advance()
        # two in six seconds, four to go
        assert shown.seconds_left() == 12


def test_without_a_terminal_a_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    times = clock(monkeypatch)
    caplog.set_level(logging.INFO, "latent_laws")
    with Progress("searches", total=4, done=1) as shown:
        for now in (1.0, 20.0, 21.0):
            times.append(now)
            shown.advance()
    assert caplog.messages == [
        "searches: 3/4 tasks (1 from the cache), 20 s, about 10 s left",
        "searches: 4/4 tasks (1 from the cache), 21 s",
    ]


def test_no_tasks_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "latent_laws")
    with Progress("searches", total=0):
        pass
    assert not caplog.messages


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(
        progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=100)
    )
    with Progress("searches", total=3) as shown:
        for _ in range(3):
            shown.advance()
    assert "searches" in screen.getvalue()
    assert "3/3" in screen.getvalue()
