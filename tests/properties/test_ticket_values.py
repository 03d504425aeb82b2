"""Weights and masks of a ticket file: what does not fit, or is not what was stored, is one error."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor

from supertickets.places import packed_size
from supertickets.ticket import Ticket, TicketError
from supertickets.ticket_files import digest_of
from tests.example_tickets import WHOLE, image
from tests.properties.small import TINY
from tests.ticket_strategies import parts

pytestmark = pytest.mark.fast


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ticket.safetensors"


def with_values(path: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    """Write a file of before digests whose values are odd."""
    tensors, (content, _) = load(WHOLE), parts(WHOLE)
    change(tensors)
    about = {name: value for name, value in content["about"].items() if name != "digest"}
    path.write_bytes(save(tensors, metadata={"ticket": json.dumps(about)}))


def first(tensors: dict[str, Tensor]) -> str:
    """Name of a weight that has a mask."""
    return next(name for name in sorted(tensors) if f"masks/{name.removeprefix('weights/')}" in tensors)


def masked(tensors: dict[str, Tensor]) -> Tensor:
    return tensors[f"masks/{first(tensors).removeprefix('weights/')}"]


def unpruned(tensors: dict[str, Tensor]) -> None:
    tensors[first(tensors)][~masked(tensors)] = 1e-30


VALUES: dict[str, tuple[Callable[[dict[str, Tensor]], None], str]] = {
    "not a number": (lambda t: t[first(t)].view(-1)[:1].fill_(math.nan), "holds NaN or infinity: the run that wrote"),
    "infinite": (lambda t: t[first(t)].view(-1)[-1:].fill_(-math.inf), "holds NaN or infinity: the run that wrote"),
    "not 0 where pruned": (unpruned, "is not 0 where its mask prunes it"),
    "bytes that are no bool": (lambda t: masked(t).view(torch.uint8).view(-1)[:1].fill_(7), "other bytes than 0 and 1"),
}


@pytest.mark.parametrize("kind", VALUES)
def test_odd_values(path: Path, kind: str) -> None:
    change, message = VALUES[kind]
    with_values(path, change)
    with pytest.raises(TicketError, match=message):
        Ticket.load(path)


def places_of(name: str, tensors: dict[str, Tensor], about: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
    """The packed places of one mask, to be changed."""
    first = 0
    for each, (form, kept) in sorted(about["masks"].items()):
        size = packed_size(form, kept, state[each].numel())
        if each == name:
            return tensors["places"][first : first + size]
        first += size
    raise KeyError(name)


def of_form(about: dict[str, Any], form: str) -> str:
    return next(name for name, (each, kept) in about["masks"].items() if each == form and kept > 1)


def move_a_bit(places: Tensor, elements: int) -> None:
    """Clear a bit that is set and set one behind the last: as many as before."""
    bits = torch.from_numpy(np.unpackbits(places.numpy(), bitorder="little"))
    assert len(bits) > elements
    bits[int(bits.nonzero()[0])], bits[elements] = 0, 1
    places.copy_(torch.from_numpy(np.packbits(bits.numpy(), bitorder="little")))


PLACES: dict[str, tuple[int, str, Callable[[Tensor, int], object], str]] = {
    "a bit more": (50, "bits", lambda places, _: places[:1].bitwise_not_(), "has not [0-9]+ bits set, all within its"),
    "a bit beyond": (
        50, "bits", move_a_bit, "has not [0-9]+ bits set, all within its",
    ),
    "a gap that leads out": (95, "uint8", lambda places, _: places[-1:].fill_(255), "lead beyond its"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLACES)
def test_odd_places(path: Path, kind: str) -> None:
    """With a digest that fits: whoever writes such a file can compute it."""
    percent, form, damage, message = PLACES[kind]
    path.write_bytes(image(percent))
    state = Ticket.load(path).weights
    tensors, (content, _) = load(image(percent)), parts(image(percent))
    about = content["about"]
    of_odd_size = [name for name, row in about["masks"].items() if row[0] == form and state[name].numel() % 8]
    name = of_odd_size[0] if kind == "a bit beyond" else of_form(about, form)
    damage(places_of(name, tensors, about, state), state[name].numel())
    write_signed(path, tensors, about, state)
    with pytest.raises(TicketError, match=f"{name} {message}"):
        Ticket.load(path)


def write_signed(path: Path, tensors: dict[str, Tensor], about: dict[str, Any], state: dict[str, Tensor]) -> None:
    about = {name: value for name, value in about.items() if name != "digest"}
    about["digest"] = digest_of(about, tensors, state)
    path.write_bytes(save(tensors, metadata={"ticket": json.dumps(about)}))


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers(path: Path, odd: float) -> None:
    path.write_bytes(image())
    state = Ticket.load(path).weights
    tensors, (content, _) = load(image()), parts(image())
    write_signed(path, tensors, content["about"], state)
    assert Ticket.load(path).to_bytes() == image(), "the same writer, with nothing changed"
    tensors["values/float32"][-1] = odd
    write_signed(path, tensors, content["about"], state)
    with pytest.raises(TicketError, match=f"{max(state)} holds NaN or infinity: the run that"):
        Ticket.load(path)


def test_names_types_and_shapes_are_part_of_the_digest() -> None:
    """They are not in the file: a later version that gave a layer another name would else read others' weights."""
    content, _ = parts(image())
    about = {name: value for name, value in content["about"].items() if name != "digest"}
    state, tensors = TINY.build(0).state_dict(), load(image())
    assert digest_of(about, tensors, state) == content["about"]["digest"]
    renamed = {f"{name}x" if name == "stem.0.0.weight" else name: value for name, value in state.items()}
    turned = state | {"stem.0.0.weight": state["stem.0.0.weight"].transpose(0, 1)}
    for other in (renamed, turned, {name: value.double() for name, value in state.items()}):
        assert digest_of(about, tensors, other) != content["about"]["digest"]


def test_a_weight_that_is_not_0_where_it_is_pruned_is_not_lost_silently(path: Path) -> None:
    path.write_bytes(image())
    ticket = Ticket.load(path)
    name = next(iter(ticket.masks))
    weights = ticket.weights | {name: torch.ones_like(ticket.weights[name])}
    with pytest.raises(TicketError, match=f"{name} is not 0 where its mask prunes it"):
        replace(ticket, weights=weights).to_bytes()


def test_true_is_kept_and_the_sparsity_is_that_of_the_masks(path: Path) -> None:
    path.write_bytes(image())
    found = Ticket.load(path)
    zeros = sum(int((found.weights[name] == 0).sum()) for name in found.masks)
    total = sum(mask.numel() for mask in found.masks.values())
    assert found.sparsity == pytest.approx(0.5, abs=1 / total) and zeros == round(found.sparsity * total)
    assert all(found.weights[name][mask].all() for name, mask in found.masks.items())
