"""What a step is given while it is computed (`bench.experiments.Context`), and how its product becomes a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from bench.data import DataError, data_set
from bench.experiments import Run, Step
from bench.identity import Environment
from bench.provenance import device_name, versions
from bench.settings import Problem
from bench.store import Result, Store
from supertickets.checkpoint import CheckpointError
from supertickets.loading import OnDemand
from supertickets.purpose import Purpose
from supertickets.samples import Samples
from supertickets.seeding import derive_seed
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket

Report = Callable[[int, int], None]
"""Called with (epochs done, epochs in total)."""


def configure_arithmetic() -> None:
    """Settings of a worker process: one thread, so that sums have one order; subnormal numbers count as zero.

    Averages and moments decay into subnormal numbers, for which processors are many times slower.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


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


def compute(run: Run, environment: Environment, store: Store, report: Report) -> None:
    """Execute `run`, whose parents are stored, resuming from its checkpoint if there is one, and store the result.

    The run is this process' own meanwhile; if another has it, its result is waited for and taken.
    """
    with store.claim(run):
        if store.load(run) is not None:
            store.say(f"{run.label}: another command has computed it")
            return
        started = time.perf_counter()
        begun: list[int] = []

        def heard(epoch: int, epochs: int) -> None:
            begun.append(epoch)
            report(epoch, epochs)

        context = _Context(run, environment, store, heard)
        try:
            product = run.step.compute(context)
        except CheckpointError as error:
            store.put_checkpoint_aside(run, error)
            product = run.step.compute(context)
        provenance = {"versions": versions(), "device": device_name(environment.device)}
        seconds = (time.perf_counter() - started) * _part_of_whole(begun[0] if begun else 0, run.step.epochs)
        result = Result(dict(product.numbers), provenance, seconds)
        purpose = _purpose(run.step.problem)
        tickets = {name: replace(ticket, purpose=purpose).to_bytes() for name, ticket in product.tickets.items()}
        store.save(run, result, {f"{name}.safetensors": image for name, image in tickets.items()})


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
    run: Run
    environment: Environment
    store: Store
    report: Report

    @property
    def device(self) -> torch.device:
        return torch.device(self.environment.device)

    def seed(self, purpose: str) -> int:
        return derive_seed(self.run.seed, purpose)

    def samples(self, problem: Problem, split: str) -> Samples:
        return load_samples(problem, split, self.environment)

    def ticket(self, parent: Step, name: str = "ticket") -> Ticket:
        return self.store.ticket(Run(parent, self.run.seed), name)

    def numbers(self, parent: Step) -> Mapping[str, Any]:
        found = self.store.load(Run(parent, self.run.seed))
        assert found is not None, "parents are stored before their children are computed"
        return found.numbers

    def checkpoint(self) -> bytes | None:
        return self.store.load_checkpoint(self.run)

    def finished(self, epoch: int, state: bytes | None = None) -> None:
        if state is not None:
            self.store.save_checkpoint(self.run, state)
        self.report(epoch, self.run.step.epochs)
