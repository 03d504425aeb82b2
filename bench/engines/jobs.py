"""What becomes of the runs of a job, whoever does it: they are computed one after the other, each is told of."""

from __future__ import annotations

import textwrap
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.context import compute
from bench.engines import Ended, Event, Progressed, Said
from bench.experiments import Run
from bench.identity import Environment
from bench.store import Store, StoreError
from supertickets.parallel import SINGLE, Parallel

Tell = Callable[[str, Any], None]
"""Called with `epoch` and (epochs done, epochs in total), `say` and a message, or `over` and None or a failure."""


class Job:
    """The runs of a job that are not over, and events from what is told of them."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.left = list(runs)
        self._started = time.monotonic()

    def heard(self, kind: str, content: Any) -> Iterator[Event]:
        """What was told."""
        if kind == "epoch":
            yield Progressed(self.left[0], *content)
        elif kind == "say":
            yield Said(content)
        else:
            now = time.monotonic()
            yield Ended(self.left.pop(0), now - self._started, content)
            self._started = now
            if content is not None:
                yield from self.lost("not attempted: the run before it in its process failed")

    def lost(self, reason: str) -> Iterator[Event]:
        """The end of all that is left."""
        while self.left:
            yield Ended(self.left.pop(0), 0.0, reason)


def work_off(
    runs: Sequence[Run], environment: Environment, tell: Tell, parallel: Parallel = SINGLE
) -> BaseException | None:
    """Compute runs until one fails; returns its error, which was told.

    Args:
        parallel: the processes that compute each run together, of which this is the first.
    """
    try:
        store = Store(environment, lambda message: tell("say", message))
    except StoreError as error:  # the disk has filled up since the command began
        tell("over", str(error))
        return error
    for run in runs:
        warnings.showwarning = _first_warning(tell, run)
        try:
            compute(run, environment, store, lambda epoch, epochs: tell("epoch", (epoch, epochs)), parallel)
        except OSError as error:
            remedy = f"is there space left below {environment.cache}, and may it be written?"
            tell("over", f"{error.strerror or error}: {remedy}\n{traceback.format_exc()}")
            return error
        except Exception as error:
            tell("over", f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
            return error
        tell("over", None)
    return None


def _first_warning(tell: Tell, run: Run) -> Any:
    """Pass on the first warning of a run: masks change many times, and its history counts the rest."""
    shown: list[str] = []

    def show(message: Warning | str, *_: object) -> None:
        if not shown:
            tell("say", f"{run.label}: {textwrap.shorten(str(message), 160, placeholder=' and more')}")
        shown.append(str(message))

    return show
