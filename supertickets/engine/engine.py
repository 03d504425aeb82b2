"""Runs a ticket on the CPU without multiplying by its zeros."""

from __future__ import annotations

import ctypes
import mmap
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from supertickets.engine.lowering import lowered
from supertickets.engine.operations import CompiledOperation
from supertickets.engine.tensors import LINE, Memory
from supertickets.kernels import library
from supertickets.supernet.net import Supernet
from supertickets.ticket import Ticket

SOURCE = Path(__file__).with_name("kernels.c")
MOST_THREADS = 256
SIZES_KEPT = 4
"""Sizes of pictures that are kept ready."""


class EngineError(ValueError):
    """A net or a picture that the engine cannot run; the message names it and the remedy."""


class Block:
    """Memory that is aligned to cache lines and full of zeros."""

    def __init__(self, floats: int) -> None:
        self.mapped = mmap.mmap(-1, 4 * floats)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            self.mapped.madvise(mmap.MADV_HUGEPAGE)
        self.floats = np.frombuffer(self.mapped, np.float32)

    @property
    def address(self) -> int:
        return self.floats.ctypes.data


class Program:
    """A net for pictures of one size, ready to run.

    Args:
        allocate: gives the memory for so many floats.
    """

    def __init__(self, net: Supernet, height: int, width: int, allocate: Callable[[int], Block] = Block) -> None:
        lowering = lowered(net, height, width)
        memory = Memory()
        memory.place(lowering.operations, [tensor.buffer for tensor, _ in lowering.constants])
        self._block = allocate(-(-memory.floats // LINE) * LINE)
        for tensor, values in lowering.constants:
            form = tensor.form
            shape, steps = values.shape, (4 * form.channel, 4 * form.row, 4)
            np.lib.stride_tricks.as_strided(self._block.floats[tensor.offset :], shape, steps)[:] = values
        compiled = [operation.compiled(self._block.address) for operation in lowering.operations]
        self._arrays = [array for _, arrays in compiled for array in arrays]
        self._operations = (CompiledOperation * len(compiled))(*(operation for operation, _ in compiled))
        last = self._operations[-1]
        self.output_shape = (last.channels, last.height, last.width)

    def run(self, picture: Tensor, out: Tensor, threads: int) -> None:
        """Compute `out` from one contiguous picture `(3, height, width)`."""
        setattr(self._operations[0], "in", picture.data_ptr())
        self._operations[-1].out = out.data_ptr()
        run = library(SOURCE).run
        run(ctypes.c_void_p(ctypes.addressof(self._operations)), *map(ctypes.c_int64, (len(self._operations), threads)))


class Engine:
    """A ticket, or a supernet in eval mode, compiled to operations that skip its zeros.

    The weights are copied: what happens to the net afterwards does not matter. Not for several threads at a time.

    Args:
        threads: that work on one picture together.

    Raises:
        EngineError: another kind of net, or a number of threads out of range.
        KernelsUnavailable: there is no C compiler.
    """

    def __init__(self, ticket: Ticket | nn.Module, threads: int = 1) -> None:
        net = ticket.net() if isinstance(ticket, Ticket) else ticket
        if not isinstance(net, Supernet):
            raise EngineError(f"the engine runs supernets and their tickets, not {type(net).__name__}")
        if not 1 <= threads <= MOST_THREADS:
            raise EngineError(f"threads is {threads}: give a number from 1 to {MOST_THREADS}")
        library(SOURCE)
        self.threads = threads
        self._net = _copied(net)
        self._programs: OrderedDict[tuple[int, int], Program] = OrderedDict()

    def __call__(self, images: Tensor) -> Tensor:
        """Outputs of the net in eval mode for normalised images, float32 `(B, 3, H, W)` on the CPU.

        Raises:
            EngineError: images of another shape, type or device.
        """
        if images.dim() != 4 or images.shape[1] != 3 or 0 in images.shape[2:]:
            raise EngineError(f"images have shape {tuple(images.shape)}: give (B, 3, H, W)")
        if images.dtype != torch.float32 or images.device.type != "cpu":
            raise EngineError(f"images are {images.dtype} on {images.device}: give float32 on the CPU")
        program = self._program(images.shape[2], images.shape[3])
        channels, height, width = program.output_shape
        outputs = torch.empty(len(images), channels, height, width)
        for picture, out in zip(images.detach(), outputs, strict=True):
            program.run(picture.contiguous(), out, self.threads)
        return outputs.flatten(1) if self._net.config.head_kind == "classification" else outputs

    def _program(self, height: int, width: int) -> Program:
        if (height, width) not in self._programs:
            self._programs[height, width] = Program(self._net, height, width)
            while len(self._programs) > SIZES_KEPT:
                self._programs.popitem(last=False)
        self._programs.move_to_end((height, width))
        return self._programs[height, width]


def _copied(net: Supernet) -> Supernet:
    """A copy on the CPU in eval mode."""
    ticket = Ticket.of(net.config, net, {})
    return ticket.net().eval()  # type: ignore[return-value]
