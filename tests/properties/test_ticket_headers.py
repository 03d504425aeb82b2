"""What a ticket file says of itself: read as it was written, or one error that names the entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from supertickets.ticket import Ticket, TicketError
from tests.example_tickets import PURPOSE, WHOLE, image, is_told_or_equal
from tests.ticket_strategies import Content, joined, parts

pytestmark = pytest.mark.fast


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ticket.safetensors"


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
