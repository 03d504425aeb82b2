"""What waits for what: which runs of a request are missing, and in which order they may and should start.

Nothing here starts a process; `bench.engines` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from graphlib import TopologicalSorter

from bench.experiments import Run, lineage


def estimated_cost(run: Run) -> float:
    """Time that a run takes, in arbitrary units: training pixels, with a small constant for everything else."""
    recipe = run.step.problem.recipe
    height, width = recipe.image_size
    return (run.step.epochs * recipe.steps_per_epoch * recipe.batch_size + 200) * height * width / 1e6


def missing(wanted: Iterable[Run], stored: Callable[[Run], bool]) -> list[Run]:
    """What has to be computed for `wanted`, parents before children, without repetition.

    Args:
        stored: whether a run has a result; asked once per run.
    """
    needed: dict[Run, bool] = {}

    def need(run: Run) -> None:
        if run not in needed:
            needed[run] = not stored(run)
            if needed[run]:
                for parent in run.parents:
                    need(parent)
                # a run follows what it waits for
                needed[run] = needed.pop(run)

    for run in wanted:
        need(run)
    return [run for run, lacking in needed.items() if lacking]


class Schedule:
    """Runs of several requests in the order in which they become ready, the most urgent first.

    Earlier requests come first; within one, what the most work waits for.
    """

    def __init__(self, requests: Sequence[Iterable[Run]]) -> None:
        self.outstanding = [dict.fromkeys(request) for request in requests]
        rank = {run: number for number, left in reversed(list(enumerate(self.outstanding))) for run in left}
        self._sorter = TopologicalSorter({run: [p for p in run.parents if p in rank] for run in rank})
        self._sorter.prepare()
        awaited = dict.fromkeys(rank, 0.0)
        for run in rank:
            for needed in set(lineage(run)) & rank.keys():
                awaited[needed] += estimated_cost(run)
        self._priority = {run: (rank[run], run.seed, -awaited[run]) for run in rank}
        self._ready: list[Run] = []
        self._taken: set[Run] = set()
        self._advance()

    def _advance(self) -> None:
        ready = [run for run in self._sorter.get_ready() if run not in self._taken]
        self._ready = sorted([*self._ready, *ready], key=self._priority.__getitem__)

    @property
    def runs(self) -> list[Run]:
        """Every run of every request, once."""
        return list(self._priority)

    def next(self) -> Run | None:
        """The most urgent run that waits for nothing, which is thereby taken; None when there is none now."""
        return self._ready.pop(0) if self._ready else None

    def job(self, run: Run) -> list[Run]:
        """A taken run and those without training that wait for it alone, which are thereby taken too.

        They cost less than a process to compute them in.
        """
        followers = [other for other in self._priority if other.parents == (run,) and not other.step.epochs]
        self._taken.update(followers)
        return [run, *followers]

    def over(self, run: Run) -> list[int]:
        """Note that a run is over, with a result or without; returns the numbers of requests that are over by that."""
        self._sorter.done(run)
        self._advance()
        ended = []
        for number, left in enumerate(self.outstanding):
            if left.pop(run, run) is None and not left:
                ended.append(number)
        return ended
