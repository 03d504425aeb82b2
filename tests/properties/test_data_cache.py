"""Decoded arrays: what is damaged is put aside and built again, what cannot be read or kept now is one error."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.data import DataError, data_set
from bench.tidying import tidy
from supertickets.data.cache import CacheError, cached_arrays
from tests.damage import failing_to_open
from tests.small_disk import small_disk

pytestmark = pytest.mark.fast
ROOT = Path(__file__).parents[2]


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
    with monkeypatch.context() as patch:
        patch.setattr("os.open", failing_to_open(name, reason))
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


@pytest.mark.filterwarnings("ignore:.* is damaged")
def test_a_disk_that_loses_what_is_written_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds = []

    def losing(path: Path, *_: int) -> None:
        builds.append(path)
        path.write_bytes(b"lost")

    monkeypatch.setattr("supertickets.data.cache._reserve", losing)
    monkeypatch.setattr("supertickets.data.cache._fingerprint", lambda *_: "as it was")
    with pytest.raises(CacheError, match=rf"what is written to {tmp_path}/set is damaged every time: is the disk"):
        cached_arrays(tmp_path / "set", lambda create: create("values", (3,), np.uint8).sum().item())
    assert len(builds) == 3


WRITING = """
import errno, os, sys
from pathlib import Path
import numpy as np
from supertickets.data.cache import CacheError, cached_arrays

def unsupported(*_):
    raise OSError(errno.EOPNOTSUPP, "unsupported")

def build(create):
    for name in ("one", "other"):
        create(name, (1 << 20,), np.uint8)[:] = 1

if sys.argv[2] == "reserves nothing":
    os.posix_fallocate = unsupported
elif sys.argv[2] == "another system":
    del os.posix_fallocate
try:
    arrays, _ = cached_arrays(Path(sys.argv[1]), build)
except CacheError as error:
    sys.exit(str(error))
print(sum(int(values.sum()) for values in arrays.values()))
"""


@pytest.mark.slow
@pytest.mark.parametrize("system", ["reserves", "reserves nothing", "another system"])
def test_a_disk_that_is_too_small_ends_no_process(system: str, tmp_path: Path) -> None:
    """On a disk of 1.5 MiB for two arrays of 1 MiB; the error of a mapped file would be a signal."""

    def write(cache: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", WRITING, str(cache / "set"), system]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    with small_disk(tmp_path / "disk", 1536) as disk:
        small, left = write(disk), list(disk.iterdir())
    assert (small.returncode, small.stdout, left) == (1, "", [])
    message = rf"cannot keep decoded arrays in {disk}/set: No space left on device; is there space left, .*\n"
    assert re.fullmatch(message, small.stderr)
    large = write(tmp_path)
    assert (large.stderr, int(large.stdout)) == ("", 2 << 20)


def test_what_a_killed_process_left_goes_at_the_next_start(folder: Path) -> None:
    cache = folder.parent.parent
    (folder.parent / ".0123456789abcdef.scratch" / "content").mkdir(parents=True)
    (folder.parent / "set.lock").touch()
    assert tidy(cache)
    assert [path.name for path in folder.parent.iterdir()] == ["set"] and as_built(folder)
