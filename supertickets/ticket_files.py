"""Ticket files: safetensors of kept weights and of where they stand, and what the ticket says of itself.

Format 3 holds, per type, the kept weights of all tensors end to end (`values/float32`) in the order of their names, and
the places of the kept weights (`places`). Names, types and shapes are not in the file: architecture and shape decide
them, and the digest covers them. Format 2, which is still read, holds every weight and every mask whole.
"""

from __future__ import annotations

import functools
import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from supertickets.architecture import Architecture, ArchitectureError, Shape
from supertickets.architectures import architectures
from supertickets.json_values import LONGEST, is_unicode
from supertickets.layouts import Layout
from supertickets.masks import Masks
from supertickets.places import FORMS, packed, packed_size, unpacked
from supertickets.purpose import Purpose
from supertickets.tensor_files import Entry, TicketError, parsed, read_tensors

FORMAT, WHOLE = "supertickets ticket 3", "supertickets ticket 2"
MOST_MASKED = 1 << 28
"""Elements under masks in one ticket, whose number the size of its file does not bound; the paper's has 1.2 million."""

MOST_FACTS = 32
"""Of a provenance."""

WEIGHTS, MASKS = "weights/", "masks/"
"""Prefixes of the names of tensors in a file of format 2."""
PLACES, VALUES = "places", "values/"
"""Names of tensors in a file of format 3."""

FIELDS: dict[str, tuple[type, bool]] = {
    "format": (str, True), "kind": (str, True), "architecture": (dict, True), "shape": (dict, True),
    "masks": (dict, True), "purpose": (dict, False), "provenance": (dict, False), "digest": (str, True),
}  # fmt: skip
"""What a ticket says of itself: type, and whether it has to."""
FIELDS_OF_WHOLE = {name: FIELDS[name] for name in ("format", "kind", "architecture", "shape")} | {
    "digest": (str, False)  # files of before digests have none
}


def image_of(
    architecture: Architecture,
    shape: Shape,
    weights: Mapping[str, Tensor],
    masks: Masks,
    purpose: Purpose | None,
    provenance: Mapping[str, str],
) -> bytes:
    """A file of format 3; equal tickets give equal bytes.

    Raises:
        TicketError: a weight that is not 0 where it is pruned, more weights than are read, or a provenance that no file
            holds.
    """
    if sum(mask.numel() for mask in masks.values()) > MOST_MASKED:
        raise TicketError(f"a ticket has at most {MOST_MASKED} weights under masks")
    parts: dict[str, list[Tensor]] = {}
    table: dict[str, tuple[str, int]] = {}
    for name, weight in sorted(weights.items()):
        flat = weight.flatten()
        if (mask := masks.get(name)) is not None:
            if flat.masked_select(~mask.flatten()).any():
                raise TicketError(f"{name} is not 0 where its mask prunes it")
            flat = flat.masked_select(mask.flatten())
            form, places = packed(mask)
            table[name] = (form, len(flat))
            parts.setdefault(PLACES, []).append(places)
        parts.setdefault(_values(weight.dtype), []).append(flat)
    tensors = {name: torch.cat(part) for name, part in parts.items()}
    about: dict[str, Any] = {
        "format": FORMAT,
        "kind": architecture.kind,
        "architecture": asdict(architecture),  # type: ignore[call-overload]
        "shape": shape,
        "masks": table,
    }
    if purpose is not None:
        about["purpose"] = asdict(purpose)
    if provenance:
        _check_provenance(provenance)
        about["provenance"] = dict(provenance)
    about["digest"] = digest_of(about, tensors, weights)
    return save(tensors, metadata={"ticket": json.dumps(about, sort_keys=True)})


