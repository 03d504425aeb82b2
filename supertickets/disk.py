"""What a ticket weighs on disk: all weights, or the non-zero ones and where they stand.

A sparse file holds, per tensor, its non-zero values and the gap before each of them (zeros since the last non-zero
value, row-major), in the smallest unsigned type that holds the largest gap; a tensor for which that is not smaller is
stored whole, and so are all where the file would not be smaller. Both files are safetensors and give back every bit, so
only +0.0 counts as zero. The mask is not stored: a net runs without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    """Store non-zero weights and their gaps where that is smaller; returns the file's size in bytes."""
    whole = [_whole(name, weight) for name, weight in weights.items()]
    sparse = [_without_zeros(name, weight) for name, weight in weights.items()]
    smaller = [min(both, key=lambda part: len(save(*part))) for both in zip(whole, sparse, strict=True)]
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
            name: _with_zeros(name, part, tensors.get(f"gaps/{name}"), shapes)
            for kind, _, name, part in ((*key.partition("/"), part) for key, part in sorted(tensors.items()))
            if kind != "gaps"
        }
    except TicketError as error:
        raise TicketError(f"cannot read weights {path}: {error}; write the file again") from error
    return weights


def _checked_shapes(metadata: Mapping[str, str], entries: Mapping[str, Entry]) -> Mapping[str, list[int]]:
    """The shapes of sparse weights, once it is known that their values, gaps and shapes are all there and bounded."""
    shapes = {name: json.loads(text) for name, text in metadata.items()}
    for key, entry in entries.items():
        kind, _, name = key.partition("/")
        other = {"values": "gaps", "gaps": "values"}.get(kind)
        if kind != "whole" and other is None:
            raise TicketError(f"it holds {key!r}, no part of a weight file; was it written by another tool?")
        if other and (len(entry.shape) != 1 or entries.get(f"{other}/{name}", entry).shape != entry.shape):
            raise TicketError(f"values and gaps of {name} differ in number")
        if kind == "gaps" and entry.dtype not in GAPS:
            raise TicketError(f"gaps of {name} are {entry.dtype}: {', '.join(map(str, GAPS))} are read")
        if other and (f"{other}/{name}" not in entries or not _is_shape(shapes.get(name))):
            raise TicketError(f"{name} lacks its {other} or a shape of at most {MOST_ELEMENTS} elements")
    return shapes


def _is_shape(value: Any) -> bool:
    if not isinstance(value, list) or not all(type(size) is int and size >= 0 for size in value):
        return False
    return len(value) <= MOST_DIMENSIONS and prod(value) <= MOST_ELEMENTS


def _with_zeros(name: str, part: Tensor, gaps: Tensor | None, shapes: Mapping[str, list[int]]) -> Tensor:
    """A weight from its values and the gaps between them; `part` itself where it has no gaps: it was stored whole."""
    if gaps is None:
        return part
    flat = torch.zeros(prod(shapes[name]), dtype=part.dtype)
    flat[places_of(gaps, len(flat), name)] = part
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


def _without_zeros(name: str, weight: Tensor) -> Parts:
    flat = stored_form(weight).view(-1)
    places = _bits(flat).nonzero().squeeze(1)
    parts = {f"values/{name}": flat[places], f"gaps/{name}": gaps_of(places)}
    return parts, {name: json.dumps(list(weight.shape))}


def _bits(tensor: Tensor) -> Tensor:
    """The same bits read as integers, for which -0.0 is not 0 and NaN equals itself."""
    return tensor.view(INTEGERS[tensor.itemsize])


def _same_bits(one: Tensor, other: Tensor) -> bool:
    if (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    return torch.equal(_bits(stored_form(one)), _bits(stored_form(other)))
