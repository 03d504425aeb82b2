"""Decoded arrays: what is damaged is put aside and built again, what cannot be read or kept now is one error."""

from __future__ import annotations

import errno
import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.data import DataError, data_set
from bench.tidying import tidy
from supertickets.data.cache import CacheError, cached_arrays

pytestmark = pytest.mark.fast


def build(create: Callable[..., np.ndarray]) -> dict[str, int]:
    create("values", (30, 40), np.float32)[:] = np.arange(1200).reshape(30, 40)
    return {"answer": 42}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set that is kept in a cache."""
    cached_arrays(tmp_path / "data" / "set", build)
    return tmp_path / "data" / "set"


def as_built(folder: Path) -> bool:
    arrays, extra = cached_arrays(folder, build)
    return bool(extra == {"answer": 42} and np.array_equal(arrays["values"].ravel(), np.arange(1200)))


@pytest.mark.parametrize("lacking", ["values.npy", "extra.json"])
def test_a_manifest_that_does_not_name_everything_is_damaged(folder: Path, lacking: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"][lacking]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.warns(RuntimeWarning, match=rf"manifest.json does not name {lacking}\) and is built again"):
        assert as_built(folder)


def link(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", [os.mkfifo, link, Path.mkdir, Path.touch])
@pytest.mark.parametrize("name", ["", "values.npy", "extra.json", "manifest.json"])
def test_anything_else_in_the_place_of_a_file_is_put_aside(
    folder: Path, name: str, kind: Callable[[Path], None]
) -> None:
    place = folder / name
    shutil.rmtree(place) if not name else place.unlink()
    kind(place)
    with pytest.warns(RuntimeWarning, match=r"is damaged .* and is built again; the old one is in .*damaged"):
        assert as_built(folder)
    assert [path.name for path in (folder.parent / "damaged").iterdir()] == ["set"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert as_built(folder)
    assert {path.name for path in folder.parent.iterdir()} == {"set", "damaged"}


@pytest.mark.parametrize(
    "manifest",
    ["null", "[]", "{}", '{"folder": "set", "files": []}', '{"folder": "set", "files": {"../x": "0"}}', "[" * 100_000],
)
def test_no_manifest_ends_in_a_traceback(folder: Path, manifest: str) -> None:
    (folder / "manifest.json").write_text(manifest)
    with pytest.warns(RuntimeWarning, match="is damaged"):
        assert as_built(folder)


def test_a_copy_of_another_set_is_not_taken(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("other"))
    with pytest.warns(RuntimeWarning, match="it is a copy of set"):
        cached_arrays(folder.with_name("other"), lambda create: create("other", (1,), np.uint8) is None)
    assert as_built(folder)


@pytest.mark.parametrize("name", ["set", "manifest.json", "values.npy", "extra.json"])
@pytest.mark.parametrize("reason", [errno.EMFILE, errno.EIO, errno.EACCES])
def test_what_cannot_be_read_now_stays(folder: Path, name: str, reason: int, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def failing(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).name == name:
            raise OSError(reason, os.strerror(reason), path)
        return opened(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("os.open", failing)
        with pytest.raises(CacheError, match=rf"cannot read .*{name}: {os.strerror(reason)}; it was left as it is: "):
            cached_arrays(folder, build)
    assert as_built(folder) and [path.name for path in folder.parent.iterdir()] == ["set"]


@pytest.mark.slow
def test_a_full_disk_is_told_before_it_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing to a mapped file on a full disk ends the process: its space is taken first."""
    written = []

    def full(handle: int, start: int, size: int) -> None:
        assert start == 0 and size == os.fstat(handle).st_size > 4800
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def building(create: Callable[..., np.ndarray]) -> None:
        written.append(create("values", (30, 40), np.float32))

    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", full)
        with pytest.raises(CacheError, match=rf"cannot keep .* {tmp_path}/set: .*No space left.*is there space left"):
            cached_arrays(tmp_path / "set", building)
        assert not written and not list(tmp_path.iterdir())
        patch.setattr("bench.data.drawn.DrawnDataSet.data_id", lambda *_: "so that nothing is drawn for it")
        with pytest.raises(DataError, match="No space left on device"):
            data_set("embedded_people").load(None, "tune", (32, 32), tmp_path)
    monkeypatch.setattr(
        "os.posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(errno.EOPNOTSUPP, "unsupported"))
    )
    assert as_built(tmp_path / "set"), "a file system that reserves nothing"


def test_what_a_killed_process_left_goes_at_the_next_start(folder: Path) -> None:
    cache = folder.parent.parent
    (folder.parent / ".0123456789abcdef.scratch" / "content").mkdir(parents=True)
    (folder.parent / "set.lock").touch()
    assert tidy(cache)
    assert [path.name for path in folder.parent.iterdir()] == ["set"] and as_built(folder)
