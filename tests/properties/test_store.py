"""The store never hands out half a result, a damaged one, or one of other data or another kind of device."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from socket import AF_UNIX, socket
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from bench.context import compute
from bench.experiments import Product, Run, Step
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.steps.search import Search
from bench.store import Result, Store, StoreError
from supertickets.reading import MOST_BYTES
from supertickets.ticket import Ticket
from supertickets.user_cache import user_cache
from tests.properties.small import TINY

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
    opened = os.open

    def failing(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).name == name:
            raise OSError(reason, os.strerror(reason), path)
        return opened(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("os.open", failing)
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


def failing_with(reason: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(reason, os.strerror(reason))

    return fail


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


@pytest.mark.parametrize("whose", ["seed", "method", "device"])
def test_what_belongs_to_another_run_is_not_taken(store: Store, said: list[str], whose: str) -> None:
    """Whoever copies a folder or a checkpoint under another name: what is in it says whose it is."""
    theirs = Store(replace(store.environment, device="cuda") if whose == "device" else store.environment)
    method = "pp_ir_s" if whose == "method" else "pp"
    other = Run(step_for(method, Condition(profile("embedded").setting("Cityscapes"), 90)), int(whose == "seed"))
    theirs.save(other, RESULT, TICKET)
    theirs.save_checkpoint(other, b"state")
    shutil.copytree(theirs.folder(other), store.folder(RUN))
    store.save_checkpoint(RUN, b"ours")
    ours = next(path for path in store.cache.glob("running/*/checkpoint") if path.read_bytes().endswith(b"ours"))
    shutil.copy(next(path for path in store.cache.glob("running/*/checkpoint") if path != ours), ours)
    assert store.load(RUN) is None and store.load_checkpoint(RUN) is None
    reason = {"seed": "other seed", "method": "other run, id", "device": "other device"}[whose]
    assert f"stored result of {RUN.label} is another run's: computing it again" in said[0] and reason in said[0]
    assert "checkpoint" in said[1] and len(said) == 2
    assert theirs.load(other) is not None


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


@dataclass(frozen=True)
class Slow(Step):
    """A step that is being computed until it is told to end."""

    version = 1
    problem = RUN.step.problem
    sparsity = 0
    name = "slow"
    begun = threading.Event()
    end = threading.Event()
    calls: ClassVar[list[int]] = []

    def compute(self, context: Any) -> Product:
        self.calls.append(1)
        self.begun.set()
        assert self.end.wait(20)
        return Product({"answer": 42})


def test_two_commands_compute_a_run_once(store: Store, said: list[str]) -> None:
    run, heard = Run(Slow(), 0), threading.Event()

    def second_says(message: str) -> None:
        said.append(message)
        heard.set()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(compute, run, store.environment, store, print)
        assert Slow.begun.wait(20)
        other = Store(store.environment, second_says)
        second = threads.submit(compute, run, store.environment, other, print)
        assert heard.wait(20) and not second.done()
        Slow.end.set()
        first.result(20)
        second.result(20)
    assert said == [
        f"{run.label}: waiting for another command that computes it", f"{run.label}: another command has computed it",
    ]  # fmt: skip
    assert len(Slow.calls) == 1 and store.load(run).numbers == {"answer": 42}  # type: ignore[union-attr]
    assert not list(store.cache.glob("running/*"))


def test_a_ticket_is_read_through_its_digest(store: Store) -> None:
    with pytest.raises(StoreError, match=r"ticket\.safetensors is not there: start the command again"):
        store.ticket(RUN)
    ticket = Ticket.of(TINY, TINY.build(0), {})
    store.save(RUN, RESULT, {"ticket.safetensors": ticket.to_bytes()})
    assert store.ticket(RUN).to_bytes() == ticket.to_bytes()
    with pytest.raises(StoreError, match=r"late\.safetensors is not there"):
        store.ticket(RUN, "late")
    path = store.path(RUN, "ticket.safetensors")
    image = bytearray(path.read_bytes())
    image[-1] ^= 1
    path.write_bytes(image)
    with pytest.raises(StoreError, match=r"ticket\.safetensors is not there: start the command again"):
        store.ticket(RUN)


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
    [message] = said
    assert message.startswith(
        f"warning: checkpoint of {RUN.label} is damaged: starting this run again; the old one is kept in "
    )
    [aside] = store.cache.glob("damaged/*")
    assert str(aside) in message and aside.read_bytes().endswith(b"state\nwith\nline") and not path.exists()


def test_saving_drops_checkpoint_and_failure(store: Store) -> None:
    store.save_checkpoint(RUN, b"state")
    kept = store.save_failure(RUN, "out of luck")
    assert [kept] == list(store.cache.glob("failures/*"))
    assert json.loads(kept.read_text())["reason"] == "out of luck"
    assert store.load(RUN) is None, "a failure is no result"
    store.save(RUN, RESULT, TICKET)
    assert not list(store.cache.glob("running/*"))
    assert not list(store.cache.glob("failures/*"))


def test_a_failure_that_came_after_the_result_goes(store: Store) -> None:
    """Of a process that was killed once its result was stored, before it could say so."""
    other = store.save_failure(replace(RUN, seed=RUN.seed + 1), "out of luck")
    store.save(RUN, RESULT, TICKET)
    kept = store.save_failure(RUN, "its process was killed")
    store.tidy()
    assert not kept.exists() and other.exists()


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