class TicketFile:
    """A ticket file from anywhere: that all of it fits is known before a weight is read.

    Attributes:
        architecture, shape, weights, masks, purpose, provenance: of the ticket; `purpose` is None and `provenance`
            empty where the file does not say.

    Raises:
        TicketError: a damaged or foreign file, or parts that do not fit each other; without the path.
    """

    architecture: Architecture
    shape: Shape
    weights: dict[str, Tensor]
    masks: Masks
    purpose: Purpose | None = None
    provenance: Mapping[str, str]

    def __init__(self, path: Path) -> None:
        tensors = read_tensors(path, self._check)
        about = {name: value for name, value in self._about.items() if name != "digest"}
        whole = about["format"] == WHOLE
        digest = digest_of(about, tensors, {} if whole else self._layout.state)
        if self._about.get("digest", digest) != digest:
            raise TicketError("its values are not those that were stored")
        self.weights, self.masks = _whole_parts(tensors) if whole else self._unpacked(tensors)
        # sums of as few tensors as the file holds: looking at each of a thousand weights takes longer than reading
        if not all(bool(part.sum().isfinite()) for part in tensors.values() if part.is_floating_point()):
            _check_finite(self.weights)

    def _check(self, metadata: Mapping[str, str], entries: Mapping[str, Entry]) -> None:
        """Refuse whatever is not a ticket of an architecture that exists, with its weights and masks."""
        self._about = about = parsed(metadata.get("ticket", "{}"), "what it says of itself")
        if about.get("format") not in (FORMAT, WHOLE):
            raise TicketError(f"it is no ticket of this version (expected {FORMAT!r} or {WHOLE!r})")
        fields = FIELDS if about["format"] == FORMAT else FIELDS_OF_WHOLE
        for name, (kind, needed) in fields.items():
            if not isinstance(about.get(name), kind) and (name in about or needed):
                raise TicketError(f"its {name} is {str(about.get(name))[:80]!r}, which is none")
        if unknown := about.keys() - fields.keys():
            raise TicketError(f"it says {min(unknown)!r} of itself, which this version does not know")
        self._layout = self._laid_out(about)
        self.shape = about["shape"]
        if (purpose := about.get("purpose")) is not None:
            try:
                self.purpose = Purpose.from_values(purpose)
                self.purpose.check_outputs(self.architecture.outputs)
            except ValueError as error:
                raise TicketError(f"its purpose makes no sense: {error}") from error
        self.provenance = about.get("provenance", {})
        _check_provenance(self.provenance)
        if about["format"] == WHOLE:
            _check_whole(entries, self._layout)
        else:
            _check_packed(entries, self._layout, about["masks"])

    def _laid_out(self, about: Mapping[str, Any]) -> Layout:
        """What the net's state has to look like."""
        known = architectures()
        if about["kind"] not in known:
            raise TicketError(f"architecture {about['kind']!r} is none of {', '.join(known)}")
        try:
            self.architecture = known[about["kind"]].from_values(about["architecture"])
            with warnings.catch_warnings(action="ignore"):  # of layers without elements
                return self.architecture.layout(about["shape"])
        except ArchitectureError as error:
            raise TicketError(str(error)) from error
        except (TypeError, ValueError, LookupError, ArithmeticError, AssertionError, RuntimeError) as error:
            raise TicketError(f"its architecture cannot be built ({error})") from error

    def _unpacked(self, tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], Masks]:
        """Weights and masks of format 3, in the order of the net."""
        state, table = self._layout.state, self._about["masks"]
        lengths: dict[str, list[int]] = {part: [] for part in tensors}
        for name, like in sorted(state.items()):
            elements = like.elements
            if name in table:
                form, kept = table[name]
                lengths[PLACES].append(packed_size(form, kept, elements))
                elements = kept
            lengths[_values(like.dtype)].append(elements)
        pieces = {part: iter(tensor.split(lengths[part])) for part, tensor in tensors.items()}
        weights, masks = {}, {}
        for name, like in sorted(state.items()):
            values = next(pieces[_values(like.dtype)])
            if name in table:
                form, kept = table[name]
                mask, places = unpacked(form, next(pieces[PLACES]), kept, like.elements, name)
                whole = torch.zeros(like.elements, dtype=like.dtype)
                whole[places] = values
                weights[name], masks[name] = whole.view(like.shape), mask.view(like.shape)
            else:
                # in one memory with the others, since copies of two thousand take longer than reading does
                weights[name] = values if len(like.shape) == 1 else values.view(like.shape)
        ordered = list(state)
        return {name: weights[name] for name in ordered}, {name: masks[name] for name in ordered if name in masks}


