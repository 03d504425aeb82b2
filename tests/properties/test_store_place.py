"""The folder that a store lies in: what cannot be used is named at once, and nothing of others is touched."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.experiments import Run
from bench.identity import Environment
from bench.store import Store, StoreError
from supertickets.locks import acquire
from supertickets.user_cache import user_cache
from tests.damage import failing_with
from tests.stored_runs import RESULT, RUN, TICKET

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("name", ["results", "running", "damaged", "data"])
def test_a_file_where_a_folder_should_be_is_named_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(StoreError, match=rf"{tmp_path / name} is no folder: move it away"):
        Store(Environment(tmp_path, None))


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_cache_that_cannot_be_written_is_named_at_once(
    tmp_path: Path, reason: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", failing_with(reason))
    with pytest.raises(StoreError, match=rf"cannot write .*{tmp_path}: {os.strerror(reason)}; set SUPERTICKETS_CACHE"):
        Store(Environment(tmp_path, None))


def test_locks_that_the_file_system_lacks_are_told(
    store: Store, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", failing_with(errno.ENOLCK))
    store.tidy()
    [message] = said
    assert f"{store.cache} is on a file system without locks: run one command at a time on it" in message
    with store.claim(RUN):
        store.save(RUN, RESULT, TICKET)
    assert store.load(RUN) is not None and not list(store.cache.glob("running/*"))


def test_a_cache_that_another_process_tidies_is_left_to_it_without_a_word(store: Store, said: list[str]) -> None:
    left = store.cache / "running" / f".{'0' * 16}.scratch"
    left.mkdir(parents=True)
    lock = acquire(store.cache / "tidying.lock")
    assert lock is not None
    with lock:
        store.tidy()
        assert left.is_dir()
    store.tidy()
    assert not left.exists() and said == []


def test_tidying_takes_nothing_that_is_not_ours(store: Store) -> None:
    store.save(RUN, RESULT, TICKET)
    store.save_checkpoint(Run(RUN.step, 1), b"state")
    for path in (
        "notes.txt",
        "results/notes.txt",
        "results/other/",
        "running/mine/x",
        "running/mine.lock",
        "data/set/a",
    ):
        place = store.cache / path
        place.mkdir(parents=True) if path.endswith("/") else place.parent.mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            place.write_text("kept")
    before = sorted(store.cache.rglob("*"))
    store.tidy()
    assert sorted(store.cache.rglob("*")) == before


def test_an_unwritable_cache_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="SUPERTICKETS_CACHE"):
        Store(Environment(tmp_path / "file" / "below", None))


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=150 << 20))
    with pytest.raises(StoreError, match=r"150 MB are left for the cache folder .*, 200 are needed: free some or set"):
        Store(Environment(tmp_path, None))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=200 << 20))
    Store(Environment(tmp_path, None))


def test_the_cache_follows_the_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    assert user_cache() == tmp_path
    monkeypatch.delenv("SUPERTICKETS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "supertickets"
