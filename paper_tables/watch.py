"""Showing people how far the runs are: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.experiments import Run
from bench.time_left import TimeLeft, in_words

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

MOST_NAMED = 4
"""Runs in the middle that the first line tells the epochs of."""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _left(time_left: TimeLeft) -> str:
    """`; 8 to 12 min left`, or nothing while that is not known."""
    seconds = time_left.seconds()
    return "" if seconds is None or time_left.done == 1 else f"; {in_words(seconds)} left"


def beginning(time_left: TimeLeft, stored: int) -> str:
    """One line: what a command has to do, and what it goes on from."""
    runs, begun = len(time_left.runs), time_left.begun
    line = f"{runs} run{'s' if runs > 1 else ''} to compute"
    if begun:
        epochs = [f"epoch {epoch} of {run.step.epochs}" for run, epoch in begun.items()]
        more = [f"{len(epochs) - MOST_NAMED} more"] if len(epochs) > MOST_NAMED else []
        line += f", {len(begun)} of them from the middle ({', '.join([*epochs[:MOST_NAMED], *more])})"
    if stored:
        line += f"; {stored} {'are' if stored > 1 else 'is'} stored"
    return line + _left(time_left)


class Lines:
    """One line per finished run, with the time left; for logs and CI."""

    time_left: TimeLeft

    def __init__(self) -> None:
        self.done = 0

    def begin(self, time_left: TimeLeft, stored: int) -> None:
        self.time_left = time_left
        print(beginning(time_left, stored), flush=True)

    def _count(self) -> str:
        self.done += 1
        return f"[{self.done}/{len(self.time_left.runs)}]"

    def advance(self, run: Run, epoch: int, epochs: int) -> None:
        pass

    def finish(self, run: Run, seconds: float) -> None:
        print(f"{self._count()} {run.label}: {_clock(seconds)}{_left(self.time_left)}", flush=True)

    def fail(self, run: Run, reason: str) -> None:
        print(f"{self._count()} FAILED {run.label}: {reason}", file=sys.stderr, flush=True)

    def say(self, message: str) -> None:
        print(message, flush=True)

    def warn(self, message: str) -> None:
        """Say what may not be as it was meant; all of one kind at once."""
        print(f"warning: {message}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal to what comes next, also when runs were interrupted."""


class Bars(Lines):
    """A bar per running run and one for everything, with the time left."""

    def __init__(self) -> None:
        super().__init__()
        self.progress: Progress | None = None

    def begin(self, time_left: TimeLeft, stored: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        super().begin(time_left, stored)
        self.bars: dict[Run, TaskID] = {}
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            transient=True,
        )
        self.overall = self.progress.add_task("all runs", total=1.0, left="")
        self.progress.start()
        self._show()

    def _show(self) -> None:
        assert self.progress is not None
        left = _left(self.time_left).removeprefix("; ")
        self.progress.update(self.overall, completed=self.time_left.done, left=left)

    def advance(self, run: Run, epoch: int, epochs: int) -> None:
        assert self.progress is not None
        if run not in self.bars:
            self.bars[run] = self.progress.add_task(run.label, total=epochs, left="")
        self.progress.update(self.bars[run], completed=epoch)
        self._show()

    def _over(self, run: Run) -> None:
        assert self.progress is not None
        if run in self.bars:
            self.progress.remove_task(self.bars.pop(run))
        self._show()
        if self.done == len(self.time_left.runs):
            self.close()

    def close(self) -> None:
        if self.progress is not None:
            self.progress.stop()

    def finish(self, run: Run, seconds: float) -> None:
        super().finish(run, seconds)
        self._over(run)

    def fail(self, run: Run, reason: str) -> None:
        super().fail(run, reason)
        self._over(run)


def watcher() -> Lines:
    """Bars on a terminal, lines elsewhere."""
    return Bars() if sys.stdout.isatty() else Lines()
