"""`torchrun` over the command of the tables: two processes are one, whatever becomes of them on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from supertickets.ticket import Ticket
from tests.end_to_end.shared_command import ONE_ROW, csv, history, run, tickets, with_data
from tests.end_to_end.tiny_command import leftovers

pytestmark = pytest.mark.slow

BEFORE_THE_SIXTH = "epoch [45] of 10"
"""Where a run goes on whose process was lost as the sixth epoch began, perhaps while the fifth was being stored."""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes leave that nothing happens to."""
    folder = tmp_path_factory.mktemp("two")
    ended = run(folder, *ONE_ROW, processes=2)
    assert ended.code == 0, ended.output
    assert ended.output.count("3 runs to compute") == 1, "only the first process speaks"
    return folder


def test_a_lost_process_costs_its_epoch_alone(two: Path, tmp_path: Path) -> None:
    """`torchrun` starts all of them again; what they leave is what two undisturbed ones leave, byte by byte."""
    folder = with_data(tmp_path, two)
    ended = run(folder, *ONE_ROW, processes=2, restarts=1, fault=f"kill 1 6 {tmp_path / 'killed'}")
    assert ended.code == 0, ended.output
    assert (tmp_path / "killed").exists() and "from the middle" in ended.output
    assert re.search(BEFORE_THE_SIXTH, ended.output), ended.output
    assert csv(folder) == csv(two) and tickets(folder) == tickets(two) != {}
    assert not leftovers_beside_results(folder)


def leftovers_beside_results(folder: Path) -> list[str]:
    return [line for line in leftovers(folder / "cache", folder / "results") if "one-row" not in line]


def test_one_process_ends_what_two_have_begun(two: Path, tmp_path: Path) -> None:
    """A process fails alone: all end within seconds, and one goes on as if it had been one from the beginning."""
    folder = with_data(tmp_path, two)
    failed = run(folder, *ONE_ROW, processes=2, fault=f"raise 1 6 {tmp_path / 'raised'}")
    assert failed.code == 1
    assert failed.output.count("error: process 1 of 2: RuntimeError: a fault that only one process has") == 1
    assert failed.seconds < 300
    resumed = run(folder, *ONE_ROW)
    assert resumed.code == 0 and re.search(BEFORE_THE_SIXTH, resumed.output), resumed.output
    whole = with_data(tmp_path / "one", two)
    assert run(whole, *ONE_ROW).code == 0
    one, both, mixed = history(whole), history(two), history(folder)
    for alone, other, third in zip(one, both, mixed, strict=True):
        assert alone | {"loss": 0} == other | {"loss": 0} == third | {"loss": 0}, "sparsity, units, layers"
        assert other["loss"] == pytest.approx(alone["loss"], rel=2e-3)
        assert third["loss"] == pytest.approx(alone["loss"], rel=2e-3)
    assert history(whole)[-1]["units"] < 768
    kept = [{path: Ticket.load(found / path).masks for path in tickets(found)} for found in (whole, two, folder)]
    assert kept[0].keys() == kept[1].keys() == kept[2].keys(), "one identity"
    for path, masks in kept[0].items():
        for name, mask in masks.items():
            assert torch.equal(mask, kept[1][path][name]) and torch.equal(mask, kept[2][path][name]), name


def test_what_cannot_be_done_is_said_once(tmp_path: Path) -> None:
    ended = run(tmp_path, *ONE_ROW, "--jobs", "2", processes=2)
    assert ended.code == 1 and ended.output.count("error: --jobs: all processes of torchrun compute one run") == 1
