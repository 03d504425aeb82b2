"""Computing one run: a description and its parents' tickets in, a ticket and its metrics out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from bench.data import data_set
from bench.experiments import Run, Stage, lineage
from bench.provenance import code_id, device_name, versions
from bench.settings import Setting
from bench.store import Origin, Result, Store
from supertickets.costs import cost
from supertickets.seeding import derive_seed
from supertickets.ticket import Ticket
from supertickets.training import evaluate

ALWAYS = ("bench.stages.compute", "bench.stages.arithmetic")
"""Modules that every result depends on, with all they import."""

Report = Callable[[int, int], None]
"""Called with (epochs done, epochs in total)."""


@dataclass(frozen=True)
class Place:
    """Where runs happen: folders and device; nothing that changes a number on the CPU."""

    cache: Path
    data_root: Path | None
    device: str = "cpu"


def origin(stage: Stage, data_root: Path | None) -> Origin:
    """Fingerprints of the code and the data that `stage` and everything it builds on depend on."""
    steps = list(lineage(stage))
    sets = sorted({step.setting.data for step in steps})
    modules = {type(part).__module__ for step in steps for part in (step, step.setting.task)}
    modules |= {f"bench.data.{name}" for name in sets}
    data_ids = [data_set(name).data_id(data_root) for name in sets]
    return Origin(code_id((*ALWAYS, *sorted(modules))), "+".join(data_ids))


def load_split(setting: Setting, split: str, place: Place) -> Any:
    """Decoded tensors of one split at the setting's image size."""
    return data_set(setting.data).load(place.data_root, split, setting.recipe.image_size, place.cache)


def compute(run: Run, origin_of_run: Origin, place: Place, store: Store, report: Report) -> None:
    """Execute `run`, whose parents are stored, resuming from its checkpoint if there is one, and store the result.

    Args:
        origin_of_run: `origin` of its stage, which takes a second to find out and is the same in all processes.
    """
    started = time.perf_counter()
    work = _Work(run, place, store, report, origin_of_run)
    made = run.stage.make(work)
    setting = run.stage.setting
    metrics = evaluate(
        made.ticket.net(),
        setting.task,
        load_split(setting, setting.evaluation, place),
        setting.recipe.image_size,
        setting.evaluation_batch,
        work.device,
    )
    result = Result(
        metrics=metrics,
        costs=_costs(made.ticket, setting.recipe.image_size),
        sparsity=100 * made.ticket.sparsity,
        history=made.history,
        origin=work.origin,
        provenance={"versions": versions(), "device": device_name(place.device)},
        seconds=time.perf_counter() - started,
    )
    tickets = {"ticket": made.ticket, **made.states}
    store.save(run, result, {name: ticket.to_bytes() for name, ticket in tickets.items()})


@dataclass(frozen=True)
class _Work:
    """What a stage is given to work with (`bench.experiments.Workplace`)."""

    run: Run
    place: Place
    store: Store
    report: Report
    origin: Origin

    @property
    def device(self) -> torch.device:
        return torch.device(self.place.device)

    def seed(self, purpose: str) -> int:
        return derive_seed(self.run.seed, purpose)

    def split(self) -> Any:
        setting = self.run.stage.setting
        return load_split(setting, setting.split, self.place)

    def ticket(self, parent: Stage, state: str = "ticket") -> Ticket:
        return Ticket.load(self.store.ticket_path(Run(parent, self.run.seed), state))

    def checkpoint(self) -> bytes | None:
        return self.store.load_checkpoint(self.run, self.origin)

    def finished(self, epoch: int, state: bytes | None = None) -> None:
        if state is not None:
            self.store.save_checkpoint(self.run, self.origin, state)
        self.report(epoch, self.run.stage.epochs)


def _costs(ticket: Ticket, image_size: tuple[int, int]) -> dict[str, float]:
    counted = cost(ticket.net(), image_size, ticket.masks)
    plain = asdict(counted)
    plain.pop("layers")
    return {**plain, "macs_official": counted.macs_official}
