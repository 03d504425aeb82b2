"""Ticket files from anywhere: the ticket that was stored, or one error that names file, entry and remedy."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cost_report import report
from bench.model_names import ModelError
from supertickets.disk import read_weights
from supertickets.tensor_files import LARGEST_HEADER
from supertickets.ticket import Ticket, TicketError
from tests.example_tickets import IMAGES, ONE, image, is_told_or_equal, raw
from tests.ticket_strategies import damaged, rewritten

pytestmark = pytest.mark.fast

MANY = settings(max_examples=60 if settings.default.max_examples < 100 else 2000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "ticket.safetensors"


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
    for odd in (fifo, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(TicketError, match=f"cannot read ticket {odd}: .*not a regular file"):
            Ticket.load(odd)
    with pytest.raises(TicketError, match=f"^{folder} is a folder: give the file of a ticket$"):
        Ticket.load(folder)
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
