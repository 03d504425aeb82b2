"""Every kind of stage on a device that is not the CPU, pretended, so that the code for GPUs is tested without one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from bench.stages import compute as computing
from bench.stages.compute import Place, compute
from bench.stages.search import Search
from torch import Tensor

from bench.experiments import Run, lineage
from bench.profiles import embedded
from bench.store import Store
from paper_tables import registry
from paper_tables.measured import plan
from supertickets.masks import prunable
from supertickets.supernet import unit_groups
from tests.end_to_end.tiny_tables import tiny
from tests.pretended import Placed, second_device
from tests.properties.small import TINY, training


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
        run = training(TINY, device=device)
        masks = {name: torch.arange(weight.numel()).view(weight.shape) % 3 > 0 for name, weight in shapes.items()}
        run.set_masks(masks)
        run.train_epoch(1)
        assert round(run.ticket().sparsity * total) == sum(int((~mask).sum()) for mask in masks.values())
        return {name: weight.detach().cpu() for name, weight in prunable(run.net).items()}

    shapes = prunable(training(TINY).net)
    total = sum(weight.numel() for weight in shapes.values())
    with second_device() as device:
        there = trained(device)
    for name, weight in trained("cpu").items():
        assert torch.equal(weight == 0, there[name] == 0)
        assert torch.allclose(weight, there[name], atol=1e-4)


def one_of_every_kind() -> list[Run]:
    """The first search of any table on every task, the first of every other kind and criterion, and their parents."""
    settings = {role: tiny(setting) for role, setting in embedded.PROFILE.settings.items()}
    profile = replace(embedded.PROFILE, settings=settings)
    found: dict[tuple[type, object], Run] = {}
    for table in registry.tables().values():
        for step in plan(table, profile, (0,)).steps:
            stage = step.stage
            kind = type(stage.setting.task) if isinstance(stage, Search) else getattr(stage, "criterion", None)
            found.setdefault((type(stage), kind), step)
    return list(dict.fromkeys(Run(stage, 0) for step in found.values() for stage in lineage(step.stage)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*nothing is kept of")
def test_every_kind_of_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "device_name", lambda device: f"pretended {device}")
    runs = one_of_every_kind()
    assert {type(run.stage).__name__ for run in runs} == {"Search", "Prune", "Retrain", "Rewind", "Transfer"}
    store = Store(tmp_path)
    with second_device() as device:
        place = Place(tmp_path, None, device)
        for run in runs:
            compute(run, computing.origin(run.stage, None), place, store, lambda _epoch, _epochs: None)
    for run in runs:
        result = store.load(run, computing.origin(run.stage, None))
        assert result is not None and result.provenance["device"] == "pretended meta"


@pytest.mark.fast
def test_nothing_stays_behind_on_the_cpu() -> None:
    """A net that is trained on the device lies there as a whole, optimizer and masks included."""
    with second_device() as device:
        run = training(TINY, device=device)
        run.train_epoch(1)
        run.prune(50)
        run.remove_units(0.999)
        held = [*run.net.state_dict().values(), *run.sparse.masks.values(), *run.sparse.stash.values()]
        held += [value for state in run.optimizer.state.values() for value in state.values()]
        assert {type(value) for value in held} <= {Placed, torch.nn.Parameter} and len(held) > 50
        assert sum(group.units for group in unit_groups(run.net).values()) > 0
