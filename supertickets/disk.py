"""What a ticket weighs on disk: all weights, or the non-zero ones and where they stand.

A sparse file holds, per tensor, its non-zero values and where they stand: the gap before each of them (zeros since the
last non-zero value, row-major), in the smallest unsigned type that holds the largest gap, or one bit per element,
whichever is smaller. A tensor for which neither is smaller is stored whole, and so are all where the file would not be
smaller. Both files are safetensors and give back every bit, so only +0.0 counts as zero. The mask is not stored: a net
runs without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from supertickets.memory import INTEGERS, stored_form
from supertickets.places import GAPS, gaps_of, places_of
from supertickets.tensor_files import MOST_DIMENSIONS, Entry, TicketError, check_storable, read_tensors

Parts = tuple[dict[str, Tensor], dict[str, str]]
"""Tensors and metadata of a safetensors file."""

MOST_ELEMENTS = 1 << 31
"""Of a weight in a sparse file, whose size does not bound it."""

_PLACES = {"gaps": GAPS, "bits": (torch.uint8,)}
"""How a file says where values stand -> types it may have."""


@dataclass(frozen=True)
class DiskSize:
    """Sizes of real files, in bytes: every weight and buffer stored whole, or without its zeros."""

    dense_bytes: int
    sparse_bytes: int


def disk_size(weights: Mapping[str, Tensor]) -> DiskSize:
    """Write both files of a ticket's weights, or of any net's state, to a temporary folder, read and measure them.

    Raises:
        TicketError: for what no file holds, or when a file did not give back every bit of the weights.
    """
    check_storable(weights)
    with TemporaryDirectory() as folder:
        sizes = []
        for kind, write in (("dense", write_dense), ("sparse", write_sparse)):
            path = Path(folder) / f"{kind}.safetensors"
            sizes.append(write(weights, path))
            back = read_weights(path)
            for name, weight in weights.items():
                if not _same_bits(back[name], weight):
                    raise TicketError(f"{name} changed in the {kind} file: its size means nothing; report this bug")
    return DiskSize(*sizes)


def write_dense(weights: Mapping[str, Tensor], path: Path) -> int:
    """Store every weight; returns the file's size in bytes."""
    return path.write_bytes(_file(_whole(name, weight) for name, weight in weights.items()))


def write_sparse(weights: Mapping[str, Tensor], path: Path) -> int:
    """Store non-zero weights and their places where that is smaller; returns the file's size in bytes."""
    forms = (_whole, _with_gaps, _with_bits)
    whole = [_whole(name, weight) for name, weight in weights.items()]
    smaller = [
        min((form(name, weight) for form in forms), key=lambda part: len(save(*part)))
        for name, weight in weights.items()
    ]
    # a tensor's header is longer among others: many that hardly gain lose together
    return path.write_bytes(min(_file(smaller), _file(whole), key=len))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights of a dense or sparse file, by name, on the CPU.

    Raises:
        TicketError: a missing, damaged or foreign file.
    """
    shapes: dict[str, list[int]] = {}
    try:
        tensors = read_tensors(path, lambda metadata, entries: shapes.update(_checked_shapes(metadata, entries)))
        weights = {
            name: _with_zeros(name, part, tensors.get(f"gaps/{name}"), tensors.get(f"bits/{name}"), shapes)
            for kind, _, name, part in ((*key.partition("/"), part) for key, part in sorted(tensors.items()))
            if kind not in _PLACES
        }
    except TicketError as error:
        raise TicketError(f"cannot read weights {path}: {error}; write the file again") from error
    return weights


def _checked_shapes(metadata: Mapping[str, str], entries: Mapping[str, Entry]) -> Mapping[str, list[int]]:
    """The shapes of sparse weights, once it is known that their values, places and shapes are all there and bounded."""
    shapes = {name: json.loads(text) for name, text in metadata.items()}
    for key, entry in entries.items():
        kind, _, name = key.partition("/")
        if kind == "whole":
            continue
        if kind != "values" and kind not in _PLACES:
            raise TicketError(f"it holds {key!r}, no part of a weight file; was it written by another tool?")
        if kind in _PLACES and entry.dtype not in _PLACES[kind]:
            raise TicketError(f"{kind} of {name} are {entry.dtype}: {', '.join(map(str, _PLACES[kind]))} are read")
        places = [each for each in _PLACES if f"{each}/{name}" in entries]
        if f"values/{name}" not in entries or len(places) != 1 or not _is_shape(shapes.get(name)):
            raise TicketError(
                f"{name} lacks its values, its gaps or bits, or a shape of at most {MOST_ELEMENTS} elements"
            )
        values, where = entries[f"values/{name}"].shape, entries[f"{places[0]}/{name}"].shape
        expected = values if places == ["gaps"] else (-(-prod(shapes[name]) // 8),)
        if len(values) != 1 or where != expected:
            raise TicketError(f"values and {places[0]} of {name} differ in number")
    return shapes


def _is_shape(value: Any) -> bool:
    if not isinstance(value, list) or not all(type(size) is int and size >= 0 for size in value):
        return False
    return len(value) <= MOST_DIMENSIONS and prod(value) <= MOST_ELEMENTS


def _with_zeros(
    name: str, part: Tensor, gaps: Tensor | None, bits: Tensor | None, shapes: Mapping[str, list[int]]
) -> Tensor:
    """A weight from its values and where they stand; `part` itself where nothing says so: it was stored whole."""
    if gaps is None and bits is None:
        return part
    flat = torch.zeros(prod(shapes[name]), dtype=part.dtype)
    if bits is not None:
        unpacked = torch.from_numpy(np.unpackbits(bits.numpy()))
        places = unpacked.nonzero().squeeze(1)
        if len(places) != len(part) or (len(places) and int(places[-1]) >= len(flat)):
            raise TicketError(f"bits of {name} mark {len(places)} of its {len(flat)} elements for {len(part)} values")
    else:
        assert gaps is not None
        places = places_of(gaps, len(flat), name)
    flat[places] = part
    return flat.view(shapes[name])


def _file(parts: Iterable[Parts]) -> bytes:
    tensors: dict[str, Tensor] = {}
    shapes: dict[str, str] = {}
    for held, described in parts:
        tensors |= held
        shapes |= described
    return save(tensors, shapes)


def _whole(name: str, weight: Tensor) -> Parts:
    return {f"whole/{name}": stored_form(weight)}, {}


def _with_gaps(name: str, weight: Tensor) -> Parts:
    flat = stored_form(weight).view(-1)
    places = _bits(flat).nonzero().squeeze(1)
    parts = {f"values/{name}": flat[places], f"gaps/{name}": gaps_of(places)}
    return parts, {name: json.dumps(list(weight.shape))}


def _with_bits(name: str, weight: Tensor) -> Parts:
    flat = stored_form(weight).view(-1)
    kept = _bits(flat) != 0
    parts = {f"values/{name}": flat[kept], f"bits/{name}": torch.from_numpy(np.packbits(kept.numpy()))}
    return parts, {name: json.dumps(list(weight.shape))}


def _bits(tensor: Tensor) -> Tensor:
    """The same bits read as integers, for which -0.0 is not 0 and NaN equals itself."""
    return tensor.view(INTEGERS[tensor.itemsize])


def _same_bits(one: Tensor, other: Tensor) -> bool:
    if (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    return torch.equal(_bits(stored_form(one)), _bits(stored_form(other)))
