"""The store never hands out half a result, a damaged one, or one of other data or another kind of device."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.experiments import Run
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.steps.search import Search
from bench.store import Result, Store, StoreError, default_cache

pytestmark = pytest.mark.fast

RUN = Run(step_for("pp", Condition(profile("embedded").setting("Cityscapes"), 90)), 0)
RESULT = Result({"history": [{"epoch": 1, "loss": 12.5}]}, {"device": "CPU"}, 3.25)
TICKET = {"ticket.safetensors": b"a ticket of some length"}


@pytest.fixture
def said() -> list[str]:
    """What the store reported."""
    return []


@pytest.fixture
def store(tmp_path: Path, said: list[str]) -> Store:
    """An empty store."""
    return Store(Environment(tmp_path, None), said.append)


def test_a_result_comes_back_as_it_was(store: Store, said: list[str]) -> None:
    assert store.load(RUN) is None
    store.save(RUN, RESULT, TICKET)
    loaded = store.load(RUN)
    assert loaded is not None
    assert loaded.files.keys() == TICKET.keys() and replace(loaded, files={}) == RESULT
    assert store.path(RUN, "ticket.safetensors").read_bytes() == TICKET["ticket.safetensors"]
    assert store.load(Run(RUN.step, 1)) is None, "another seed is another result"
    assert not said


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
    assert store.load(RUN) is None
    [message] = said
    assert RUN.label in message and "is damaged: computing it again" in message
    [aside] = store.cache.glob("damaged/*")
    assert str(aside) in message and not store.folder(RUN).exists()
    assert {found.name: found.read_bytes() for found in aside.iterdir()} == left
    store.save(RUN, RESULT, TICKET)
    assert store.load(RUN) is not None


def test_a_second_damage_replaces_the_first_that_was_set_aside(store: Store) -> None:
    for text in ("first", "second"):
        store.save(RUN, RESULT, TICKET)
        store.path(RUN, "result.json").write_text(text)
        assert store.load(RUN) is None
    [aside] = store.cache.glob("damaged/*")
    assert (aside / "result.json").read_text() == "second"


def other_data(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> Environment:
    monkeypatch.setattr("bench.data.drawn.DrawnDataSet.data_id", lambda *_: "other files")
    return environment


def other_torch(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> Environment:
    monkeypatch.setattr("torch.__version__", "99.1.0")
    return environment


def other_version(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> Environment:
    monkeypatch.setattr(Search, "version", Search.version + 1)
    return environment


def other_device(_: pytest.MonkeyPatch, environment: Environment) -> Environment:
    return replace(environment, device="cuda")


@pytest.mark.parametrize("other", [other_data, other_torch, other_version, other_device])
def test_what_decides_a_number_is_part_of_its_name(
    store: Store, said: list[str], other: Callable[..., Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both results are there at once, and neither is taken for the other."""
    store.save(RUN, RESULT, TICKET)
    with monkeypatch.context() as patch:
        elsewhere = Store(other(patch, store.environment), said.append)
        run = Run(replace(RUN.step), RUN.seed)  # type: ignore[type-var]  # anew, because a step remembers its id
        assert elsewhere.load(run) is None
        elsewhere.save(run, replace(RESULT, seconds=4.0), {})
        assert elsewhere.load(run) == replace(RESULT, seconds=4.0)
    loaded = store.load(RUN)
    assert loaded is not None and loaded.seconds == RESULT.seconds and not said


def test_patches_of_torch_and_numbers_of_devices_change_no_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.__version__", "99.1.0")
    first = Store(replace(store.environment, device="cuda:0")).folder(RUN)
    monkeypatch.setattr("torch.__version__", "99.1.7+cu999")
    assert Store(replace(store.environment, device="cuda:1")).folder(RUN) == first


def test_checkpoints_are_checked_too(store: Store, said: list[str]) -> None:
    assert store.load_checkpoint(RUN) is None
    store.save_checkpoint(RUN, b"state\nwith\nlines")
    assert store.load_checkpoint(RUN) == b"state\nwith\nlines"
    assert store.load_checkpoint(Run(RUN.step, 1)) is None
    path = next(store.cache.glob("running/*/checkpoint"))
    path.write_bytes(path.read_bytes()[:-1])
    assert store.load_checkpoint(RUN) is None
    assert said == [f"checkpoint of {RUN.label} is damaged: starting this run again"] and not path.exists()


def test_saving_drops_checkpoint_and_failure(store: Store) -> None:
    store.save_checkpoint(RUN, b"state")
    kept = store.save_failure(RUN, "out of luck")
    assert [kept] == list(store.cache.glob("failures/*"))
    assert json.loads(kept.read_text())["reason"] == "out of luck"
    assert store.load(RUN) is None, "a failure is no result"
    store.save(RUN, RESULT, TICKET)
    assert not list(store.cache.glob("running/*"))
    assert not list(store.cache.glob("failures/*"))


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
    assert default_cache() == tmp_path
    monkeypatch.delenv("SUPERTICKETS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "supertickets"
