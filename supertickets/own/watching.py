"""What people see while a net is trained: lines, and on a terminal a bar with the time left."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import TaskID

LINES = 10
"""Written of a stage where there is no terminal, evenly spaced."""


class Watch(Protocol):
    """Told what happens."""

    def say(self, line: str) -> None:
        """A sentence for people."""

    def begin(self, stage: str, total: int) -> None:
        """A stage of so many parts begins; the one before is over."""

    def advance(self, done: int, note: str = "") -> None:
        """So many parts of the stage are done."""

    def end(self) -> None:
        """All stages are over, or something has failed."""


class Unwatched:
    """Nobody looks."""

    def say(self, line: str) -> None:
        """Nobody hears."""

    def begin(self, stage: str, total: int) -> None:
        """Nobody sees."""

    def advance(self, done: int, note: str = "") -> None:
        """Nobody sees."""

    def end(self) -> None:
        """Nothing is open."""


class Lines:
    """A line per tenth of a stage, for files and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def begin(self, stage: str, total: int) -> None:
        self._stage, self._total, self._shown = stage, total, 0
        self._first: tuple[int, float] | None = None

    def advance(self, done: int, note: str = "") -> None:
        now = time.monotonic()
        # what an earlier process has done took none of this one's time
        first, begun = self._first = self._first or (done, now)
        reached = LINES * done // self._total if self._total else LINES
        if reached <= self._shown:
            return
        self._shown = reached
        share, new = done / self._total if self._total else 1.0, done - first
        left = f", {in_words((now - begun) / new * (self._total - done))} left" if new and done < self._total else ""
        self.say(f"{self._stage}: {share:.0%}{left}{f', {note}' if note else ''}")

    def end(self) -> None:
        """Lines stay as they are."""


class Bar:
    """A bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )  # fmt: skip
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._progress.start()
        self._task: TaskID | None = None

    def say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False)

    def begin(self, stage: str, total: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=self._progress.tasks[-1].total or 0)
        self._task = self._progress.add_task(stage, total=total, note="")

    def advance(self, done: int, note: str = "") -> None:
        assert self._task is not None
        self._progress.update(self._task, completed=done)
        if note:
            self._progress.update(self._task, note=note)

    def end(self) -> None:
        self._progress.stop()


def watch() -> Watch:
    """What suits standard error."""
    return Bar() if sys.stderr.isatty() else Lines()


def in_words(seconds: float) -> str:
    """`40 s`, `12 min` or `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
