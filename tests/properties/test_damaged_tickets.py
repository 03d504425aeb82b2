"""Ticket files from anywhere: the ticket that was stored, or one error that names file, entry and remedy."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor, nn

from bench.cost_report import report
from bench.model_names import ModelError
from supertickets.disk import disk_size, read_weights
from supertickets.masks import global_masks
from supertickets.memory import outlined
from supertickets.places import packed_size
from supertickets.purpose import Purpose
from supertickets.supernet import CITYSCAPES
from supertickets.tensor_files import LARGEST_HEADER, check_storable
from supertickets.ticket import Ticket, TicketError
from supertickets.ticket_files import digest_of
from tests.properties.small import TINY, randomise
from tests.ticket_strategies import Content, damaged, joined, parts, rewritten

pytestmark = pytest.mark.fast
MANY = settings(max_examples=60 if settings.default.max_examples < 100 else 2000)


WHOLE = (Path(__file__).parent / "data" / "ticket_format_2.safetensors").read_bytes()
"""The ticket of `image(50)` as the version before wrote it: every weight and mask whole."""
PURPOSE = Purpose("segmentation", ("road", "sky", "car"), (64, 128), (0.5, 0.4, 0.3), (0.2, 0.2, 0.1))


@cache
def image(percent: int = 50) -> bytes:
    """A pruned ticket, of which at 95 % some places are stored as gaps."""
    net = TINY.build(0)
    randomise(net, 0)
    scores = {name: weight.detach().abs() for name, weight in TINY.prunable(net, "all").items()}
    ticket = Ticket.of(TINY, net, global_masks(scores, percent))
    return (ticket if percent == 50 else replace(ticket, purpose=PURPOSE)).to_bytes()


IMAGES = {"bits": image(50), "gaps and purpose": image(95), "format 2": WHOLE}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "ticket.safetensors"


def is_told_or_equal(path: Path, content: bytes, whole: bytes) -> None:
    path.write_bytes(content)
    try:
        found = Ticket.load(path)
    except TicketError as error:
        told = str(error)
        assert told.startswith(f"cannot read ticket {path}: ") and told.endswith("write it again"), told
        assert len(told) < 1000 and "\n" not in told
    else:
        path.write_bytes(whole)
        assert found.to_bytes() == Ticket.load(path).to_bytes()


@MANY
@given(data=st.data(), kind=st.sampled_from(list(IMAGES)))
def test_a_damaged_file_is_the_ticket_or_an_error(path: Path, data: st.DataObject, kind: str) -> None:
    is_told_or_equal(path, data.draw(damaged(IMAGES[kind])), IMAGES[kind])


@MANY
@given(data=st.data(), kind=st.sampled_from(list(IMAGES)))
def test_a_header_that_says_something_else_is_the_ticket_or_an_error(
    path: Path, data: st.DataObject, kind: str
) -> None:
    is_told_or_equal(path, data.draw(rewritten(IMAGES[kind])), IMAGES[kind])


def test_a_ticket_of_the_format_before_is_read(path: Path) -> None:
    path.write_bytes(WHOLE)
    assert Ticket.load(path).to_bytes() == image()
    content, data = parts(WHOLE)
    del content["about"]["digest"]  # of before digests
    path.write_bytes(joined(content, data))
    assert Ticket.load(path).to_bytes() == image()


@pytest.mark.parametrize("percent", [50, 95])
def test_the_file_says_all_that_the_ticket_is(path: Path, percent: int) -> None:
    path.write_bytes(image(percent))
    found = Ticket.load(path)
    assert found.purpose == (None if percent == 50 else PURPOSE)
    content, _ = parts(image(percent))
    kept = {name: row[1] for name, row in content["about"]["masks"].items()}
    assert kept == {name: int(mask.sum()) for name, mask in found.masks.items()}
    assert {row[0] for row in content["about"]["masks"].values()} == ({"bits"} if percent == 50 else {"bits", "uint8"})


def change(*place: str, to: object) -> Callable[[Content], None]:
    def apply(content: Content) -> None:
        owner: Any = content
        for key in place[:-1]:
            owner = owner[key]
        owner[place[-1]] = to

    return apply


def another_entry(content: Content) -> None:
    content["optimizer/x"] = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}


def retyped_mask(content: Content) -> None:
    content["masks/stem.0.0.weight"]["dtype"] = "U8"


def retyped_places(content: Content) -> None:
    content["places"]["dtype"] = "I8"


def row(*values: object) -> Callable[[Content], None]:
    """The mask of the first convolution as the header has it: form, and how many are kept."""
    return change("about", "masks", "stem.0.0.weight", to=list(values))


def without_a_mask(content: Content) -> None:
    del content["about"]["masks"]["stem.0.0.weight"]


HEADERS: dict[str, tuple[Callable[[Content], None], str]] = {
    "null": (change("about", to=False), "what it says of itself is no JSON object of at most 16 levels"),
    "list": (change("about", to=[1]), "what it says of itself is no JSON object"),
    "text": (change("about", to="ticket"), "what it says of itself is no JSON object"),
    "nothing": (lambda content: content.pop("about"), "it is no ticket of this version"),
    "foreign": (change("about", to={"a": 1}), "it is no ticket of this version"),
    "metadata of numbers": (
        lambda content: content.update({"__metadata__": {"a": 1}, "about": None}), "its metadata are no texts by name",
    ),
    "no kind": (lambda content: content["about"].pop("kind"), "its kind is 'None', which is none"),
    "kind is a list": (change("about", "kind", to=[]), r"its kind is '\[\]', which is none"),
    "shape is a list": (change("about", "shape", to=[]), r"its shape is '\[\]'"),
    "shape of text": (change("about", "shape", "head.block", to="wide"), "shape and net differ at|shape of"),
    "architecture is text": (change("about", "architecture", to="big"), "its architecture is 'big'"),
    "stages are null": (change("about", "architecture", "stages", to=None), "stages is None: give a list"),
    "no stages": (change("about", "architecture", "stages", to=[]), "its architecture cannot be built|stage"),
    "stage is a number": (change("about", "architecture", "stages", to=[3]), "stages is 3: give an object"),
    "outputs is text": (change("about", "architecture", "outputs", to="3"), "outputs is '3': give a whole number"),
    "outputs is true": (change("about", "architecture", "outputs", to=True), "outputs is True: give a whole number"),
    "huge net": (change("about", "architecture", "last_channels", to=10**9), "last_channels is 1000000000: give"),
    "hours to build": (
        change("about", "architecture", "stages", to=[{"blocks": [60000], "channels": [8]}]),
        "60000 blocks, at most 1000",
    ),
    "huge grid": (change("about", "architecture", "token_grid", to=60000), "token_grid is 60000, at most 256"),
    "wrong head": (change("about", "architecture", "head_kind", to=[1]), r"head_kind is \[1\]: give"),
    "infinite": (change("about", "architecture", "bn_eps", to=float("inf")), "what it says of itself holds Infinity"),
    "another net": (change("about", "architecture", "outputs", to=7), "no form and number|the net needs"),
    "another entry": (another_entry, "it holds 'optimizer/x', which the net of its architecture does not have"),
    "places of another type": (retyped_places, r"'places' is torch\.int8 of shape .*, the net needs torch\.uint8 of"),
    "a mask less": (without_a_mask, r"is torch\.\w+ of shape .*, the net needs torch\.\w+ of"),
    "a mask of nothing": (change("about", "masks", "stem.9.weight", to=["bits", 0]), "'stem.9.weight', no parameter"),
    "a mask of a statistic": (
        change("about", "masks", "stem.0.1.running_mean", to=["bits", 1]), "'stem.0.1.running_mean', no parameter",
    ),
    "masks are a list": (change("about", "masks", to=[]), r"its masks is '\[\]', which is none"),
    "more kept": (row("bits", 90), r"is torch\.float32 of shape .*, the net needs torch\.float32 of"),
    "more kept than there is": (row("bits", 10**6), "its mask of stem.0.0.weight is .*1000000.*, no form and number"),
    "fewer than none": (row("bits", -1), "no form and number of what is kept"),
    "kept is true": (row("bits", True), "no form and number of what is kept"),
    "kept is a fraction": (row("bits", 0.5), "no form and number of what is kept"),
    "another form": (row("int8", 0), "no form and number of what is kept"),
    "a form that would do for numpy": (row("float64", 0), "no form and number of what is kept"),
    "no number": (row("bits"), "no form and number of what is kept"),
    "purpose is text": (change("about", "purpose", to="roads"), "its purpose is 'roads', which is none"),
    "purpose of nothing": (change("about", "purpose", to={}), "its purpose makes no sense: field 'image_size' of"),
    "another field": (change("about", "author", to="me"), "it says 'author' of itself"),
    "another digest": (change("about", "digest", to="0" * 64), "its values are not those that were stored"),
    "deep": (change("about", "shape", to=json.loads('{"a":' * 40 + "1" + "}" * 40)), "at most 16 levels"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_odd_headers(path: Path, kind: str) -> None:
    damage, message = HEADERS[kind]
    content, data = parts(image())
    damage(content)
    path.write_bytes(joined(content, data))
    with pytest.raises(TicketError, match=message):
        Ticket.load(path)
    is_told_or_equal(path, joined(content, data), image())


WHOLE_HEADERS: dict[str, tuple[Callable[[Content], None], str]] = {
    "another net": (change("about", "architecture", "outputs", to=7), r"'weights/head.* the net needs torch\.float32"),
    "another entry": (another_entry, "it holds 'optimizer/x', which the net of its architecture does not have"),
    "mask of another type": (retyped_mask, r"'masks/.* is torch\.uint8 of shape .*, the net needs torch\.bool"),
    "of the format after": (change("about", "masks", to={}), "it says 'masks' of itself"),
}


@pytest.mark.parametrize("kind", WHOLE_HEADERS)
def test_odd_headers_of_the_format_before(path: Path, kind: str) -> None:
    damage, message = WHOLE_HEADERS[kind]
    content, data = parts(WHOLE)
    damage(content)
    path.write_bytes(joined(content, data))
    with pytest.raises(TicketError, match=message):
        Ticket.load(path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("task", "detection", "task is 'detection': choose 'classification', 'segmentation', 'pose'"),
        ("names", ["road"], "names has 1 names for 3 outputs: name all or none"),
        ("names", [1, 2, 3], "names is 1: give"),
        ("names", ["x" * 1000] * 3, "names is 'xxx.*: give"),
        ("image_size", [0, 64], "image_size is"),
        ("image_size", [64], "image_size is .*: give 2 values"),
        ("std", [0.0, 0.1, 0.1], "std is"),
        ("mean", ["a", 0, 0], "mean is 'a': give"),
        ("author", "me", "field 'author' of the purpose is unknown"),
    ],
)
def test_odd_purposes(path: Path, field: str, value: object, message: str) -> None:
    content, data = parts(image(95))
    content["about"]["purpose"][field] = value
    path.write_bytes(joined(content, data))
    with pytest.raises(TicketError, match=rf"its purpose makes no sense: (Purpose\.)?{message}"):
        Ticket.load(path)


def test_a_small_file_cannot_ask_for_much_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a mask that keeps next to nothing the file holds next to nothing."""
    path.write_bytes(image())
    total = sum(mask.numel() for mask in Ticket.load(path).masks.values())
    for limit in (total, total - 1):
        monkeypatch.setattr("supertickets.ticket_files.MOST_MASKED", limit)
        if limit < total:
            with pytest.raises(TicketError, match=f"it has more weights under masks than {limit}, the most that"):
                Ticket.load(path)
        else:
            found = Ticket.load(path)
    with pytest.raises(TicketError, match="a ticket has at most"):
        found.to_bytes()


