"""Where the values of a sparse tensor stand, in few bytes: gaps between them, or one bit per element.

Gaps cannot be unsorted or name a place twice: whatever they are, the places rise.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from supertickets.tensor_files import TicketError

GAPS = (torch.uint8, torch.uint16, torch.uint32, torch.uint64)
"""Types of gaps."""

FORMS = ("bits", "uint8", "uint16", "uint32")
"""Of packed places: one bit per element, or gaps of a type."""


def gaps_of(places: Tensor) -> Tensor:
    """Zeros before each of the ascending places, int64 `(n,)`, since the one before, in the smallest type that fits."""
    gaps = places.diff(prepend=places.new_tensor([-1])) - 1
    largest = int(gaps.max()) if len(gaps) else 0
    return gaps.to(next(kind for kind in GAPS if largest <= torch.iinfo(kind).max))


def places_of(gaps: Tensor, elements: int, name: str) -> Tensor:
    """Undo `gaps_of`, int64 `(n,)`, for a tensor of so many elements.

    Raises:
        TicketError: for gaps that lead beyond it; named `name` for people.
    """
    gaps = gaps.to(torch.int64)  # beyond its range, below 0
    within = not len(gaps) or (int(gaps.min()) >= 0 and int(gaps.max()) < elements)
    places = (gaps + 1).cumsum(0) - 1
    if not within or (len(gaps) and int(places[-1]) >= elements):
        raise TicketError(f"gaps of {name} lead beyond its {elements} elements")
    return places


def packed_size(form: str, kept: int, elements: int) -> int:
    """Bytes of the places of `kept` among so many elements."""
    return -(-elements // 8) if form == "bits" else kept * np.dtype(form).itemsize


def packed(mask: Tensor) -> tuple[str, Tensor]:
    """Where a mask is True: the smaller form, and its bytes, uint8 `(n,)`."""
    flat = mask.flatten()
    gaps = gaps_of(flat.nonzero().squeeze(1))
    if gaps.nbytes < packed_size("bits", 0, len(flat)):
        return str(gaps.dtype).removeprefix("torch."), gaps.view(torch.uint8)
    return "bits", torch.from_numpy(np.packbits(flat.numpy(), bitorder="little"))


def unpacked(form: str, content: Tensor, kept: int, elements: int, name: str) -> tuple[Tensor, Tensor]:
    """Undo `packed`: a mask, bool `(elements,)`, and where its `kept` True are, int64 `(kept,)`, ascending.

    Args:
        content: `packed_size` bytes, uint8.
        name: of the tensor, for people.

    Raises:
        TicketError: for places beyond the elements, or another number of them.
    """
    if form == "bits":
        bits = np.unpackbits(content.numpy(), bitorder="little")
        found = np.flatnonzero(bits)
        if len(found) != kept or bits[elements:].any():
            raise TicketError(f"the mask of {name} has not {kept} bits set, all within its {elements} elements")
        return torch.from_numpy(bits[:elements]).view(torch.bool), torch.from_numpy(found)
    gaps = torch.from_numpy(np.frombuffer(content.numpy().tobytes(), form).astype(np.int64))
    mask, places = torch.zeros(elements, dtype=torch.bool), places_of(gaps, elements, name)
    mask[places] = True
    return mask, places
