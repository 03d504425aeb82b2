"""Training steps by `torch.compile`: the same result but for rounding, before and after the net has shrunk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from bench.identity import Environment, identity_of
from supertickets import compiling
from supertickets.batches import Batches
from supertickets.computing import PLAIN, Computing
from supertickets.optimizers import Optimization
from supertickets.parallel import SingleProcess
from supertickets.pruning import Pruning
from supertickets.recipe import Recipe
from supertickets.search_trainer import SearchTrainer
from supertickets.searching import Searching
from supertickets.tasks.segmentation import Segmentation
from supertickets.units import unit_groups
from tests.properties.small import TINY, images
from tests.stored_runs import RUN

COMPILED = Computing(compiled=True)
NO_COMPILER = shutil.which("g++") is None and shutil.which("clang++") is None


def training_of(computing: Computing) -> SearchTrainer:
    optimization = Optimization(lr=5e-3, schedule="constant", eps=1e-3, averaged=False)
    recipe = Recipe((16, 16), 3, 2, optimization, rho=1e-3, rho_warmup=1)
    batches = Batches(Segmentation(3), images(), recipe, 5, torch.device("cpu"), computing=computing)
    return SearchTrainer(TINY, TINY.build(1), batches, 4, Searching(recalibration_batches=1), Pruning())


def searched_and_pruned(training: SearchTrainer) -> int:
    """Two epochs of training, between them a search, whose removed units are counted, and a pruning."""
    training.train_epoch(1)
    removed = training.remove_units(0.9995)
    training.recalibrate()
    training.prune(30)
    training.train_epoch(2)
    return removed


def units(training: SearchTrainer) -> int:
    return sum(group.units for group in unit_groups(training.net).values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    ["aot_eager", pytest.param("inductor", marks=pytest.mark.skipif(NO_COMPILER, reason="needs a C++ compiler"))],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # the compiler's advice
def test_a_net_that_shrinks_is_compiled_anew(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[int] = []
    honest = torch.compile

    def counting(net: nn.Module, **how: Any) -> Callable[..., Any]:
        shapes.append(sum(group.units for group in unit_groups(net).values()))
        return honest(net, **how, fullgraph=True)

    monkeypatch.setattr(torch, "compile", counting)
    monkeypatch.setattr(compiling, "BACKEND", backend)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    plain, compiled = training_of(PLAIN), training_of(COMPILED)
    whole = units(plain)
    removed = searched_and_pruned(plain)
    assert searched_and_pruned(compiled) == removed > 0 < units(plain)
    assert shapes == [whole, whole - removed]
    for ours, theirs in zip(compiled.progress.history, plain.progress.history, strict=True):
        assert ours == {**theirs, "loss": pytest.approx(theirs["loss"], rel=1e-4)}
    assert all(torch.equal(mask, compiled.frozen.masks[name]) for name, mask in plain.frozen.masks.items())
    for ours, theirs in zip(compiled.net.state_dict().values(), plain.net.state_dict().values(), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-2, atol=1e-4)


@pytest.mark.fast
def test_what_is_compiled_is_the_same_run() -> None:
    """How a step is computed, not what: nothing stored is lost or taken twice."""
    known = {RUN.step.problem.data: "id"}
    plain, compiled = (Environment(Path(), None, computing=computing) for computing in (PLAIN, COMPILED))
    assert identity_of(RUN, plain, known) == identity_of(RUN, compiled, known)


@pytest.mark.fast
def test_processes_that_normalise_together_are_not_compiled() -> None:
    def batches(computing: Computing) -> Batches:
        recipe = Recipe((16, 16), 4, 1)
        return Batches(Segmentation(3), images(), recipe, 0, torch.device("cpu"), SingleProcess(0, 2), computing)

    with pytest.raises(ValueError, match="take local statistics"):
        batches(COMPILED)
    assert batches(Computing(statistics="local", compiled=True)).computing.compiled


@pytest.mark.fast
def test_nothing_is_compiled_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", None)
    training = training_of(PLAIN)
    training.train_epoch(1)
    assert training.progress.epoch == 1
