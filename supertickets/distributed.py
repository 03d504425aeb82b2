"""Processes of `torch.distributed`, on one machine or many, as `torchrun` starts them.

They are a context: `with joined(device) as processes`. On CUDA devices of their own they exchange tensors by NCCL, else
by Gloo; decisions go by Gloo always.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed
from torch import Tensor

Decision = TypeVar("Decision")

PATIENCE = timedelta(days=1)
"""How long a process waits for another, which may score a net alone meanwhile; one that has ended is noticed at once."""


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
        raise ProcessLost(
            "another process of this training has ended, see what it says: start all of them again to go on from the "
            "last finished epoch"
        ) from error


def launched() -> bool:
    """Whether this process is one of those that `torchrun` has started."""
    return torch.distributed.is_available() and torch.distributed.is_torchelastic_launched()


@contextmanager
def joined(device: torch.device) -> Iterator[TorchProcesses]:
    """Join the processes that share a training, as told by the environment that `torchrun` gives.

    Args:
        device: where this process computes; a CUDA device without a number is shared by all.
    """
    shared = device.type != "cuda" or device.index is None
    torch.distributed.init_process_group("gloo" if shared else "cpu:gloo,cuda:nccl", timeout=PATIENCE)
    try:
        yield TorchProcesses(torch.distributed.get_rank(), torch.distributed.get_world_size())
    finally:
        torch.distributed.destroy_process_group()