def raw(header: bytes | str, length: int | None = None, data: bytes = b"") -> bytes:
    text = header.encode() if isinstance(header, str) else header
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


ONE = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it has 0 bytes, which is no file of tensors"),
    "eight bytes": (bytes(8), "it has 8 bytes"),
    "length beyond the file": (raw("{}", 2**40), "its header claims 1099511627776 bytes of 10, at most"),
    "length of all ones": (raw("{}", 2**64 - 1), "its header claims"),
    "no JSON": (raw("{'a'}"), "its header is no JSON"),
    "no UTF-8": (raw(b"\xff\xfe{}"), "its header is no JSON"),
    "list": (raw("[]"), "its header is no JSON object"),
    "very deep": (raw("[" * 100_000 + "]" * 100_000), "its header is no JSON of at most 16 levels"),
    "not a number": (raw('{"a":NaN}'), "its header holds NaN, which is no number"),
    "long number": (raw('{"a":' + "1" * 6000 + "}"), "its header is no JSON"),
    "overlap": (
        raw("{" + ONE + "," + ONE.replace('"a"', '"b"') + "}", data=bytes(4)), "its tensors overlap, leave gaps",
    ),
    "gap": (raw("{" + ONE.replace("0,4", "4,8") + "}", data=bytes(8)), "its tensors overlap, leave gaps"),
    "data left over": (raw("{" + ONE + "}", data=bytes(5)), "do not end where the 5 bytes"),
    "more than there is": (raw("{" + ONE + "}", data=bytes(3)), "do not end where the 3 bytes"),
    "negative": (raw("{" + ONE.replace("[1]", "[-1]") + "}", data=bytes(4)), r"'a' has shape \[-1\], which no tensor"),
    "overflow": (
        raw("{" + ONE.replace("[1]", "[4294967296,4294967296]") + "}", data=bytes(4)), "'a' has 4 bytes for a tensor",
    ),
    "complex": (raw("{" + ONE.replace("F32", "C64") + "}", data=bytes(8)), "'a' is of type 'C64': BOOL, "),
    "extra field": (raw("{" + ONE.replace("}", ',"x":1}') + "}", data=bytes(4)), "'a' does not say type, shape and"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_odd_files(path: Path, kind: str) -> None:
    content, message = FILES[kind]
    path.write_bytes(content)
    with pytest.raises(TicketError, match=message):
        Ticket.load(path)
    is_told_or_equal(path, content, image())
    with pytest.raises(TicketError, match=f"^cannot read weights .*{message}.*; write the file again"):
        read_weights(path)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    fifo, folder, dangling = tmp_path / "fifo", tmp_path / "folder", tmp_path / "dangling"
    os.mkfifo(fifo)
    folder.mkdir()
    dangling.symlink_to(tmp_path / "nowhere")
    for odd in (fifo, folder, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(TicketError, match=f"cannot read ticket {odd}: .*(not a regular file|[Ii]s a directory)"):
            Ticket.load(odd)
    with pytest.raises(TicketError, match=f"no ticket file {dangling}; check the path"):
        Ticket.load(dangling)


def test_a_huge_file_is_refused_before_it_is_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(9 << 30)  # no block of it is on the disk
    with pytest.raises(TicketError, match="it has 9663676416 bytes, which is no file of tensors of at most"):
        Ticket.load(path)
    header = raw('{"a":{"dtype":"U8","shape":[8000000000],"data_offsets":[0,8000000000]}}')
    path.write_bytes(header)
    os.truncate(path, len(header) + 8_000_000_000)
    with pytest.raises(TicketError, match="it is no ticket of this version"):
        Ticket.load(path)
    path.unlink()


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


class Unpickled:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["ticket.safetensors", "ticket.pt"])
@pytest.mark.parametrize("zipped", [True, False])
def test_nothing_is_unpickled(tmp_path: Path, name: str, zipped: bool) -> None:
    """Files for `torch.load` run anything (pytorch/pytorch#52596) and are handed on (safetensors/safetensors#414)."""
    path, made = tmp_path / name, tmp_path / "made"
    torch.save({"weights/a": torch.ones(2), "x": Unpickled(made)}, path, _use_new_zipfile_serialization=zipped)
    for read in (Ticket.load, read_weights):
        with pytest.raises(TicketError, match="its header claims"):
            read(path)
    with pytest.raises(ModelError, match="its header claims"):
        report(str(path))
    assert not made.exists()


def test_a_name_twice_is_told_as_such(path: Path) -> None:
    """safetensors/safetensors#401: a name that is in the header twice was told as an invalid offset."""
    path.write_bytes(raw("{" + ONE + "," + ONE + "}", data=bytes(4)))
    with pytest.raises(TicketError, match=r"its header holds 'a' twice"):
        Ticket.load(path)


def test_two_names_for_the_same_bytes(path: Path) -> None:
    """safetensors/safetensors#586: files in which two tensors lie on the same bytes; every byte has one owner."""
    path.write_bytes(raw("{" + ONE + "," + ONE.replace('"a"', '"b"') + "}", data=bytes(4)))
    with pytest.raises(TicketError, match="its tensors overlap"):
        read_weights(path)


def test_a_header_beyond_the_limit_is_not_read(path: Path) -> None:
    """safetensors/safetensors#668: a header of 126 MB; what is read is bounded, and the bound is told."""
    with path.open("wb") as file:
        file.write((132_095_296).to_bytes(8, "little"))
        file.truncate(7 << 30)
    with pytest.raises(TicketError, match=f"its header claims 132095296 bytes of .*, at most {LARGEST_HEADER} are"):
        Ticket.load(path)


@pytest.mark.parametrize(("levels", "dimensions", "told"), [
    (14, 16, "entry 'deep' does not say type"), (15, 16, "its header is no JSON object of at most 16 levels"),
    (14, 17, "'a' has shape .*, which no tensor has"),
])  # fmt: skip
def test_the_limits_are_those_that_are_told(path: Path, levels: int, dimensions: int, told: str) -> None:
    """The header's own object and its field are two levels."""
    content: Any = "c"
    for _ in range(levels):
        content = {"b": content}
    entry = {"dtype": "F32", "shape": [1] * dimensions, "data_offsets": [0, 4]}
    path.write_bytes(raw(json.dumps({"a": entry, "__metadata__": {"ticket": "{}"}, "deep": content}), data=bytes(4)))
    with pytest.raises(TicketError, match=told):
        Ticket.load(path)


class WithExtraState(nn.Conv2d):
    """As layers of quantised nets have it."""

    def get_extra_state(self) -> dict[str, int]:
        return {"scale": 3}


ODD_STATES: dict[str, tuple[Any, str]] = {
    "extra state": ({"scale": 3}, r"a dict, no tensor \(an extra state\?\)"),
    "complex": (torch.ones(2, dtype=torch.complex64), r"of type torch\.complex64, and none of BOOL"),
    "sparse": (torch.eye(2).to_sparse(), r"of layout torch\.sparse_coo: make it dense"),
    "meta": (torch.empty(2, device="meta"), "on the meta device and has no values"),
    "lazy": (nn.LazyLinear(3).weight, "of a lazy module that no input has passed: run the net once"),
    "quarter precision": (torch.ones(2).to(torch.float8_e4m3fn), r"of type torch\.float8_e4m3fn"),
}


@pytest.mark.parametrize("kind", ODD_STATES)
def test_what_no_file_holds_is_refused_by_name(kind: str) -> None:
    value, message = ODD_STATES[kind]
    for refuse in (check_storable, disk_size):
        with pytest.raises(TicketError, match=f"^cannot store a.b: it is .*{message}"):
            refuse({"fine": torch.ones(1), "a.b": value})


@pytest.mark.slow
def test_a_fake_tensor_is_refused() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    fake = FakeTensorMode().from_tensor(torch.ones(2))
    with pytest.raises(TicketError, match=r"^cannot store a.b: it is on the meta device and has no values"):
        check_storable({"a.b": fake})


@pytest.mark.parametrize("name", [3, None, ("a",), "\ud800"])
def test_names_that_no_file_holds_are_refused(name: Any) -> None:
    with pytest.raises(TicketError, match=f"^cannot store {re.escape(repr(name))}: a name has to be a text"):
        disk_size({name: torch.ones(1)})


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(3, 1))


