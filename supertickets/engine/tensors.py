"""Where the tensors of a net lie: planes with zeros around them, in one block of memory, used again and again.

A plane is an image of one channel. The zeros to the right of a row are those to the left of the next; above and below
are as many rows of them. Operations write pixels only, so the zeros stay when the memory is used again by planes of
the same form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

HALO = 3
"""Zeros on every side: half of the widest filter, 7 x 7."""
LINE = 16
"""Floats of a cache line, and of the widest vector: one of those may be read beyond the end of a row."""
SLACK = 8 * LINE
"""Floats before the first and behind the last plane that may be read: one tile of vectors."""


@dataclass(frozen=True)
class Form:
    """Size of a plane; `separated` when even and odd columns lie apart, as a filter of stride 2 reads them."""

    height: int
    width: int
    separated: bool = False

    @property
    def row(self) -> int:
        """Floats from one row to the next."""
        columns = -(-self.width // 2) if self.separated else self.width
        return -(-(columns + HALO) // LINE) * LINE

    @property
    def part(self) -> int:
        """Floats of a plane, or of its even columns: an odd number of cache lines.

        Planes a power of two apart would compete for the same places in the cache.
        """
        lines = (self.height + 2 * HALO) * self.row // LINE
        return (lines + 1 - lines % 2) * LINE

    @property
    def channel(self) -> int:
        """Floats from one channel to the next."""
        return 2 * self.part + LINE if self.separated else self.part

    @property
    def odd(self) -> int:
        """Floats from even columns to odd ones; 0 when they are not separated."""
        return self.part if self.separated else 0


@dataclass(eq=False)
class Buffer:
    """Memory for planes of one form; where is decided when all operations are known."""

    form: Form
    channels: int
    offset: int = -1


@dataclass(frozen=True)
class Tensor:
    """Some consecutive channels of a buffer."""

    buffer: Buffer
    first: int
    channels: int

    @classmethod
    def new(cls, channels: int, form: Form) -> Tensor:
        """A tensor with a buffer of its own."""
        return cls(Buffer(form, channels), 0, channels)

    @property
    def form(self) -> Form:
        return self.buffer.form

    def part(self, first: int, channels: int) -> Tensor:
        """Channels `first` to `first + channels` of it."""
        return Tensor(self.buffer, self.first + first, channels)

    @property
    def offset(self) -> int:
        """Floats from the beginning of the memory to the first pixel."""
        form = self.form
        return self.buffer.offset + HALO * form.row + LINE + self.first * form.channel


class Uses(Protocol):
    """An operation, as far as it matters here."""

    def tensors(self) -> Iterable[Tensor]:
        """What it reads and writes."""


@dataclass
class Memory:
    """Places of buffers.

    Attributes:
        floats: how much is needed.
    """

    floats: int = SLACK
    _free: dict[Form, list[Buffer]] = field(default_factory=dict)

    def place(self, operations: Sequence[Uses], fixed: Iterable[Buffer] = ()) -> None:
        """Give every buffer of the operations, which are carried out in this order, a place.

        Args:
            fixed: buffers whose content stays for ever.
        """
        for buffer in fixed:
            self._new(buffer)
        kept = set(fixed)
        last = {tensor.buffer: number for number, one in enumerate(operations) for tensor in one.tensors()}
        for number, one in enumerate(operations):
            used = dict.fromkeys(tensor.buffer for tensor in one.tensors() if tensor.buffer not in kept)
            for buffer in used:
                if buffer.offset < 0:
                    self._take(buffer)
            for buffer in used:
                if last[buffer] == number:
                    self._free.setdefault(buffer.form, []).append(buffer)

    def _take(self, buffer: Buffer) -> None:
        """The smallest free place that is large enough, or a new one."""
        free = self._free.get(buffer.form, [])
        fitting = [other for other in free if other.channels >= buffer.channels]
        if not fitting:
            self._new(buffer)
            return
        chosen = min(fitting, key=lambda other: other.channels)
        free.remove(chosen)
        buffer.offset, buffer.channels = chosen.offset, chosen.channels

    def _new(self, buffer: Buffer) -> None:
        buffer.offset = self.floats
        # a tile may be read beyond the last row of the last plane, and LINE floats lie before the first row
        self.floats += buffer.channels * buffer.form.channel + LINE + SLACK
