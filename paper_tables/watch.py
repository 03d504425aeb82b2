"""Showing people how far the runs are: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from bench.experiments import Run

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


class Lines:
    """One line per finished run, with the time left; for logs and CI."""

    def __init__(self) -> None:
        self.total = self.finished = 0.0
        self.runs = self.done = 0
        self.started = time.monotonic()

    def begin(self, runs: int, cost: float) -> None:
        self.runs, self.total, self.started = runs, cost, time.monotonic()
        print(f"{runs} runs to compute", flush=True)

    def advance(self, run: Run, epoch: int, epochs: int, done: float) -> None:
        pass

    def finish(self, run: Run, done: float, seconds: float) -> None:
        self.done += 1
        self.finished += done
        elapsed = time.monotonic() - self.started
        left = elapsed * (self.total - self.finished) / self.finished
        print(f"[{self.done}/{self.runs}] {run.label}: {_clock(seconds)}; about {_clock(left)} left", flush=True)

    def fail(self, run: Run, reason: str) -> None:
        self.done += 1
        self.finished += 1e-9
        print(f"[{self.done}/{self.runs}] FAILED {run.label}: {reason}", file=sys.stderr, flush=True)

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

    def begin(self, runs: int, cost: float) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        super().begin(runs, cost)
        self.partial: dict[Run, float] = {}
        self.bars: dict[Run, TaskID] = {}
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            speed_estimate_period=600,
            transient=True,
        )
        self.overall = self.progress.add_task("all runs", total=cost)
        self.progress.start()

    def advance(self, run: Run, epoch: int, epochs: int, done: float) -> None:
        assert self.progress is not None
        if run not in self.bars:
            self.bars[run] = self.progress.add_task(run.label, total=epochs)
        self.progress.update(self.bars[run], completed=epoch)
        self.partial[run] = done
        self.progress.update(self.overall, completed=self.finished + sum(self.partial.values()))

    def _close(self, run: Run) -> None:
        self.partial.pop(run, None)
        if self.progress is not None and run in self.bars:
            self.progress.remove_task(self.bars.pop(run))

    def finish(self, run: Run, done: float, seconds: float) -> None:
        self._close(run)
        super().finish(run, done, seconds)
        self._close_when_done()

    def fail(self, run: Run, reason: str) -> None:
        self._close(run)
        super().fail(run, reason)
        self._close_when_done()

    def _close_when_done(self) -> None:
        if self.done == self.runs:
            self.close()

    def close(self) -> None:
        if self.progress is not None:
            self.progress.stop()


def watcher() -> Lines:
    """Bars on a terminal, lines elsewhere."""
    return Bars() if sys.stdout.isatty() else Lines()
