"""Processes of a Ray cluster: one per job, on any of its nodes, which share cache folder and data.

What a lost process had not stored is computed again by another one, from the last epoch it finished: Ray's own retries
are not used, since they would repeat what was told.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.context import configure_arithmetic
from bench.data import DataError
from bench.engines import Asked, EngineError, Event, Said
from bench.engines.jobs import Job, Tell, work_off
from bench.engines.local import ALLOCATOR
from bench.experiments import Run
from bench.identity import Environment, identity_of, key_of
from bench.provenance import code_id, versions
from supertickets.scratch import scratch

LOST_AT_MOST = 3
"""How often a job is placed again after its process was lost."""

CONNECTS_S = 10
"""A cluster answers at once; a network may lose a message."""

LOOKS_S = 600
"""Seconds in which a node has loaded torch, also one that has much to do."""

SETTINGS_FRAME = b"\x04"
"""Type of the frame that both sides of HTTP/2, which clusters speak, begin with (RFC 9113)."""

GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + SETTINGS_FRAME + bytes(5)
"""The beginning of a client, with no settings."""

OF_RESOURCE = 0.001
"""What a run takes of the named resource, of which a node has 1 or more: it says where, not how many."""

SETTINGS = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else Ray warns of what it will do in future
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # else `uv run` sends this folder to all nodes
}


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
        self._ray = _joined(asked.address or "auto", environment)
        try:
            self._look_at_nodes()
        except BaseException:
            self.stop()
            raise

    def _nodes(self) -> dict[str, int]:
        """Node -> how many runs it has room for, whoever uses it now; those with none are not named."""
        rooms = {node["NodeID"]: _room(node["Resources"], self._needs) for node in self._ray.nodes() if node["Alive"]}
        return {node: room for node, room in rooms.items() if room}

    @property
    def free(self) -> int:
        room = sum(self._nodes().values())
        # where there is none, `start` says so
        return max(0, max(1, min(room, self.asked.jobs or room)) - len(self._active))

    def start(self, job: Sequence[Run]) -> None:
        if not self._nodes():
            raise EngineError(self._no_room())
        self._place(_Placed(Job(job)))

    def _no_room(self) -> str:
        needs = ", ".join(f"{amount:g} {name}" for name, amount in self._needs.items())
        return f"no node of the Ray cluster has what a run needs ({needs}): `ray status` shows what there is"

    def _place(self, placed: _Placed) -> None:
        cpus, gpus, resource = self._needs["CPU"], self.asked.gpus, self.asked.resource
        process = self._ray.remote(_Process).options(
            num_cpus=cpus,
            num_gpus=gpus,
            resources={resource: OF_RESOURCE} if resource else {},
            scheduling_strategy="SPREAD",
        )
        placed.process = process.remote()
        keys = [self._key(run, self._decoded_ids) for run in placed.job.left]
        told = placed.process.work_off.options(num_returns="streaming").remote(placed.job.left, self.environment, keys)
        self._active[told] = placed

    def _key(self, run: Run, known: dict[str, str]) -> str:
        return key_of(identity_of(run, self.environment, known))

    def events(self) -> Iterator[Event]:
        if self._active:
            [told], _ = self._ray.wait(list(self._active), num_returns=1)
            yield from self._hear(told)

    def _hear(self, told: Any) -> Iterator[Event]:
        placed, job = self._active[told], self._active[told].job
        try:
            kind, content = self._ray.get(next(told))
        except (StopIteration, self._ray.exceptions.RayError) as error:
            del self._active[told]
            yield from self._lost(placed, str(error))
            return
        yield from job.heard(kind, content)
        if not job.left:
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
            EngineError: naming node and difference.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = self._nodes()
        if not nodes:
            raise EngineError(self._no_room())
        names = {node["NodeID"]: node["NodeManagerHostname"] for node in self._ray.nodes()}
        with scratch(self.environment.cache / "running") as token:
            token.write_text(token.parent.name)
            ours = _seen(self.environment, token)
            look = self._ray.remote(_seen)
            seen = {
                look.options(
                    num_cpus=0, max_retries=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
                ).remote(self.environment, token): names[node]
                for node in nodes
            }
            self._ray.wait(list(seen), num_returns=len(seen), timeout=LOOKS_S)
            for answer, name in seen.items():
                _compare(name, ours, self._answer(answer, name))

    def _answer(self, answer: Any, name: str) -> dict[str, str]:
        try:
            found: dict[str, str] = self._ray.get(answer, timeout=0)
        except self._ray.exceptions.GetTimeoutError as error:
            raise EngineError(f"node {name} of the Ray cluster has not answered for {LOOKS_S} s") from error
        except self._ray.exceptions.RayError as error:
            raise EngineError(
                f"node {name} of the Ray cluster cannot load the suite ({_last_line(error)}): install it there as here"
            ) from error
        return found


ENGINE = RayProcesses


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
                _work_off(runs, environment, keys, lambda kind, content: told.put((kind, content)))
            finally:
                told.put(None)

        threading.Thread(target=work, daemon=True).start()
        while (item := told.get()) is not None:
            yield item


def _work_off(runs: Sequence[Run], environment: Environment, keys: Sequence[str], tell: Tell) -> None:
    known: dict[str, str] = {}
    try:
        found = [key_of(identity_of(run, environment, known)) for run in runs]
    except DataError as error:
        tell("over", f"on {socket.gethostname()}: {error}")
        return
    if found != keys:  # its result would lie where nobody looks for it
        tell("over", f"{socket.gethostname()} has other data below {environment.data_root}: copy them there anew")
        return
    configure_arithmetic()
    work_off(runs, environment, tell)


def _room(resources: Mapping[str, float], needs: Mapping[str, float]) -> int:
    """How many runs fit on a node; several share a GPU, none takes parts of several."""
    found = []
    for name, need in needs.items():
        has = resources.get(name, 0.0)
        found.append(int(has) * int(1 / need) if name == "GPU" else int(has / need))
    return min(found)


def _joined(address: str, environment: Environment) -> Any:
    """Return the module `ray`, whose calls go to a running cluster from now on.

    Raises:
        EngineError: Ray is not installed, or there is no cluster that this machine is part of.
    """
    os.environ.update(SETTINGS)
    try:
        import ray
    except ModuleNotFoundError as error:
        raise EngineError("Ray is not installed: `uv sync --group ray`, or `pip install -e 'suite[ray]'`") from error
    _check_answers(address)
    ended_by = signal.getsignal(signal.SIGTERM)  # Ray would end the command in its own way
    # kernels are compiled once, and buffers are kept
    of_workers = {"SUPERTICKETS_CACHE": str(environment.cache), **ALLOCATOR}
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": of_workers})
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise EngineError(
            f"--address {address}: {_last_line(error)}: start this command on a node of a running Ray cluster"
        ) from error
    finally:
        signal.signal(signal.SIGTERM, ended_by)
    return ray


def _check_answers(address: str) -> None:
    """Ray itself would try for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECTS_S) as connection:
            connection.sendall(GREETING)
            answer = connection.recv(9)
        if answer[3:4] != SETTINGS_FRAME:
            raise ConnectionError("what answers there is no cluster")
    except (OSError, OverflowError) as error:
        raise EngineError(
            f"--address {address}: no Ray cluster answers ({error}): give what `ray start` printed"
        ) from error


def _seen(environment: Environment, token: Path) -> dict[str, str]:
    """What has to be the same on every node: software, stored runs, data sets.

    Args:
        token: a file below the cache folder that the command has just made.
    """
    stored, sets = "another one", "none"
    with contextlib.suppress(OSError):
        if token.read_text() == token.parent.name:
            stored = "shared"
    if environment.data_root is not None:
        with contextlib.suppress(OSError):
            sets = " ".join(sorted(path.name for path in environment.data_root.iterdir()))
    return {
        **versions(),
        "code of the suite": code_id((__name__,)),
        f"cache folder {environment.cache}": stored,
        f"data below {environment.data_root}": sets,
    }


def _compare(node: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    for name, own in ours.items():
        if theirs[name] != own:
            raise EngineError(
                f"node {node} of the Ray cluster differs: {name} is {theirs[name]!r} there and {own!r} here; "
                "give it the same packages, cache folder and data"
            )


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
