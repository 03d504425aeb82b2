"""Files and folders appear complete or not at all, whatever was there and whatever goes wrong."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from supertickets.files import folder_atomically, set_aside, write_atomically
from supertickets.locks import acquire
from supertickets.scratch import scratch, sweep

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_file_that_cannot_be_written_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None, step: str
) -> None:
    path = tmp_path / "new" / "file"
    if before is not None:
        write_atomically(path, before)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(f"os.{step}", full)
        with pytest.raises(OSError, match="no space left"):
            write_atomically(path, b"new")
    assert [found.read_bytes() for found in path.parent.iterdir()] == ([] if before is None else [before])
    write_atomically(path, b"new")
    assert [(found, found.read_bytes()) for found in path.parent.iterdir()] == [(path, b"new")]


def _fill(path: Path, text: str) -> None:
    with folder_atomically(path) as folder:
        (folder / "inside").write_text(text)
        assert path.parent in folder.parents, "beside it, so that the renaming is one step"


def test_a_folder_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder"
    _fill(path, "old")
    _fill(path, "new")
    assert [(found, (found / "inside").read_text()) for found in path.parent.iterdir()] == [(path, "old")]


def _stop_after(path: Path) -> None:
    path.touch()
    raise RuntimeError("stopped")


def test_a_folder_whose_making_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stopped"), folder_atomically(tmp_path / "folder") as folder:
        _stop_after(folder / "half")
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="folder"), folder_atomically(tmp_path / "folder"):
        (tmp_path / "folder").touch()  # a file took the place: nothing to keep
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_is_put_aside_never_replaces_what_was(tmp_path: Path) -> None:
    for text in ("first", "second", "third"):
        (tmp_path / "file").write_text(text)
        place = set_aside(tmp_path / "file", tmp_path / "new" / "aside")
        assert place.read_text() == text
    found = {path.name: path.read_text() for path in (tmp_path / "new").iterdir()}
    assert found == {"aside": "first", "aside-2": "second", "aside-3": "third"}


@pytest.fixture
def umask() -> Iterator[int]:
    """A umask that group members are served by."""
    before = os.umask(0o007)
    yield 0o007
    os.umask(before)


def test_files_and_folders_have_the_rights_that_the_umask_leaves(tmp_path: Path, umask: int) -> None:
    _fill(tmp_path / "new" / "folder", "text")
    write_atomically(tmp_path / "new" / "file", b"text")
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_a_lock_has_one_owner_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = acquire(path)
    assert first is not None and first.exclusive and acquire(path) is None
    first.release()
    assert not path.exists()
    with acquire(path) as second:  # type: ignore[union-attr]
        assert second.exclusive and acquire(path) is None
    assert not path.exists()


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last owner removes the file between our opening and our locking it: a lock of that one would be worthless."""
    path, flock, calls = tmp_path / "lock", fcntl.flock, []

    def late(handle: int, how: int) -> None:
        if not calls:
            path.unlink()
        calls.append(how)
        flock(handle, how)

    monkeypatch.setattr("fcntl.flock", late)
    with acquire(path) as lock:  # type: ignore[union-attr]
        assert lock.exclusive and len(calls) == 2 and acquire(path) is None


def test_without_locks_everybody_owns_and_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("fcntl.flock", unsupported)
    with acquire(tmp_path / "lock") as lock:  # type: ignore[union-attr]
        assert not lock.exclusive and not (tmp_path / "lock").exists()
    with scratch(tmp_path) as path:
        path.write_text("ours")
        sweep(tmp_path)
        assert path.read_text() == "ours"
    assert not list(tmp_path.iterdir())


def test_sweeping_takes_what_nobody_owns_and_nothing_else(tmp_path: Path) -> None:
    kept = {".0123456789abcdef.scratchy", ".hidden", "0123456789abcdef.scratch", ".0123456789abcdef.scratch.txt"}
    for name in kept:
        (tmp_path / name).mkdir()
    (tmp_path / ".1111111111111111.scratch").write_text("a file, no folder")
    outside = tmp_path / "outside"
    (outside / "content").mkdir(parents=True)
    (tmp_path / ".2222222222222222.scratch").symlink_to(outside)
    kept |= {".1111111111111111.scratch", ".2222222222222222.scratch", "outside"}
    for number, inside in enumerate(("", "lock", "content", "content/deep")):
        left = tmp_path / f".{number:016x}.scratch"
        left.mkdir()
        if inside == "lock":
            (left / inside).touch()
        elif inside:
            (left / inside).mkdir(parents=True)
    with scratch(tmp_path) as living:
        living.write_text("ours")
        sweep(tmp_path, tmp_path / "missing")
        assert living.read_text() == "ours"
        assert {path.name for path in tmp_path.iterdir()} == kept | {living.parent.name}
    assert (outside / "content").is_dir()


def test_a_scratch_folder_that_is_swept_at_once_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def swept(path: Path, *arguments: object, **keywords: object) -> object:
        made.append(path.parent)
        if len(made) < 3:
            path.parent.rmdir()
        return acquire(path, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr("supertickets.scratch.acquire", swept)
    write_atomically(tmp_path / "a" / "b", b"c")
    assert len(set(made)) == 3 and (tmp_path / "a" / "b").read_bytes() == b"c"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
