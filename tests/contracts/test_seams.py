"""An architecture is one file, and so is a criterion: the method works on nets that know nothing of the supernet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import supertickets.architectures
import supertickets.criteria
from bench.experiments import Step
from bench.settings import Problem
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge
from bench.steps.count import Count
from bench.steps.evaluate import Evaluate
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune import Prune
from bench.steps.prune_trained import PruneTrained
from bench.steps.reset import Reset
from bench.steps.retrain import Retrain
from bench.steps.rewind import Rewind
from bench.steps.search import Search
from bench.steps.task_transfer import TaskTransfer
from bench.steps.train import Train
from bench.steps.transfer import Transfer
from bench.steps.with_backbone import WithBackbone
from supertickets.batches import Batches
from supertickets.checkpoint import restore, saved_state
from supertickets.evaluation import EvaluationProtocol, evaluate
from supertickets.masks import pruned_count
from supertickets.one_shot import pruned_once
from supertickets.pruning import Pruning
from supertickets.tasks.segmentation import Segmentation
from supertickets.ticket import Ticket, TicketError
from supertickets.trainer import Trainer
from supertickets.transferred import transferred
from tests.contracts.documents import example
from tests.golden.cases import ALGORITHM, RECIPE, RETRAINING, SEARCHING
from tests.golden.context import TinyContext
from tests.golden.kinds import step_kinds

NEW = (
    (supertickets.architectures, "plain", example("supertickets/architectures/plain.py")),
    (supertickets.criteria, "largest", example("supertickets/criteria/largest.py")),
)
"""Package, name of the new module, its text."""


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A plain net with three outputs, where both new files are there and the supernet cannot be imported."""
    for package, name, text in NEW:
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        package.__path__.append(str(folder))  # a file there is like one in the folder itself
    for module in [name for name in sys.modules if "supernet" in name.split(".")]:
        monkeypatch.setitem(sys.modules, module, None)
    yield supertickets.architectures.architectures()["plain"](3)
    for package, name, _ in NEW:
        package.__path__.pop()
        sys.modules.pop(f"{package.__name__}.{name}", None)


PRUNING = {"prunable": "all", "criterion": "largest"}


def batches(problem: Problem) -> Batches:
    context = TinyContext()
    return Batches(problem.task, context.samples(problem, "train"), RECIPE, 0, context.device)


def again(ticket: Ticket, folder: Path) -> Ticket:
    """What comes back from a file."""
    path = folder / "ticket.safetensors"
    path.write_bytes(ticket.to_bytes())
    return Ticket.load(path)


def size(ticket: Ticket) -> int:
    return sum(mask.numel() for mask in ticket.masks.values())


def zeros(ticket: Ticket) -> int:
    return sum(int((~mask).sum()) for mask in ticket.masks.values())


@pytest.mark.fast
def test_a_plain_net_is_pruned_stored_frozen_trained_scored_and_transferred(plain: Any, tmp_path: Path) -> None:
    problem = Problem("scenes", Segmentation(3), plain, RECIPE)
    data, weights = batches(problem), {"0.weight", "2.weight"}
    found = pruned_once(Ticket.of(plain, plain.build(1), {}), Pruning(**PRUNING), 50, data)
    total = sum(mask.numel() for mask in found.masks.values())
    assert found.masks.keys() == weights and sum(int((~m).sum()) for m in found.masks.values()) == pruned_count(
        total, 50
    )
    before = plain.build(1).state_dict()
    kept, lost = (torch.cat([before[n][m ^ drop].abs() for n, m in found.masks.items()]) for drop in (False, True))
    assert kept.max() <= lost.min(), "the new criterion lets the largest go first"

    stored = again(found, tmp_path)
    assert (stored.architecture, stored.shape) == (plain, {}) and stored.to_bytes() == found.to_bytes()

    trainer = Trainer(plain, stored.net(), data, 2, "kept")
    trainer.set_masks(stored.masks)
    trainer.train_epoch(1)
    half = saved_state(trainer)
    trainer.train_epoch(2)
    trained = trainer.ticket()
    for name, mask in found.masks.items():
        assert torch.equal(trained.masks[name], mask) and not trainer.net.get_parameter(name)[~mask].any(), "frozen"
        assert not torch.equal(trained.weights[name][mask], found.weights[name][mask]), "trained"
    resumed = Trainer(plain, plain.shaped({}), data, 2, "kept")
    restore(resumed, half)
    resumed.train_epoch(2)
    assert resumed.ticket().to_bytes() == trained.to_bytes()

    scores = evaluate(trained.net(), EvaluationProtocol(), data, TinyContext().samples(problem, "val"), 5)
    assert scores.keys() == {"miou", "macc", "aacc"}

    moved = again(transferred(trained, replace(plain, outputs=5), None, 0), tmp_path)
    assert moved.net()(torch.rand(1, 3, 16, 16)).shape == (1, 5, 8, 8)
    assert torch.equal(moved.weights["0.weight"], trained.weights["0.weight"]) and moved.masks["2.weight"].all()