def test_a_lazy_net_is_told_as_such() -> None:
    with pytest.raises(ModelError, match=r":lazy has lazy modules that no image has passed: run the net once"):
        report(f"{__name__}:lazy", (4, 4))


@pytest.mark.slow
def test_a_net_with_an_extra_state_has_no_ticket_and_no_report() -> None:
    with pytest.raises(ModelError, match=r"cannot count .*: cannot store _extra_state: it is a dict"):
        report(f"{__name__}:stateful", (4, 4))


def stateful() -> nn.Module:
    return WithExtraState(3, 4, 1)


FIRST = {"values/w": torch.ones(1), "gaps/w": torch.zeros(1, dtype=torch.uint8)}
SPARSE: dict[str, tuple[dict[str, Tensor], dict[str, str], str]] = {
    "gaps that lead out": (
        {"values/w": torch.ones(2), "gaps/w": torch.tensor([1, 2], dtype=torch.uint8)}, {"w": "[4]"},
        "lead beyond its 4",
    ),
    "gaps that wrap": (
        {"values/w": torch.ones(2), "gaps/w": torch.tensor([2**63, 2**63], dtype=torch.uint64)}, {"w": "[4]"},
        "lead beyond its 4",
    ),
    "gaps whose sum wraps": (
        {"values/w": torch.ones(2), "gaps/w": torch.tensor([2**62, 2**62], dtype=torch.uint64)}, {"w": "[4]"},
        "lead beyond its 4",
    ),
    "signed gaps": (FIRST | {"gaps/w": torch.tensor([-1])}, {"w": "[4]"}, "gaps of w are torch.int64"),
    "fewer gaps": (
        {"values/w": torch.ones(2), "gaps/w": torch.zeros(1, dtype=torch.uint8)}, {"w": "[4]"}, "differ in number",
    ),
    "gaps and bits": (FIRST | {"bits/w": torch.tensor([128], dtype=torch.uint8)}, {"w": "[1]"}, "its gaps or bits"),
    "too few bits": (
        {"values/w": torch.ones(1), "bits/w": torch.tensor([128], dtype=torch.uint8)}, {"w": "[9]"},
        "differ in number",
    ),
    "bits of no value": (
        {"values/w": torch.ones(1), "bits/w": torch.tensor([192], dtype=torch.uint8)}, {"w": "[4]"},
        "bits of w mark 2 of its 4 elements for 1 values",
    ),
    "bits beyond the end": (
        {"values/w": torch.ones(1), "bits/w": torch.tensor([1], dtype=torch.uint8)}, {"w": "[4]"},
        "bits of w mark 1 of its 4 elements for 1 values",
    ),
    "no gaps": ({"values/w": torch.ones(2)}, {"w": "[4]"}, "w lacks its values, its gaps or bits, or a shape"),
    "no shape": (FIRST, {}, "w lacks its values, its gaps or bits, or a shape"),
    "bomb": (
        FIRST, {"w": "[1000000,1000000]"},
        "a shape of at most 2147483648 elements",
    ),
    "shape of text": (
        FIRST, {"w": '["a"]'}, "or a shape of at most",
    ),
    "shape is no JSON": (
        FIRST, {"w": "["}, "Expecting value",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPARSE)
def test_odd_sparse_files(path: Path, kind: str) -> None:
    tensors, shapes, message = SPARSE[kind]
    path.write_bytes(save(tensors, metadata=shapes))
    with pytest.raises(TicketError, match=f"^cannot read weights {path}: .*{message}"):
        read_weights(path)


def test_an_outlined_net_has_the_form_of_a_real_one() -> None:
    with outlined():
        outline = CITYSCAPES.build(0)
    largest = max(outline.parameters(), key=lambda weight: weight.numel())
    assert largest.is_meta
    real = TINY.build(0)
    with outlined():
        same = TINY.shaped(TINY.shape(real))
    assert {name: (value.shape, value.dtype) for name, value in same.state_dict().items()} == {
        name: (value.shape, value.dtype) for name, value in real.state_dict().items()
    }
    assert not any(value.is_meta for value in TINY.build(0).state_dict().values())
