"""Files and folders appear complete or not at all, whatever was there and whatever goes wrong."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from supertickets.files import folder_atomically, write_atomically

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
        assert folder.parent == path.parent, "beside it, so that the renaming is one step"


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
