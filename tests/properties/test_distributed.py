"""Processes of `torch.distributed`: sums of any tensors, decisions and errors of the first, the end of another.

One process is a group, too; what several do is shown by `tests/end_to_end/test_many_processes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import torch
import torch.distributed
from torch import Tensor

from supertickets import distributed
from supertickets.distributed import ElsewhereError, ProcessLost, TorchProcesses
from supertickets.masks import MaskError

pytestmark = pytest.mark.fast


@pytest.fixture
def alone() -> Iterator[TorchProcesses]:
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield TorchProcesses(0, 1)
    torch.distributed.destroy_process_group()


def test_sums_keep_types_shapes_and_places(alone: TorchProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretended: another process has the same."""
    messages: list[Tensor] = []

    def doubled(joined: Tensor) -> None:
        messages.append(joined)
        joined.mul_(2)

    monkeypatch.setattr(torch.distributed, "all_reduce", doubled)
    maps = torch.arange(24.0).view(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)
    given = [torch.tensor(1.5), maps, torch.arange(6).view(2, 3).t(), torch.empty(0, 3), torch.ones(2)]
    expected = [tensor.clone() * 2 for tensor in given]
    strides = [tensor.stride() for tensor in given]
    alone.sum(given)
    assert len(messages) == 2, "one for each type"
    assert all(torch.equal(found, right) for found, right in zip(given, expected, strict=True))
    assert [tensor.stride() for tensor in given] == strides
    alone.sum([])


def test_a_decision_comes_back_as_it_was(alone: TorchProcesses) -> None:
    mask = torch.arange(6).view(2, 3) > 2
    found = alone.decided(lambda: {"weight": mask, "why": None})
    assert found["why"] is None and torch.equal(found["weight"], mask)


def test_an_error_of_the_first_is_raised_as_it_is(alone: TorchProcesses) -> None:
    def refuse() -> None:
        raise MaskError("no such mask")

    with pytest.raises(MaskError, match="no such mask"):
        alone.decided(refuse)


def test_an_error_that_cannot_be_sent_is_named(alone: TorchProcesses) -> None:
    class Own(Exception):
        """Of this function, so that no other process could find it."""

    def refuse() -> None:
        raise Own("something special")

    with pytest.raises(ElsewhereError, match="Own: something special"):
        alone.decided(refuse)


@pytest.mark.parametrize("operation", ["all_reduce", "broadcast_object_list"])
def test_the_end_of_another_is_one_line(alone: TorchProcesses, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    def lost(*_: object, **__: object) -> None:
        raise RuntimeError("[/pytorch/gloo/pair.cc:561] Connection closed by peer [127.0.0.1]:1234\nmore")

    monkeypatch.setattr(distributed.torch.distributed, operation, lost)
    call = partial(alone.sum, [torch.ones(1)]) if operation == "all_reduce" else partial(alone.decided, bool)
    with pytest.raises(ProcessLost, match=r"has ended \(Connection closed by peer .*goes on from the last") as caught:
        call()
    assert "\n" not in str(caught.value) and "pair.cc" not in str(caught.value)