def steps(plain: Any) -> Iterator[Step]:
    """One of every kind; two-in-one training where nothing is searched is gradual pruning."""
    problem = Problem("scenes", Segmentation(3), plain, RECIPE)
    other = replace(problem, data="streets", task=Segmentation(5), architecture=replace(plain, outputs=5))
    found = Search(problem, ALGORITHM, SEARCHING, Pruning(**PRUNING), ((1, "early"),))
    yield found
    yield Prune(Search(problem, replace(ALGORITHM, sparsity=None), SEARCHING), 50, Pruning(**PRUNING))
    yield Retrain(found, RETRAINING)
    yield Rewind(found, "early")
    yield Transfer(found, other, RETRAINING)
    yield Evaluate(found, EvaluationProtocol())
    yield Count(found)
    yield (dense := Train(problem, 2, kept=((1, "early"),)))
    yield (pruned := PruneTrained(dense, 50, Pruning(**PRUNING)))
    yield Reset(pruned, dense, "early")


def of_detectors(plain: Any) -> dict[type[Step], Callable[[], object]]:
    """The kinds of steps that a plain net is refused by, and how it is offered."""
    problem = Problem("scenes", Segmentation(3), plain, RECIPE)
    dense = Train(problem, 2)
    return {
        WithBackbone: lambda: WithBackbone(dense, problem),
        MaskTransfer: lambda: MaskTransfer(dense, problem, 50),
        TaskTransfer: lambda: TaskTransfer(PruneTrained(dense, 50, Pruning(**PRUNING)), dense),
        Analyse: lambda: Analyse(dense),
        Converge: lambda: Converge(dense, dense),
    }


@pytest.mark.fast
def test_every_kind_of_step_takes_a_plain_net(plain: Any, tmp_path: Path) -> None:
    seen = set()
    for step in steps(plain):
        product = step.compute(TinyContext())
        seen.add(type(step))
        for ticket in product.tickets.values():
            assert again(ticket, tmp_path).to_bytes() == ticket.to_bytes()
        if isinstance(step, Search):
            ticket = product.tickets["ticket"]
            assert zeros(ticket) == pruned_count(size(ticket), 40) > 0
    refusing = of_detectors(plain)
    for offer in refusing.values():
        with pytest.raises(ValueError, match=r"is of kind 'plain'|finds no objects|notes no validation loss"):
            offer()
    assert seen | refusing.keys() == set(step_kinds())


@pytest.mark.fast
def test_a_ticket_of_an_architecture_that_is_gone_is_refused(plain: Any, tmp_path: Path) -> None:
    path = tmp_path / "ticket.safetensors"
    path.write_bytes(Ticket.of(plain, plain.build(0), {}).to_bytes())
    plain_files = Path(supertickets.architectures.__path__[-1])
    (plain_files / "plain.py").unlink()
    with pytest.raises(TicketError, match="architecture 'plain' is none of rcnn, resnet, supernet"):
        Ticket.load(path)


WITHOUT_SUPERNET = """
import importlib, pkgutil, sys
import supertickets
sys.modules["supertickets.supernet"] = None
for found in pkgutil.iter_modules(supertickets.__path__):
    if found.name not in ("supernet", "engine"):  # the engine lowers supernets alone
        importlib.import_module(f"supertickets.{found.name}")
"""


@pytest.mark.slow
def test_no_module_but_its_own_needs_the_supernet() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT_SUPERNET], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
