"""Damaged results are put aside and computed again; what cannot be read now, or is not damaged, stays."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any

import pytest

from bench.store import Store, StoreError
from supertickets.reading import MOST_BYTES
from tests.damage import failing_to_open, failing_with
from tests.stored_runs import RESULT, RUN, TICKET

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("file", ["ticket.safetensors", "result.json"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "gone", "empty"])
def test_damage_is_found_reported_and_set_aside(store: Store, said: list[str], file: str, damage: str) -> None:
    store.save(RUN, RESULT, TICKET)
    path = store.path(RUN, file)
    content = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(content[:-1] if file.startswith("ticket") else content[: len(content) // 2])
    elif damage == "altered":
        path.write_bytes(
            content.replace(b"some", b"sane") if file.startswith("ticket") else content.replace(b"12.5", b"13.5")
        )
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"")
    left = {found.name: found.read_bytes() for found in store.folder(RUN).iterdir()}
    assert store.has(RUN) == ((file, damage) != ("result.json", "gone")) and not said, "a look that reads nothing"
    assert store.load(RUN) is None and not store.has(RUN)
    [message] = said
    assert RUN.label in message and "is damaged: put aside, to be computed again if it is needed" in message
    [aside] = store.cache.glob("damaged/*")
    assert str(aside) in message and not store.folder(RUN).exists()
    assert {found.name: found.read_bytes() for found in aside.iterdir()} == left
    store.save(RUN, RESULT, TICKET)
    assert store.load(RUN) is not None


def test_a_second_damage_keeps_the_first_that_was_set_aside(store: Store) -> None:
    for text in ("first", "second"):
        store.save(RUN, RESULT, TICKET)
        store.path(RUN, "result.json").write_text(text)
        assert store.load(RUN) is None
    assert sorted((aside / "result.json").read_text() for aside in store.cache.glob("damaged/*")) == ["first", "second"]


@pytest.mark.parametrize("reason", [errno.EMFILE, errno.ENFILE, errno.EIO, errno.EACCES, errno.ESTALE])
@pytest.mark.parametrize("name", ["seed-0", "result.json", "ticket.safetensors", "checkpoint"])
def test_what_cannot_be_read_now_stays(
    store: Store, said: list[str], name: str, reason: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(RUN, RESULT, TICKET)
    store.save_checkpoint(RUN, b"state")
    with monkeypatch.context() as patch:
        patch.setattr("os.open", failing_to_open(name, reason))
        with pytest.raises(StoreError, match=rf"cannot read .*{name}: .*; it was left as it is: ") as told:
            _ = store.load(RUN), store.load_checkpoint(RUN)
    assert os.strerror(reason) in str(told.value) and "\n" not in str(told.value)
    assert store.load(RUN) is not None and store.load_checkpoint(RUN) == b"state"
    assert not said and not list(store.cache.glob("damaged/*"))


def test_a_disk_that_fails_in_the_middle_of_a_file_is_no_damage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(RUN, RESULT, TICKET)
    with monkeypatch.context() as patch:
        patch.setattr("os.fdopen", failing_with(errno.EIO))
        with pytest.raises(StoreError, match=r"cannot read .*result\.json: Input/output error"):
            store.load(RUN)
    assert store.load(RUN) is not None


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def zeros_without_end(path: Path) -> None:
    path.symlink_to("/dev/zero")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def outside(path: Path) -> None:
    path.symlink_to("/etc")


def socket_file(path: Path) -> None:
    with socket(AF_UNIX) as listening:
        here = os.getcwd()  # noqa: PTH109 - the name of a socket may not be long
        os.chdir(path.parent)
        listening.bind(path.name)
        os.chdir(here)


def larger_than_is_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)


@pytest.mark.parametrize("kind", [fifo, folder, zeros_without_end, dangling, outside, socket_file, larger_than_is_read])
@pytest.mark.parametrize("name", ["", "result.json", "ticket.safetensors", "checkpoint"])
def test_anything_else_in_the_place_of_a_file_is_put_aside(
    store: Store, said: list[str], name: str, kind: Callable[[Path], None]
) -> None:
    """Nothing waits for a pipe, nothing reads a device that has no end, nothing follows a link."""
    store.save(RUN, RESULT, TICKET)
    store.save_checkpoint(RUN, b"state")
    place = next(store.cache.glob("running/*/checkpoint")) if name == "checkpoint" else store.folder(RUN) / name
    shutil.rmtree(place) if not name else place.unlink()
    kind(place)
    assert (store.load_checkpoint(RUN) if name == "checkpoint" else store.load(RUN)) is None
    assert len(said) == 1 and "is damaged" in said[0] and not os.path.lexists(place)
    [aside] = store.cache.glob("damaged/*")
    assert str(aside) in said[0]
    if name == "checkpoint":
        store.save_checkpoint(RUN, b"new")
        assert store.load_checkpoint(RUN) == b"new"
    else:
        store.save(RUN, RESULT, TICKET)
        assert store.load(RUN) is not None


def changed(body: dict[str, Any], **entries: Any) -> bytes:
    """A result file whose seal is right, as somebody would make it on purpose."""
    body["result"] |= entries
    body["sha256"] = ""
    del body["sha256"]
    seal = hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return json.dumps({**body, "sha256": seal}).encode()


@pytest.mark.parametrize(
    "entries",
    [
        {"files": {"../../../secret": "0"}}, {"files": {"/etc/hostname": "0"}}, {"files": {"..": "0"}},
        {"files": {"a\0b": "0"}}, {"files": ["ticket.safetensors"]}, {"numbers": None}, {"seconds": "1"}, {"more": 1},
    ],
)  # fmt: skip
def test_a_result_made_by_hand_reads_nothing_elsewhere(
    store: Store, said: list[str], entries: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(RUN, RESULT, TICKET)
    path = store.path(RUN, "result.json")
    path.write_bytes(changed(json.loads(path.read_bytes())))
    assert store.load(RUN) is not None, "the seal is as it should be"
    path.write_bytes(changed(json.loads(path.read_bytes()), **entries))
    assert store.load(RUN) is None and "is damaged" in said[0]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"null", b"[]", b"{}", b'{"sha256": 1e999}', b"\xff", b"1" * 5000])
def test_no_content_of_a_result_file_ends_in_a_traceback(store: Store, said: list[str], content: bytes) -> None:
    store.save(RUN, RESULT, TICKET)
    store.path(RUN, "result.json").write_bytes(content)
    assert list(store.seconds(RUN)) == []
    assert store.load(RUN) is None and "is damaged" in said[0]


def test_an_intact_result_stays_when_another_is_saved(store: Store) -> None:
    """Readers hold no lock, so nothing that they may read is exchanged; a damaged one is."""
    store.save(RUN, RESULT, TICKET)
    before = store.folder(RUN).stat().st_ino
    store.save(RUN, replace(RESULT, seconds=4.0), TICKET)
    assert store.folder(RUN).stat().st_ino == before and store.load(RUN).seconds == 3.25  # type: ignore[union-attr]
    store.path(RUN, "ticket.safetensors").write_bytes(b"cut")
    store.save(RUN, replace(RESULT, seconds=4.0), TICKET)
    assert store.load(RUN).seconds == 4.0 and len(list(store.cache.glob("damaged/*"))) == 1  # type: ignore[union-attr]


def test_damage_found_while_another_process_has_the_run_is_left_to_that_one(store: Store, said: list[str]) -> None:
    store.save(RUN, RESULT, TICKET)
    store.path(RUN, "result.json").unlink()
    other = Store(store.environment, said.append)
    with other.claim(RUN):
        assert store.load(RUN) is None and store.folder(RUN).exists() and not said
        other.save(RUN, RESULT, TICKET)
    assert store.load(RUN) is not None and len(said) == 1