def _check_provenance(provenance: Mapping[str, Any]) -> None:
    """Refuse all but a few short texts by name."""
    texts = [*provenance, *provenance.values()]
    if len(provenance) > MOST_FACTS or not all(is_unicode(text) and len(text) <= LONGEST for text in texts):
        raise TicketError(
            f"its provenance is not at most {MOST_FACTS} texts by name, of at most {LONGEST} letters each"
        )


@functools.cache
def _values(dtype: torch.dtype) -> str:
    """Which part of a file of format 3 holds values of this type."""
    return f"{VALUES}{str(dtype).removeprefix('torch.')}"


def _check_packed(entries: Mapping[str, Entry], layout: Layout, table: Mapping[str, Any]) -> None:
    """Refuse parts of other types or lengths than the state of the net and the masks ask for."""
    state, parameters = layout
    for name, row in table.items():
        if name not in parameters:
            raise TicketError(f"it has a mask of {name!r}, no parameter of the net of its architecture")
        match row:
            case [str(form), int(kept)] if form in FORMS and type(kept) is int and 0 <= kept <= state[name].elements:
                pass
            case _:
                raise TicketError(f"its mask of {name} is {str(row)[:80]!r}, no form and number of what is kept")
    if sum(state[name].elements for name in table) > MOST_MASKED:
        raise TicketError(f"it has more weights under masks than {MOST_MASKED}, the most that are read")
    types, lengths = {PLACES: torch.uint8}, dict.fromkeys([PLACES] if table else [], 0)
    for name, value in state.items():
        part, elements = _values(value.dtype), value.elements
        types[part] = value.dtype
        if name in table:
            form, kept = table[name]
            lengths[PLACES] += packed_size(form, kept, elements)
            elements = kept
        lengths[part] = lengths.get(part, 0) + elements
    _check_entries(entries, {part: Entry(types[part], (length,)) for part, length in lengths.items()}, {})


def _check_whole(entries: Mapping[str, Entry], layout: Layout) -> None:
    """Refuse tensors of format 2 that are not exactly the state of the net, and masks of its parameters."""
    state, parameters = layout
    masks = {f"{MASKS}{name}": Entry(torch.bool, state[name].shape) for name in parameters}
    _check_entries(entries, {f"{WEIGHTS}{name}": entry for name, entry in state.items()}, masks)


def _check_entries(entries: Mapping[str, Entry], needed: Mapping[str, Entry], allowed: Mapping[str, Entry]) -> None:
    if missing := needed.keys() - entries.keys():
        raise TicketError(f"it lacks {min(missing)!r}")
    for name, entry in entries.items():
        fitting = needed.get(name) or allowed.get(name)
        if fitting is None:
            raise TicketError(f"it holds {name!r}, which the net of its architecture does not have")
        if entry != fitting:
            raise TicketError(
                f"{name!r} is {entry.dtype} of shape {entry.shape}, the net needs {fitting.dtype} of {fitting.shape}"
            )


def _whole_parts(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], Masks]:
    """Weights and masks of format 2."""
    weights = {name.removeprefix(WEIGHTS): value for name, value in tensors.items() if name.startswith(WEIGHTS)}
    masks = {name.removeprefix(MASKS): value for name, value in tensors.items() if name.startswith(MASKS)}
    _check_finite(weights)
    for name, mask in masks.items():
        if (mask.view(torch.uint8) > 1).any():
            raise TicketError(f"the mask of {name} holds other bytes than 0 and 1")
        if weights[name].masked_select(~mask).any():
            raise TicketError(f"{name} is not 0 where its mask prunes it")
    return weights, masks


def _check_finite(weights: Mapping[str, Tensor]) -> None:
    for name, weight in weights.items():
        if not weight.isfinite().all():
            raise TicketError(f"{name} holds NaN or infinity: the run that wrote it has diverged")


def digest_of(about: Mapping[str, Any], tensors: Mapping[str, Tensor], state: Mapping[str, Tensor | Entry]) -> str:
    """SHA-256 of what a ticket says and holds, and of the names, types and shapes of `state`, if they are implied."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    implied = (f"{name} {value.dtype} {tuple(value.shape)}" for name, value in sorted(state.items()))
    digest.update("".join(implied).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
