"""How every command begins and ends, whatever happens meanwhile: one line for people, one exit code."""

from __future__ import annotations

import errno
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from supertickets.streams import lasting_streams

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that ask a process to end."""


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end; raised where it happens to be."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def number_of(stop: KeyboardInterrupt) -> int:
    """The signal behind an interrupt."""
    return stop.number if isinstance(stop, Stopped) else signal.SIGINT


def run_command(main: Callable[[], int], after_stop: str = "") -> NoReturn:
    """Exit with what `main` returns; the only way in which commands of this project start.

    After Ctrl-C, SIGTERM or SIGHUP with 128 and the signal's number, after `main` has cleaned up. A standard stream
    that fails stops nothing: the command ends as it would have ended, then with 128 and SIGPIPE's number where the
    reader has gone, as in `... | head`, or else with 1 and the reason.

    Args:
        main: the command; it reads its arguments from `sys.argv`.
        after_stop: what people are told when a signal has ended it.
    """
    with lasting_streams() as files, _stopped_by_signals(), _marked_warnings():
        codes = [_end_of(main, after_stop)]
        sys.stdout.flush()
        codes += [_code_of(file.failure) for file in files if file.failure is not None]
    sys.exit(next(filter(None, codes), 0))


def _end_of(main: Callable[[], int], after_stop: str) -> int:
    try:
        return main()
    except SystemExit as end:  # of argparse
        return int(end.code or 0)
    except KeyboardInterrupt as stop:
        number = number_of(stop)
        word = "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"
        print(": ".join(filter(None, (word, after_stop))), file=sys.stderr)
        return 128 + number
    except OSError as error:  # a full disk, a folder that has gone: the machine's affair, whose name is in it
        print(f"error: {error}", file=sys.stderr)
        return 1


def not_written(out: Path, error: OSError) -> int:
    """Tell people that what `--out` names cannot be written; returns the command's exit code."""
    print(f"error: --out {out}: cannot be written ({error.strerror})", file=sys.stderr)
    return 2


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Raise `Stopped` at a signal that nobody ignores, as `nohup` does SIGHUP; again only when a second has passed.

    Whoever ends a group of processes may well send one twice, and cleaning up must not be interrupted by that. Nor must
    the end that follows, which would change the exit code: after a signal, further ones are ignored to the end.
    """
    last = float("-inf")

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal last
        if time.monotonic() - last > 1:
            last = time.monotonic()
            raise Stopped(number)

    with _heard_by(stop, lambda: last >= 0):
        yield


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let signals end this process at once and without a word, also while it waits for others in foreign code."""
    with _heard_by(signal.SIG_DFL):
        yield


@contextmanager
def _heard_by(
    handler: Callable[[int, FrameType | None], None] | signal.Handlers, ending: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Handle those stopping signals that nobody ignores.

    Args:
        ending: whether all of them are to be ignored afterwards.
    """
    before = {number: signal.getsignal(number) for number in STOPPING}
    heard = [number for number, present in before.items() if present is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_IGN if ending() else before[number])


@contextmanager
def _marked_warnings() -> Iterator[None]:
    """Show a warning as one line that says so, and of each kind, which is a place in the code, the first alone."""
    shown: set[tuple[str, int]] = set()

    def show(message: Warning | str, category: object, filename: str, lineno: int, *_: Any, **__: Any) -> None:  # noqa: ARG001
        if (filename, lineno) not in shown:
            print(f"warning: {message}", file=sys.stderr)
        shown.add((filename, lineno))

    before = warnings.showwarning
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


def _code_of(failure: OSError) -> int:
    """The exit code that a stream's failure gives; told where it can be."""
    if failure.errno == errno.EPIPE:
        return 128 + signal.SIGPIPE
    print(f"error: standard output: {failure.strerror}", file=sys.stderr)
    return 1
