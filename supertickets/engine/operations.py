"""What a net consists of when it is run: operations on tensors, and their form in memory that `kernels.c` reads."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from supertickets.engine.filters import Filters
from supertickets.engine.tensors import Tensor

Array = NDArray[np.generic]

KINDS = ("convolve", "copy", "resize", "mean", "multiply", "softmax", "normalise", "transpose")
"""In the order of the enumeration in `kernels.c`."""

POINTERS = (
    "in", "first", "second", "out", "entries", "starts", "scale", "bias", "row_low", "row_high", "column_low",
    "column_high", "row_share", "column_share",
)  # fmt: skip
COUNTS = (
    "channels", "height", "width", "depth", "in_height", "in_width", "in_row", "in_column", "in_channel", "first_row",
    "first_channel", "second_row", "second_channel", "out_row", "out_column", "out_channel", "odd", "relu",
)  # fmt: skip


class CompiledOperation(ctypes.Structure):
    """`Operation` of `kernels.c`."""

    _fields_ = (
        ("kind", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in POINTERS),
        *((name, ctypes.c_int64) for name in COUNTS),
        ("eps", ctypes.c_float),
    )


@dataclass(eq=False)
class Operation:
    """One pass over a tensor.

    Attributes:
        kind: one of `KINDS`.
        source: what is read; None for the picture that the net is given.
        out: what is written; None for the net's output.
        first, second: what is added to it, or the other factor of a product.
        filters: of a convolution.
        arrays: further arrays, by their name in `kernels.c`.
        counts: further numbers, by their name in `kernels.c`; they win over those that follow from the tensors.
        eps: of a normalisation.
    """

    kind: str
    source: Tensor | None
    out: Tensor | None
    first: Tensor | None = None
    second: Tensor | None = None
    filters: Filters | None = None
    relu: bool = False
    arrays: Mapping[str, Array] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    eps: float = 0.0

    def tensors(self) -> Iterator[Tensor]:
        """What it reads and writes in the net's own memory."""
        yield from (tensor for tensor in (self.source, self.first, self.second, self.out) if tensor is not None)

    def compiled(self, address: int) -> tuple[CompiledOperation, list[Array]]:
        """Its form in memory, and the arrays that have to live as long.

        Args:
            address: of the memory that the tensors lie in.
        """
        values: dict[str, int | float] = {"kind": KINDS.index(self.kind), "relu": self.relu, "eps": self.eps}
        for role, tensor in (("in", self.source), ("first", self.first), ("second", self.second), ("out", self.out)):
            if tensor is None:
                continue
            values[role] = address + 4 * tensor.offset
            values[f"{role}_row"], values[f"{role}_channel"] = tensor.form.row, tensor.form.channel
        if self.out is not None:
            form = self.out.form
            values |= {"channels": self.out.channels, "height": form.height, "width": form.width, "odd": form.odd}
        arrays = dict(self.arrays)
        if self.filters is not None:
            assert self.source is not None
            arrays |= self.filters.arrays(self.source.form)
            values["in_row"] = self.filters.stride * self.source.form.row
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        values |= {name: array.ctypes.data for name, array in arrays.items()}
        values |= self.counts
        return CompiledOperation(**values), list(arrays.values())


def steps_between(source: int, target: int) -> tuple[Array, Array, Array]:
    """Bilinear resizing along one side, pixels being areas: two neighbours of every pixel, and the second's share."""
    place = np.maximum((np.arange(target, dtype=np.float64) + 0.5) * (source / target) - 0.5, 0.0)
    low = np.minimum(place.astype(np.int32), source - 1)
    return low, np.minimum(low + 1, source - 1).astype(np.int32), (place - low).astype(np.float32)


def steps_to_nearest(source: int, target: int) -> tuple[Array, Array, Array]:
    """Nearest-neighbour resizing along one side, in the same form."""
    place = np.arange(target, dtype=np.float32) * np.float32(source / target)
    nearest = np.minimum(place.astype(np.int32), source - 1)
    return nearest, nearest, np.zeros(target, np.float32)


def resized(source: Tensor, out: Tensor, *, smooth: bool, first: Tensor | None = None, relu: bool = False) -> Operation:
    """`source` at the size of `out`, bilinear or nearest, plus `first`."""
    between = steps_between if smooth else steps_to_nearest
    arrays: dict[str, Array] = {}
    for side, (before, after) in {
        "row": (source.form.height, out.form.height), "column": (source.form.width, out.form.width)
    }.items():  # fmt: skip
        arrays[f"{side}_low"], arrays[f"{side}_high"], arrays[f"{side}_share"] = between(before, after)
    return Operation("resize", source, out, first=first, relu=relu, arrays=arrays)
