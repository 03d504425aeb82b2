"""Samples as they were decoded, kept in memory up to a budget that all processes of a training share."""

from __future__ import annotations

import math
import mmap
import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

WORD = 8
"""Bytes of a whole number, and what tensors are aligned to."""

BEGUN = -1
"""In the list of places: somebody is writing it."""


class Kept:
    """What was decoded first stays; when the budget is used up, the rest is decoded again and again.

    Nothing is put out for something else: a training passes over all samples again and again, so that what was used
    longest ago is what it needs next.

    Processes that are forked later share it. Memory is taken as it is used.

    Args:
        samples: how many there can be.
        budget: bytes for everything, the list of places included.

    Raises:
        ValueError: a budget that is too small for the list alone.
    """

    def __init__(self, samples: int, budget: int) -> None:
        listed = WORD * (samples + 1)
        if budget <= listed:
            raise ValueError(f"{budget} bytes keep nothing: the list of {samples} samples takes {listed} of them")
        self._arena = np.frombuffer(mmap.mmap(-1, budget), np.uint8)
        self._places = self._arena[:listed].view(np.int64)
        """Of each sample where it begins, 0 where it is not there; last, where the next one will begin."""
        self._places[-1] = listed
        self._lock = multiprocessing.get_context("fork").Lock()

    @property
    def used(self) -> int:
        """Bytes taken so far."""
        return int(self._places[-1])

    def sample(self, number: int, decode: Callable[[], Any]) -> Any:
        """What `decode` gives for a sample, a tensor or a tuple of tensors, all uint8: kept, or decoded now."""
        with self._lock:
            place = int(self._places[number])
        if place > 0:
            return self._read(place)
        found = decode()
        self._keep(number, found)
        return found

    def _keep(self, number: int, found: Tensor | tuple[Tensor, ...]) -> None:
        tensors = found if isinstance(found, tuple) else (found,)
        assert all(tensor.dtype == torch.uint8 for tensor in tensors)
        heading = _heading(tensors, isinstance(found, tuple))
        size = WORD * len(heading) + sum(_aligned(tensor.numel()) for tensor in tensors)
        with self._lock:
            place = int(self._places[-1])
            if self._places[number] != 0 or place + size > len(self._arena):
                return
            self._places[number], self._places[-1] = BEGUN, place + size
        position = place + WORD * len(heading)
        self._arena[place:position].view(np.int64)[:] = heading
        for tensor in tensors:
            flat = tensor.reshape(-1).numpy()
            self._arena[position : position + len(flat)] = flat
            position += _aligned(len(flat))
        with self._lock:
            self._places[number] = place

    def _read(self, place: int) -> Tensor | tuple[Tensor, ...]:
        words = self._arena[place:]
        length, several, count = (int(word) for word in words[: 3 * WORD].view(np.int64))
        heading = [int(word) for word in words[3 * WORD : length * WORD].view(np.int64)]
        position, tensors = length * WORD, []
        for _ in range(count):
            shape, heading = heading[1 : 1 + heading[0]], heading[1 + heading[0] :]
            size = math.prod(shape)
            # a copy: whoever gets it may write to it
            tensors.append(torch.from_numpy(words[position : position + size].copy()).view(shape))
            position += _aligned(size)
        return tuple(tensors) if several else tensors[0]


def _heading(tensors: Sequence[Tensor], several: bool) -> list[int]:
    """Its own length, whether it is a tuple, how many tensors, and of each the number of axes and their lengths."""
    shapes = [word for tensor in tensors for word in (tensor.dim(), *tensor.shape)]
    return [3 + len(shapes), int(several), len(tensors), *shapes]


def _aligned(size: int) -> int:
    return -(-size // WORD) * WORD
