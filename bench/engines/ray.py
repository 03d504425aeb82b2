"""Processes of a Ray cluster: one per job, on any of its nodes, which share cache folder and data.

What a lost process had not stored is computed again by another one, from the last epoch it finished: Ray's own retries
are not used, since they would repeat what was told.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.context import configure_arithmetic
from bench.data import DataError
from bench.engines import Asked, EngineError, Event, Said
from bench.engines.jobs import Job, Tell, work_off
from bench.engines.nodes import compare, seen
from bench.engines.ray_cluster import joined, last_line
from bench.experiments import Run
from bench.identity import Environment, identity_of, key_of
from supertickets.scratch import scratch

LOST_AT_MOST = 3
"""How often a job is placed again after its process was lost."""

ASKS_AGAIN_S = 0.1
"""An epoch takes longer, nearly always."""

LOOKS_S = 600
"""Seconds in which a node has loaded torch, also one that has much to do."""

OF_RESOURCE = 0.001
"""What a run takes of the named resource, of which a node has 1 or more: it says where, not how many."""


class RayProcesses:
    """An engine of as many processes as the cluster has room for; each has one thread and the share of a GPU asked for.

    Raises:
        EngineError: no cluster, or a node that differs from this machine.
    """

    def __init__(self, environment: Environment, asked: Asked) -> None:
        self.environment, self.asked = environment, asked
        # those that decode are processes of their own
        self._needs = {"CPU": float(max(1, environment.loading.workers))}
        self._needs |= {"GPU": asked.gpus} if asked.gpus else {}
        self._needs |= {asked.resource: OF_RESOURCE} if asked.resource else {}
        self._active: dict[Any, _Placed] = {}
        self._decoded_ids: dict[str, str] = {}
        self._ray = joined(asked.address or "auto", environment)
        try:
            self._look_at_nodes()
        except BaseException:
            self.stop()
            raise

    def _nodes(self) -> dict[str, int]:
        """Node -> how many runs it has room for, whoever uses it now; those with none are left out."""
        rooms = {node["NodeID"]: room(node["Resources"], self._needs) for node in self._ray.nodes() if node["Alive"]}
        return {node: runs for node, runs in rooms.items() if runs}

    @property
    def free(self) -> int:
        runs = sum(self._nodes().values())
        # where there is room for none, `start` says so
        return max(0, max(1, min(runs, self.asked.jobs or runs)) - len(self._active))

    def start(self, job: Sequence[Run]) -> None:
        if not self._nodes():
            raise EngineError(self._no_room())
        self._place(_Placed(Job(job)))

    def _no_room(self) -> str:
        needs = ", ".join(f"{amount:g} {name}" for name, amount in self._needs.items())
        return f"no node of the Ray cluster has what a run needs ({needs}): `ray status` shows what there is"

    def _place(self, placed: _Placed) -> None:
        needs = dict(self._needs)
        options = {"num_cpus": needs.pop("CPU"), "num_gpus": needs.pop("GPU", 0), "resources": needs}
        placed.process = self._ray.remote(_Process).options(**options, scheduling_strategy="SPREAD").remote()
        keys = [key_of(identity_of(run, self.environment, self._decoded_ids)) for run in placed.job.left]
        told = placed.process.work_off.options(num_returns="streaming").remote(placed.job.left, self.environment, keys)
        self._active[told] = placed

    def events(self) -> Iterator[Event]:
        while self._active:
            # a signal that comes while Ray itself waits would be an interrupt, whichever it was
            if ready := self._ray.wait(list(self._active), timeout=0)[0]:
                yield from self._hear(ready[0])
                return
            time.sleep(ASKS_AGAIN_S)

    def _hear(self, told: Any) -> Iterator[Event]:
        placed = self._active[told]
        try:
            kind, content = self._ray.get(next(told))
        except (StopIteration, self._ray.exceptions.RayError) as error:
            del self._active[told]
            yield from self._lost(placed, str(error))
            return
        yield from placed.job.heard(kind, content)
        if not placed.job.left:
            del self._active[told]
            self._ray.kill(placed.process)

    def _lost(self, placed: _Placed, why: str) -> Iterator[Event]:
        placed.lost += 1
        if placed.lost > LOST_AT_MOST:
            reason = f"its process was lost {placed.lost} times: run the command again to resume"
        elif not self._nodes():
            reason = f"its process was lost, and {self._no_room()}"
        else:
            yield Said(f"{placed.job.left[0].label}: its process was lost; another one goes on from its last epoch")
            self._place(placed)
            return
        yield from placed.job.lost(f"{reason}\n{why}")

    def stop(self) -> None:
        for placed in self._active.values():
            self._ray.kill(placed.process)  # nothing that is stored is ever half, so there is nothing to wait for
        self._active.clear()
        self._ray.shutdown()

    def _look_at_nodes(self) -> None:
        """Let every node that may be used tell what must not differ, before anything is computed.

        Raises:
            EngineError: there is no such node, or one differs.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = self._nodes()
        if not nodes:
            raise EngineError(self._no_room())
        names = {node["NodeID"]: node["NodeManagerHostname"] for node in self._ray.nodes()}
        look = self._ray.remote(num_cpus=0, max_retries=0)(seen)
        with scratch(self.environment.cache / "running") as token:
            token.write_text(token.parent.name)
            ours = seen(self.environment, token)
            answers = {
                node: look.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(
                    self.environment, token
                )
                for node in nodes
            }
            self._ray.wait(list(answers.values()), num_returns=len(answers), timeout=LOOKS_S)
            for node, answer in answers.items():
                compare(names[node], ours, self._answer(answer, names[node]))

    def _answer(self, answer: Any, name: str) -> dict[str, str]:
        try:
            found: dict[str, str] = self._ray.get(answer, timeout=0)
        except self._ray.exceptions.GetTimeoutError as error:
            raise EngineError(f"node {name} of the Ray cluster has not answered for {LOOKS_S} s") from error
        except self._ray.exceptions.RayError as error:
            raise EngineError(
                f"node {name} of the Ray cluster cannot load the suite ({last_line(error)}): install it there as here"
            ) from error
        return found


