"""The store never hands out half a result, a damaged one, or one of other data or another kind of device."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from bench.context import compute
from bench.experiments import Product, Run, Step
from bench.identity import Environment
from bench.methods import Condition, step_for
from bench.profiles import profile
from bench.steps.search import Search
from bench.store import Store, StoreError
from supertickets.ticket import Ticket
from tests.patience import HANGS_S
from tests.properties.small import TINY
from tests.stored_runs import RESULT, RUN, TICKET

pytestmark = pytest.mark.fast


def test_a_result_comes_back_as_it_was(store: Store, said: list[str]) -> None:
    assert store.load(RUN) is None and not store.has(RUN)
    store.save(RUN, RESULT, TICKET)
    assert store.has(RUN) and not store.has(Run(RUN.step, 1))
    loaded = store.load(RUN)
    assert loaded is not None
    assert loaded.files.keys() == TICKET.keys() and replace(loaded, files={}) == RESULT
    assert store.path(RUN, "ticket.safetensors").read_bytes() == TICKET["ticket.safetensors"]
    assert store.load(Run(RUN.step, 1)) is None, "another seed is another result"
    assert not said


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
    assert (
        f"stored result of {RUN.label} is another run's: put aside, to be computed again if it is needed" in said[0]
        and reason in said[0]
    )
    assert "checkpoint" in said[1] and len(said) == 2
    assert theirs.load(other) is not None


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
        assert self.end.wait(HANGS_S)
        return Product({"answer": 42})


def test_two_commands_compute_a_run_once(store: Store, said: list[str]) -> None:
    run, heard = Run(Slow(), 0), threading.Event()

    def second_says(message: str) -> None:
        said.append(message)
        heard.set()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(compute, run, store.environment, store, print)
        assert Slow.begun.wait(HANGS_S)
        other = Store(store.environment, second_says)
        second = threads.submit(compute, run, store.environment, other, print)
        assert heard.wait(HANGS_S) and not second.done()
        Slow.end.set()
        first.result(HANGS_S)
        second.result(HANGS_S)
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
