"""Processes of `torch.distributed`, on one machine or many, as `torchrun` starts them.

On CUDA devices of their own they exchange tensors by NCCL, else by Gloo; decisions go by Gloo always.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed
from torch import Tensor
from torch.distributed.rendezvous import rendezvous

from supertickets.command_line import ended_by_signals

Decision = TypeVar("Decision")

PATIENCE = timedelta(days=1)
"""How long a process waits for another, which may be scoring a net alone; one that has ended is noticed at once."""


class ProcessLost(RuntimeError):
    """Another process of a training has ended, so that this one cannot go on."""


class ElsewhereError(RuntimeError):
    """Process 0 has failed with an error that cannot be sent; the message names it."""


@dataclass(frozen=True)
class TorchProcesses:
    """The processes of the default group of `torch.distributed` (`supertickets.parallel.Parallel`)."""

    rank: int
    world_size: int

    @torch.no_grad()
    def sum(self, tensors: Sequence[Tensor]) -> None:
        """All tensors of a type travel as one, because messages cost more than what is in them.

        Raises:
            ProcessLost: another process has ended.
        """
        for kind in dict.fromkeys((tensor.dtype, tensor.device) for tensor in tensors):
            same = [tensor for tensor in tensors if (tensor.dtype, tensor.device) == kind]
            joined = torch.cat([tensor.flatten() for tensor in same])
            with _losses_noticed():
                torch.distributed.all_reduce(joined)
            parts = joined.split([tensor.numel() for tensor in same])
            torch._foreach_copy_(same, [part.view(tensor.shape) for part, tensor in zip(parts, same, strict=True)])

    def decided(self, decide: Callable[[], Decision]) -> Decision:
        """What process 0 decides, in every process.

        Raises:
            ProcessLost: another process has ended.
            Exception: what process 0 has raised.
        """
        answer = [_packed(decide) if self.rank == 0 else b""]
        with _losses_noticed():
            torch.distributed.broadcast_object_list(answer, device=torch.device("cpu"))
        # also where it was decided, so that all go on from the same
        error, decision = torch.load(io.BytesIO(answer[0]), map_location="cpu", weights_only=False)
        if error is not None:
            raise error
        return decision


def _packed(decide: Callable[[], Any]) -> bytes:
    """An error, or None and a decision."""
    try:
        return _image((None, decide()))
    except Exception as error:
        try:
            return _image((error, None))
        except Exception:
            return _image((ElsewhereError(f"{type(error).__name__}: {error}"), None))


def _image(value: Any) -> bytes:
    image = io.BytesIO()
    torch.save(value, image)
    return image.getvalue()


@contextmanager
def _losses_noticed() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        reason = re.sub(r"^\[[^]]*\] *", "", str(error)).partition("\n")[0][:80]  # without the place in Gloo's source
        raise ProcessLost(
            f"another process of this training has ended ({reason}): see what it says; the same command goes on from "
            "the last finished epoch"
        ) from error


@contextmanager
def joined(own_gpu: bool) -> Iterator[TorchProcesses]:
    """Join the processes that share a training, as told by the environment that `torchrun` gives.

    Args:
        own_gpu: whether every process computes on a CUDA device of its own.

    Raises:
        ProcessLost: another process has ended.
    """
    backend = "cpu:gloo,cuda:nccl" if own_gpu else "gloo"
    # one that waits in here would hear no signal
    with ended_by_signals(), _losses_noticed():
        store, rank, world_size = next(iter(rendezvous("env://", timeout=PATIENCE)))
        if os.environ.get("GROUP_WORLD_SIZE") == "1":
            # processes that `torchrun` starts again find the store of those before, with addresses of the dead in it;
            # agents of several machines do not count starts alike
            start = f"start {os.environ['TORCHELASTIC_RESTART_COUNT']}"
            store = torch.distributed.PrefixStore(start, store)  # type: ignore[attr-defined]
        torch.distributed.init_process_group(backend, store=store, rank=rank, world_size=world_size, timeout=PATIENCE)
    yield TorchProcesses(rank, world_size)
    # not after an error: the others may be waiting for this process, which ends
    torch.distributed.destroy_process_group()
