"""Every kind of step on a device that is not the CPU, pretended, so that the code for GPUs is tested without one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from bench import context
from bench.experiments import Run, lineage
from bench.identity import Environment
from bench.methods.object_recognition import classifier, ticket_of
from bench.settings import Retraining
from bench.steps.analyse import Analyse
from bench.steps.converge import Converge
from bench.steps.mask_transfer import MaskTransfer
from bench.steps.prune import Prune
from bench.steps.search import Search
from bench.steps.task_transfer import TaskTransfer
from bench.steps.with_backbone import WithBackbone
from bench.store import Store
from paper_tables import registry
from paper_tables.measured import plan
from paper_tables.table import Table
from supertickets.detectors import RCNN
from supertickets.iterative_pruning import IterativePruning
from supertickets.pruning import Pruning
from supertickets.units import unit_groups
from tests.end_to_end.tiny_tables import tiny_profile
from tests.golden.kinds import step_kinds
from tests.pretended import Placed, second_device
from tests.properties.small import TINY, trainer


@pytest.mark.fast
def test_the_pretended_device_refuses_what_a_gpu_refuses() -> None:
    with second_device() as device:
        there, here = torch.ones(3, device=device), torch.ones(3)
        assert isinstance(there + there, Placed) and not isinstance(here + here, Placed)
        for mixed in (
            lambda: there + here,
            lambda: torch.where(here > 0, there, there),
            lambda: there.masked_fill_(here > 0, 0.0),
            lambda: here[there.long()],
            there.numpy,
        ):
            with pytest.raises((RuntimeError, TypeError)):
                mixed()
        assert torch.equal((there * 2 + torch.tensor(1.0)).cpu(), torch.full((3,), 3.0))
        assert torch.equal(there[torch.tensor([0, 2])].cpu(), torch.ones(2))
        assert torch.equal(torch.zeros(3, device=device).copy_(here).cpu(), here)


@pytest.mark.fast
def test_masks_from_a_file_follow_the_net() -> None:
    """Retraining takes them from a stored ticket, which is on the CPU."""

    def trained(device: str) -> dict[str, Tensor]:
        run = trainer(TINY, device=device)
        masks = {name: torch.arange(weight.numel()).view(weight.shape) % 3 > 0 for name, weight in shapes.items()}
        run.set_masks(masks)
        run.train_epoch(1)
        assert round(run.ticket().sparsity * total) == sum(int((~mask).sum()) for mask in masks.values())
        return {name: weight.detach().cpu() for name, weight in TINY.prunable(run.net, "all").items()}

    shapes = TINY.prunable(TINY.build(0), "all")
    total = sum(weight.numel() for weight in shapes.values())
    with second_device() as device:
        there = trained(device)
    for name, weight in trained("cpu").items():
        assert torch.equal(weight == 0, there[name] == 0)
        assert torch.allclose(weight, there[name], atol=1e-4)


def drawn(table: Table) -> bool:
    """Whether the profile has data for it; or-few-pictures is about real pictures."""
    return any(column.role in tiny_profile().settings | tiny_profile().detectors for column in table.columns)


def one_of_every_kind() -> list[Run]:
    """The first search on every task, pruning by every criterion, and step of every other kind, with all parents.

    Of detectors there are none: torchvision's own operations know no pretended device. Their classifier is there.
    """
    profile = tiny_profile()
    found: dict[tuple[type, object], Run] = {}
    body = profile.detectors["VOC"]
    tickets = ticket_of(classifier(body), IterativePruning(50), Pruning("backbone"), Retraining(body.classifier_epochs))
    tables = [plan(table, profile, (0,)).all_runs for table in registry.tables().values() if drawn(table)]
    for runs in (*tables, [Run(step, 0) for step in lineage(tickets)]):
        for run in runs:
            step = run.step
            if isinstance(step.problem.architecture, RCNN):
                continue
            kind = step.pruning.criterion if isinstance(step, Prune) else type(step.problem.task)
            found.setdefault((type(step), kind if isinstance(step, Prune | Search) else None), run)
    return list(dict.fromkeys(Run(step, 0) for run in found.values() for step in lineage(run.step)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*(nothing is kept of|prunes again|nothing was searched)")
def test_every_kind_of_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "device_name", lambda device: f"pretended {device}")
    runs = one_of_every_kind()
    assert {type(run.step) for run in runs} == set(step_kinds()) - {
        Analyse,
        Converge,
        MaskTransfer,
        TaskTransfer,
        WithBackbone,
    }
    with second_device() as device:
        environment = Environment(tmp_path, None, device)
        store = Store(environment)
        for run in runs:
            context.compute(run, environment, store, lambda _epoch, _epochs: None)
    for run in runs:
        result = store.load(run)
        assert result is not None and result.provenance["device"] == "pretended meta"


@pytest.mark.fast
def test_nothing_stays_behind_on_the_cpu() -> None:
    """A net that is trained on the device lies there as a whole, optimizer and masks included."""
    with second_device() as device:
        run = trainer(TINY, device=device)
        run.train_epoch(1)
        run.prune(50)
        run.remove_units(0.999)
        held = [*run.net.state_dict().values(), *run.frozen.masks.values(), *run.frozen.stash.values()]
        held += [value for state in run.optimizer.state.values() for value in state.values()]
        assert {type(value) for value in held} <= {Placed, torch.nn.Parameter} and len(held) > 50
        assert sum(group.units for group in unit_groups(run.net).values()) > 0