@dataclass
class _Placed:
    """A job in a process of the cluster, and how often it has lost one."""

    job: Job
    process: Any = None
    lost: int = 0


class _Process:
    """What an actor of Ray is made of: a process that does one job."""

    def work_off(self, runs: Sequence[Run], environment: Environment, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """Compute runs; yields what is to be told.

        Args:
            keys: under which the command expects their results.
        """
        told: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                work_off_here(runs, environment, keys, lambda kind, content: told.put((kind, content)))
            finally:
                told.put(None)

        threading.Thread(target=work, daemon=True).start()
        while (item := told.get()) is not None:
            yield item


def work_off_here(runs: Sequence[Run], environment: Environment, keys: Sequence[str], tell: Tell) -> None:
    """Compute runs, unless their results would lie where nobody looks for them."""
    known: dict[str, str] = {}
    try:
        found = [key_of(identity_of(run, environment, known)) for run in runs]
    except DataError as error:
        tell("over", f"on {socket.gethostname()}: {error}")
        return
    if found != keys:
        tell("over", f"{socket.gethostname()} has other data below {environment.data_root}: copy them there anew")
        return
    configure_arithmetic()
    work_off(runs, environment, tell)


def room(resources: Mapping[str, float], needs: Mapping[str, float]) -> int:
    """How many runs fit on a node; several may share a GPU, none takes parts of two."""
    found = []
    for name, need in needs.items():
        has = resources.get(name, 0.0)
        found.append(int(has) * int(1 / need) if name == "GPU" else int(has / need))
    return min(found)


ENGINE = RayProcesses
