"""Computing one stage: a description and its parent's ticket in, a ticket and its metrics out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from bench.data import data_set
from bench.experiments import Prune, Retrain, Run, Search, Setting, Stage
from bench.provenance import code_id, device_name, versions
from bench.store import Origin, Result, Store
from supertickets.checkpoint import restore, saved_facts, training_state
from supertickets.costs import cost
from supertickets.search import build_subnet
from supertickets.search_then_prune import prune_subnet
from supertickets.seeding import derive_seed
from supertickets.supernet import build
from supertickets.tasks import Pose, Segmentation, Task
from supertickets.ticket import Ticket, nonzero_counts
from supertickets.training import Training, evaluate
from supertickets.two_in_one import two_in_one

Report = Callable[[int, int], None]
"""Called with (epochs done, epochs in total)."""


@dataclass(frozen=True)
class Place:
    """Where runs happen: folders and device; nothing that changes a number on the CPU."""

    cache: Path
    data_root: Path | None
    device: str = "cpu"


def origin(stage: Stage, data_root: Path | None) -> Origin:
    """Fingerprints of the code and the data that `stage` depends on."""
    name = stage.setting.data
    return Origin(code_id(("bench.stages", f"bench.data.{name}")), data_set(name).data_id(data_root))


def make_task(setting: Setting) -> Task:
    """The task object of a setting."""
    config = setting.task
    if config.name == "pose":
        return Pose(config.outputs, config.sigma, config.decoding)
    return Segmentation(config.outputs)


def load_split(setting: Setting, split: str, place: Place) -> Any:
    """Decoded tensors of one split at the setting's image size."""
    return data_set(setting.data).load(place.data_root, split, setting.recipe.image_size, place.cache)


def compute(run: Run, place: Place, store: Store, report: Report) -> None:
    """Execute `run`, whose parent is stored, resuming from its checkpoint if there is one, and store the result."""
    started = time.perf_counter()
    where = origin(run.stage, place.data_root)
    stage, setting, device = run.stage, run.stage.setting, torch.device(place.device)
    task = make_task(setting)
    if isinstance(stage, Prune):
        ticket = _prune(run, stage, task, place, store)
        history: list[dict[str, Any]] = []
    else:
        ticket, history = _train(run, stage, task, place, store, where, report)
    net = ticket.net()
    metrics = evaluate(
        net,
        task,
        load_split(setting, setting.evaluation, place),
        setting.recipe.image_size,
        setting.evaluation_batch,
        device,
    )
    result = Result(
        metrics=metrics,
        costs=_costs(ticket, setting.recipe.image_size),
        sparsity=100 * ticket.sparsity,
        history=history,
        origin=where,
        provenance={"versions": versions(), "device": device_name(place.device)},
        seconds=time.perf_counter() - started,
    )
    store.save(run, result, ticket.to_bytes())


def _train(
    run: Run, stage: Search | Retrain, task: Task, place: Place, store: Store, where: Origin, report: Report
) -> tuple[Ticket, list[dict[str, Any]]]:
    setting = stage.setting
    seed = derive_seed(run.seed, stage.kind)
    stored = store.load_checkpoint(run, where)
    facts: dict[str, Any] = {"epoch": 0, "normaliser": None} if stored is None else saved_facts(stored)
    split = load_split(setting, setting.split, place)
    device = torch.device(place.device)
    recipe, algorithm = setting.recipe, setting.algorithm
    if isinstance(stage, Search):
        algorithm = stage.algorithm
        net = build(setting.supernet, derive_seed(run.seed, "initialisation"))
        if stored is not None:
            net = build_subnet(setting.supernet, facts["layout"])
    else:
        parent = run.parent
        assert parent is not None
        ticket = Ticket.load(store.ticket_path(parent))
        net = ticket.net()
        optimization = recipe.optimization
        recipe = replace(recipe, optimization=replace(optimization, lr=optimization.lr * setting.retrain_lr))
    training = Training(
        net, task, split, recipe, algorithm, stage.epochs, seed, device, isinstance(stage, Search), facts["normaliser"]
    )
    if stored is not None:
        restore(training, stored)
    elif isinstance(stage, Retrain):
        training.set_masks(ticket.masks)
    epochs = (
        two_in_one(training, algorithm, done=facts["epoch"])
        if isinstance(stage, Search)
        else _plain_epochs(training, stage.epochs, facts["epoch"])
    )
    report(facts["epoch"], stage.epochs)
    for epoch in epochs:
        store.save_checkpoint(run, where, training_state(training))
        report(epoch, stage.epochs)
    return training.ticket(), training.progress.history


def _plain_epochs(training: Training, epochs: int, done: int) -> Any:
    for epoch in range(done + 1, epochs + 1):
        training.train_epoch(epoch)
        yield epoch


def _prune(run: Run, stage: Prune, task: Task, place: Place, store: Store) -> Ticket:
    parent = run.parent
    assert parent is not None
    setting = stage.setting
    split = load_split(setting, setting.split, place) if stage.criterion == "gradient" else None
    return prune_subnet(
        Ticket.load(store.ticket_path(parent)),
        stage.criterion,
        stage.sparsity,
        seed=derive_seed(run.seed, "pruning"),
        task=task,
        split=split,
        recipe=setting.recipe,
        batches=setting.gradient_batches,
        device=torch.device(place.device),
    )


def _costs(ticket: Ticket, image_size: tuple[int, int]) -> dict[str, float]:
    counted = asdict(cost(ticket.net(), image_size, ticket.masks))
    counted.pop("layers")
    total, nonzero = nonzero_counts(ticket)
    assert (total, nonzero) == (counted["params_total"], counted["params_nonzero"])
    return {**counted, "macs_official": counted["macs_dense"] * nonzero / total}
