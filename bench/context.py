"""What a step is given while it is computed (`bench.experiments.Context`), and how its product becomes a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch

from bench.data import DataError, data_set
from bench.experiments import Run, Step
from bench.identity import Environment
from bench.provenance import device_name, versions
from bench.settings import Problem
from bench.store import Result, Store
from supertickets.batches import Batches
from supertickets.checkpoint import CheckpointError
from supertickets.loading import OnDemand
from supertickets.parallel import SINGLE, Parallel
from supertickets.purpose import Purpose
from supertickets.recipe import Recipe
from supertickets.samples import Samples
from supertickets.seeding import derive_seed
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket

Report = Callable[[int, int], None]
"""Called with (epochs done, epochs in total)."""

LONG_WAIT = 0.1
"""Share of a run's time; who waits longer for data is told."""


def configure_arithmetic() -> None:
    """Settings of a worker process: one thread, so that sums have one order; subnormal numbers count as zero.

    Averages and moments decay into subnormal numbers, for which processors are many times slower.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


@contextmanager
def arithmetic_of_runs() -> Iterator[None]:
    """Compute as worker processes do meanwhile, whatever this one is told: sums of other threads are other numbers."""
    threads = torch.get_num_threads()
    configure_arithmetic()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)


def load_samples(problem: Problem, split: str, environment: Environment) -> Samples:
    """One split, decoded at the problem's image size, or to be decoded as the environment says.

    Raises:
        DataError: files that cannot be used, or another number of classes or joints than the problem has.
    """
    size = problem.recipe.image_size
    samples = data_set(problem.data).load(environment.data_root, split, size, environment.cache)
    if isinstance(samples, OnDemand):
        samples = samples.loaded(environment.loading)
    try:
        problem.task.check(samples)
    except ValueError as error:
        raise DataError(f"{problem.data}: {error}") from error
    return samples


def load_batches(
    problem: Problem, seed: int, environment: Environment, parallel: Parallel = SINGLE, recipe: Recipe | None = None
) -> Batches:
    """What a problem is trained on, by its own recipe or another, in the order of a seed.

    Raises:
        DataError: as for `load_samples`.
    """
    samples, device = load_samples(problem, problem.split, environment), torch.device(environment.device)
    return Batches(problem.task, samples, recipe or problem.recipe, seed, device, parallel, environment.computing)


def compute(run: Run, environment: Environment, store: Store, report: Report, parallel: Parallel = SINGLE) -> None:
    """Execute `run`, whose parents are stored, resuming from its checkpoint if there is one, and store the result.

    The run is this process' own meanwhile; if another has it, its result is waited for and taken.

    Args:
        parallel: the processes that compute it together, of which this is the first; the others `assist`.
    """
    with store.claim(run):
        if parallel.decided(lambda: store.load(run) is not None):
            store.say(f"{run.label}: another command has computed it")
            return
        started = time.perf_counter()
        begun: list[int] = []

        def heard(epoch: int, epochs: int) -> None:
            begun.append(epoch)
            report(epoch, epochs)

        context = _Context(run, environment, parallel, store, heard)
        try:
            product = run.step.compute(context)
        except CheckpointError as error:
            store.put_checkpoint_aside(run, error)
            product = run.step.compute(context)
        elapsed = time.perf_counter() - started
        waited = sum(batches.waited_s for batches in context.drawn_from) / elapsed
        if waited > LONG_WAIT:
            store.say(f"{run.label}: {waited:.0%} of the time passed waiting for data (docs/SCALE.md)")
        about = {"device": _computed_on(environment), "waited_for_data": round(waited, 4)}
        provenance = {"versions": versions(), **about}
        seconds = elapsed * _part_of_whole(begun[0] if begun else 0, run.step.epochs)
        result = Result(dict(product.numbers), provenance, seconds)
        purpose = _purpose(run.step.problem)
        tickets = {name: replace(ticket, purpose=purpose).to_bytes() for name, ticket in product.tickets.items()}
        store.save(run, result, {f"{name}.safetensors": image for name, image in tickets.items()})


def assist(run: Run, environment: Environment, parallel: Parallel) -> None:
    """Execute a run together with the process that `compute`s it, from which parents and checkpoint come."""
    if parallel.decided(bool):  # it is stored
        return
    context = _Context(run, environment, parallel, None, lambda _epoch, _epochs: None)
    try:
        run.step.compute(context)
    except CheckpointError:  # which is put aside by the other
        run.step.compute(context)


def _computed_on(environment: Environment) -> str:
    """Device, and how it is used where that is not the usual way."""
    computing = environment.computing
    unusual = [f"{environment.processes} processes per run"] if environment.processes > 1 else []
    unusual += [
        f"{item.name} {getattr(computing, item.name)}"
        for item in fields(computing)
        if getattr(computing, item.name) != item.default
    ]
    return ", ".join([device_name(environment.device), *unusual])


def _purpose(problem: Problem) -> Purpose | None:
    """What tickets of a problem are for; None for detectors, which no purpose describes yet."""
    data = data_set(problem.data)
    if data.task == "detection":
        return None
    return Purpose(data.task, data.class_names, problem.recipe.image_size, MEAN, STD)


def _part_of_whole(begun: int, epochs: int) -> float:
    """What the time of a run that went on at epoch `begun` has to be multiplied by; 0 when nothing was left to do."""
    if not begun:
        return 1.0
    return epochs / (epochs - begun) if begun < epochs else 0.0


@dataclass(frozen=True)
class _Context:
    """Of one process; those that assist have no store. `drawn_from` is what the step has trained on."""

    run: Run
    environment: Environment
    parallel: Parallel
    store: Store | None
    report: Report
    drawn_from: list[Batches] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        return torch.device(self.environment.device)

    def seed(self, purpose: str) -> int:
        return derive_seed(self.run.seed, purpose)

    def samples(self, problem: Problem, split: str) -> Samples:
        return load_samples(problem, split, self.environment)

    def batches(self, problem: Problem, purpose: str, recipe: Recipe | None = None) -> Batches:
        self.drawn_from.append(load_batches(problem, self.seed(purpose), self.environment, self.parallel, recipe))
        return self.drawn_from[-1]

    def ticket(self, parent: Step, name: str = "ticket") -> Ticket:
        return self.parallel.decided(lambda: self._kept.ticket(Run(parent, self.run.seed), name))

    def numbers(self, parent: Step) -> Mapping[str, Any]:
        found = self.parallel.decided(lambda: self._kept.load(Run(parent, self.run.seed)))
        assert found is not None, "parents are stored before their children are computed"
        return found.numbers

    def checkpoint(self) -> bytes | None:
        return self.parallel.decided(lambda: self._kept.load_checkpoint(self.run))

    @property
    def _kept(self) -> Store:
        assert self.store is not None, "only the first process decides"
        return self.store

    def finished(self, epoch: int, state: bytes | None = None) -> None:
        if state is not None and self.store is not None:
            self.store.save_checkpoint(self.run, state)
        self.report(epoch, self.run.step.epochs)
