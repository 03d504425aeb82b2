"""The store never hands out half a result, a damaged one, or one that other code or data computed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.experiments import Run
from bench.methods import Cell, stage_for
from bench.profiles import profile
from bench.store import Origin, Result, Store, StoreError, default_cache

pytestmark = pytest.mark.fast

ORIGIN = Origin("code", "data")
RUN = Run(stage_for("pp", Cell(profile("embedded").setting("Cityscapes"), 90)), 0)
RESULT = Result({"miou": 12.5}, {"macs_dense": 7}, 90.0, [{"epoch": 1}], ORIGIN, {"device": "CPU"}, 3.25)


@pytest.fixture
def said() -> list[str]:
    """What the store reported."""
    return []


@pytest.fixture
def store(tmp_path: Path, said: list[str]) -> Store:
    """An empty store."""
    return Store(tmp_path, said.append)


def test_a_result_comes_back_as_it_was(store: Store, said: list[str]) -> None:
    assert store.load(RUN, ORIGIN) is None
    store.save(RUN, RESULT, {"ticket": b"ticket"})
    loaded = store.load(RUN, ORIGIN)
    assert loaded is not None
    assert replace(loaded, files={}) == RESULT
    assert store.ticket_path(RUN).read_bytes() == b"ticket"
    assert not said


@pytest.mark.parametrize("file", ["ticket.safetensors", "result.json"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "gone", "empty"])
def test_damage_is_found_reported_and_cleared(store: Store, said: list[str], file: str, damage: str) -> None:
    store.save(RUN, RESULT, {"ticket": b"a ticket of some length"})
    path = store.folder(RUN) / file
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
    assert store.load(RUN, ORIGIN) is None
    assert "damaged" in said[0]
    assert not store.folder(RUN).exists()
    store.save(RUN, RESULT, {"ticket": b"again"})
    assert store.load(RUN, ORIGIN) is not None


@pytest.mark.parametrize(
    ("other", "word"), [(Origin("new code", "data"), "code"), (Origin("code", "new data"), "data")]
)
def test_stale_results_are_shown_not_used(store: Store, said: list[str], other: Origin, word: str) -> None:
    store.save(RUN, RESULT, {"ticket": b"ticket"})
    assert store.load(RUN, other) is None
    assert "stale" in said[0]
    assert f"other {word}" in said[0]
    assert store.load(RUN, ORIGIN) is not None, "a stale result stays until it is replaced"


def test_checkpoints_are_checked_too(store: Store, said: list[str]) -> None:
    assert store.load_checkpoint(RUN, ORIGIN) is None
    store.save_checkpoint(RUN, ORIGIN, b"state\nwith\nlines")
    assert store.load_checkpoint(RUN, ORIGIN) == b"state\nwith\nlines"
    path = next(store.cache.glob("running/*/checkpoint"))
    path.write_bytes(path.read_bytes()[:-1])
    assert store.load_checkpoint(RUN, ORIGIN) is None
    assert "damaged" in said[0]
    store.save_checkpoint(RUN, ORIGIN, b"state")
    assert store.load_checkpoint(RUN, Origin("other", "data")) is None
    assert "stale" in said[1]


def test_saving_drops_checkpoint_and_failure(store: Store) -> None:
    store.save_checkpoint(RUN, ORIGIN, b"state")
    store.save_failure(RUN, "out of luck")
    assert json.loads(next(store.cache.glob("failures/*")).read_text())["reason"] == "out of luck"
    store.save(RUN, RESULT, {"ticket": b"ticket"})
    assert not list(store.cache.glob("running/*"))
    assert not list(store.cache.glob("failures/*"))


def test_an_unwritable_cache_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="SUPERTICKETS_CACHE"):
        Store(tmp_path / "file" / "below")


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=150 << 20))
    with pytest.raises(StoreError, match=r"150 MB are left for the cache folder .*, 200 are needed: free some or set"):
        Store(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=200 << 20))
    Store(tmp_path)


def test_the_cache_follows_the_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("SUPERTICKETS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "supertickets"
