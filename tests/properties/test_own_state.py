"""What is stored of a training on own data: as it was written, or missing and said so, or one error; nothing else."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from supertickets.checkpoint import saved_state
from supertickets.own.errors import DrawError
from supertickets.own.state import State, state_of
from supertickets.resuming import mask_trainer
from supertickets.trainer import Trainer
from tests.damage import NO_FILES, OTHER_KINDS, at_regions, failing_to_open
from tests.properties.small import TWO_BRANCHES, trainer

pytestmark = pytest.mark.fast

CONTENT = json.dumps({"rate": 0.02, "scores": {"top1": 85.25}}).encode()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def state(tmp_path: Path, said: list[str]) -> State:
    """One with a file of its own and one that others read."""
    state = State(tmp_path / "request", said.append)
    state.write("facts.json", CONTENT)
    state.add("ticket", CONTENT)
    return state


def digest(state: State) -> str:
    return state.add("ticket", CONTENT)


def kept(tmp_path: Path) -> list[bytes]:
    """What was put aside."""
    return [path.read_bytes() for path in sorted((tmp_path / "request" / "damaged").iterdir())]


def test_what_was_written_is_read(state: State, tmp_path: Path, said: list[str]) -> None:
    assert state.read("facts.json") == CONTENT and state.read_json("facts.json")["rate"] == 0.02
    path = state.find("ticket", digest(state))
    assert path is not None and path.read_bytes() == CONTENT
    state.remove("facts.json")
    assert state.read("facts.json") is None and state.read_json("facts.json") is None
    state.drop()
    assert not (tmp_path / "request").exists() and not said


def test_damage_anywhere_is_found_and_kept(state: State, tmp_path: Path, said: list[str]) -> None:
    path, known = tmp_path / "request" / "facts.json", digest(state)
    raw = path.read_bytes()
    changed = [content for _, content in at_regions(raw)] + [*OTHER_KINDS.values(), b"", raw + b" "]
    for content in changed:
        path.write_bytes(content)
        assert state.read_json("facts.json") is None and not path.exists()
        (tmp_path / "request" / "ticket").write_bytes(content)
        assert state.find("ticket", known) is None
    assert sorted(kept(tmp_path)) == sorted(2 * changed)
    assert len(said) == 2 * len(changed) and all("made again; the old one is kept in" in line for line in said)


@pytest.mark.parametrize("kind", sorted(set(NO_FILES) - {"out of its folder"}))
def test_what_is_no_file_is_not_waited_for(kind: str, state: State, tmp_path: Path, said: list[str]) -> None:
    NO_FILES[kind](tmp_path / "request" / "facts.json")
    assert state.read("facts.json") is None and not os.path.lexists(tmp_path / "request" / "facts.json")
    assert len(said) == (kind != "gone")
    state.write("facts.json", CONTENT)
    assert state.read("facts.json") == CONTENT


def test_files_of_another_request_or_name_are_foreign(state: State, tmp_path: Path, said: list[str]) -> None:
    other = State(tmp_path / "other", said.append)
    other.write("facts.json", CONTENT)
    (tmp_path / "other" / "facts.json").rename(tmp_path / "request" / "facts.json")
    assert state.read("facts.json") is None
    state.write("search.state", CONTENT)
    (tmp_path / "request" / "search.state").rename(tmp_path / "request" / "training.state")
    assert state.read("training.state") is None and len(said) == 2


def test_what_cannot_be_read_now_stays(
    state: State, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = digest(state)
    for name in ("facts.json", "ticket"):
        monkeypatch.setattr(os, "open", failing_to_open(name, errno.EMFILE))
        with pytest.raises(DrawError, match=rf"cannot read .*{name}: Too many open files; it was left as it is: close"):
            state.read(name) if name == "facts.json" else state.find(name, known)
        monkeypatch.undo()
    assert state.read("facts.json") == CONTENT and state.find("ticket", known) is not None and not said


def test_what_cannot_be_gone_on_from_is_kept_and_begun_anew(state: State, tmp_path: Path, said: list[str]) -> None:
    batches, start = trainer().batches, trainer().ticket()

    def resumed() -> Trainer:
        return state.resume("training.state", lambda stored: mask_trainer(start, batches, 3, stored))

    assert resumed().progress.epoch == 0 and not said
    training = resumed()
    training.train_epoch(1)
    state.write("training.state", saved_state(training))
    assert resumed().progress.epoch == 1 and not said
    other = saved_state(trainer(TWO_BRANCHES))
    for whole in (other, CONTENT):
        state.write("training.state", whole)
        assert resumed().progress.epoch == 0 and state.read("training.state") is None
    assert [content.partition(b"\n")[2] for content in kept(tmp_path)] == [other, CONTENT]
    assert "training.state cannot be gone on from (it is of another net) and is made again; the old" in said[0]
    assert len(said) == 2 and state.read("facts.json") == CONTENT, "the rest stays"


def test_a_request_has_one_owner(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERTICKETS_CACHE", str(tmp_path))
    with state_of({"seed": 0}, said.append) as state:
        state.write("checked", b"")
        with pytest.raises(DrawError, match="is being trained by another process"), state_of({"seed": 0}, said.append):
            pass
        with state_of({"seed": 1}, said.append) as other:
            assert other.read("checked") is None
    with state_of({"seed": 0}, said.append) as again:
        assert again.read("checked") == b""
    assert not list(tmp_path.rglob("*.lock"))
