"""Results on disk: complete or absent, never half; checked when read, reused across tables, computed by one process.

Layout below the cache folder: `results/<key>/seed-<n>/` with `result.json` and the files of a finished run;
`running/<key>-seed-<n>/checkpoint` for runs that can be resumed, `running/<key>-seed-<n>.lock` while a process has one;
`failures/<key>-seed-<n>.json` for reasons; `damaged/` for what was found damaged. The key is `bench.identity.key_of`:
what decides a number is part of the name, so that nothing stored is ever out of date.

A result never changes: one that is intact stays when an equal one is saved, so that readers need no lock.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cache_folder import StoreError, check_usable, put_aside
from bench.ownership import Ownership
from bench.stored import RESULT, ForeignError, Result, digest, read_result, unpacked, write_result
from bench.tidying import drop_checkpoint, tidy
from supertickets.files import folder_atomically, write_atomically
from supertickets.reading import DamagedError, MissingError, read_file, unreadable

if TYPE_CHECKING:  # they load torch, which files do not need
    from bench.experiments import Run
    from bench.identity import Environment
    from supertickets.ticket import Ticket

__all__ = ["Result", "Store", "StoreError"]


class Store:
    """Finished and unfinished runs of one environment.

    Args:
        say: where messages about damaged results and about other processes go.

    Raises:
        StoreError: when the folder, or one in it, cannot be written.
    """

    def __init__(self, environment: Environment, say: Callable[[str], None] = print) -> None:
        self.environment, self.say = environment, say
        self.cache = cache = environment.cache
        self._steps: dict[str, tuple[str, dict[str, Any]]] = {}
        self._decoded_ids: dict[str, str] = {}
        self._ownership = Ownership()
        check_usable(cache)

    def tidy(self) -> None:
        """Remove what killed processes left; nothing that belongs to one that lives."""
        if not tidy(self.cache):
            self.say(
                f"warning: {self.cache} is on a file system without locks: run one command at a time on it, or runs "
                "may be computed twice; what killed commands leave there stays"
            )

    def _known(self, run: Run) -> tuple[str, dict[str, Any]]:
        """The key, and what a result says of whose it is; worked out once for all seeds."""
        if run.id not in self._steps:
            from bench.experiments import describe
            from bench.identity import identity_of, key_of

            identity = identity_of(run, self.environment, self._decoded_ids)
            self._steps[run.id] = key_of(identity), {"run": describe(run.step), **identity}
        return self._steps[run.id]

    def _origin(self, run: Run) -> dict[str, Any]:
        return {**self._known(run)[1], "seed": run.seed}

    def _name(self, run: Run) -> str:
        return f"{self._known(run)[0]}-seed-{run.seed}"

    def folder(self, run: Run) -> Path:
        """Where a finished run lies; there is no such folder before."""
        return self.cache / "results" / self._known(run)[0] / f"seed-{run.seed}"

    def path(self, run: Run, name: str) -> Path:
        """Where a file of a finished run lies; to read a ticket, see `ticket`."""
        return self.folder(run) / name

    def _checkpoint(self, run: Run) -> Path:
        return self.cache / "running" / self._name(run) / "checkpoint"

    def _failure(self, run: Run) -> Path:
        return self.cache / "failures" / f"{self._name(run)}.json"

    def has(self, run: Run) -> bool:
        """Whether there is a result; only `load` tells that it is whole and still this run's."""
        return (self.folder(run) / RESULT).is_file()

    def load(self, run: Run) -> Result | None:
        """The stored result, all of its files checked, or None when there is none that can be used (and it says why).

        What is damaged or another run's is put aside, unless another process has the run and will replace it.

        Raises:
            StoreError: there may be a result that cannot be read now.
        """
        try:
            return self._read(run)
        except DamagedError:
            with self._owned(run, wait=False) as owned:
                return self._read_or_put_aside(run) if owned else None

    def ticket(self, run: Run, name: str = "ticket") -> Ticket:
        """A ticket of a finished run, checked as by `load`.

        Raises:
            StoreError: it is not stored, not as it was written, or cannot be read now.
        """
        from supertickets.ticket import Ticket

        result, path = self.load(run), self.path(run, f"{name}.safetensors")
        if result is None or path.name not in result.files:
            raise StoreError(f"{path} is not there: start the command again, which computes {run.label}")
        return Ticket.load(path)

    def seconds(self, run: Run) -> Iterator[float]:
        """How long each stored seed of a run took, where that is known."""
        for folder in self.folder(run).parent.glob("seed-*"):
            with contextlib.suppress(DamagedError, OSError):  # whoever needs the result says so
                if taken := unpacked(read_file(folder / RESULT))[1].seconds:
                    yield taken

    def _read(self, run: Run) -> Result | None:
        try:
            return read_result(self.folder(run), self._origin(run))
        except OSError as error:
            raise StoreError(unreadable(error)) from error

    def _read_or_put_aside(self, run: Run) -> Result | None:
        """What `_read` gives; what it finds damaged is moved to where nobody takes it for a result."""
        try:
            return self._read(run)
        except DamagedError as damage:
            aside = put_aside(self.folder(run), self.cache, self._name(run))
            what = "is another run's" if isinstance(damage, ForeignError) else "is damaged"
            self.say(
                f"warning: stored result of {run.label} {what}: put aside, to be computed again if it is needed; "
                f"the old one is kept in {aside} ({damage})"
            )
            return None

    @contextmanager
    def claim(self, run: Run) -> Iterator[None]:
        """Own a run while the block lasts: other processes wait, as this one does (and says so) while another has it.

        The claim ends with the process, however that ends.

        Raises:
            StoreError: the lock file cannot be made.
        """
        with self._owned(run, wait=False) as owned:
            if owned:
                yield
                return
        self.say(f"{run.label}: waiting for another command that computes it")
        with self._owned(run, wait=True):
            yield

    def _owned(self, run: Run, wait: bool) -> AbstractContextManager[bool]:
        return self._ownership.of(self._checkpoint(run).parent.with_suffix(".lock"), wait)

    def save(self, run: Run, result: Result, files: Mapping[str, bytes]) -> None:
        """Store a finished run and its files, whole or not at all, and drop its checkpoint.

        A result that is there and intact stays, since those of one run are equal; a damaged one is put aside first.

        Raises:
            OSError: it cannot be written.
            StoreError: what is there cannot be read now.
        """
        with self._owned(run, wait=True):
            self._failure(run).unlink(missing_ok=True)
            if self._read_or_put_aside(run) is None:
                with folder_atomically(self.folder(run)) as folder:
                    write_result(folder, self._origin(run), result, files)
            drop_checkpoint(self._checkpoint(run))

    def save_checkpoint(self, run: Run, state: bytes) -> None:
        """Replace the run's checkpoint; it carries a digest of itself and of whose it is.

        Raises:
            OSError: it cannot be written; the last one is as it was.
        """
        write_atomically(self._checkpoint(run), self._seal(run, state).encode() + b"\n" + state)

    def load_checkpoint(self, run: Run) -> bytes | None:
        """The run's last state, or None; one that is damaged or another run's is put aside (and it says so).

        Raises:
            StoreError: there may be one that cannot be read now.
        """
        try:
            return self._state(run)
        except DamagedError as damage:
            self.put_checkpoint_aside(run, damage)
            return None
        except OSError as error:
            raise StoreError(unreadable(error)) from error

    def epochs_done(self, run: Run) -> int:
        """How many epochs the run's checkpoint has behind it; 0 without one that can be used."""
        from supertickets.checkpoint import CheckpointError, saved_facts

        with contextlib.suppress(CheckpointError, DamagedError, OSError):  # whoever goes on from it says so
            if (state := self._state(run)) is not None:
                return int(saved_facts(state)["epoch"])
        return 0

    def _state(self, run: Run) -> bytes | None:
        try:
            seal, _, state = read_file(self._checkpoint(run)).partition(b"\n")
        except MissingError:
            return None
        if seal != self._seal(run, state).encode():
            raise DamagedError("it is not what was written for this run")
        return state

    def put_checkpoint_aside(self, run: Run, why: object) -> None:
        """Keep a checkpoint that cannot be used where nobody goes on from it."""
        aside = put_aside(self._checkpoint(run), self.cache, f"{self._name(run)}-checkpoint")
        self.say(
            f"warning: checkpoint of {run.label} is damaged: starting this run again; "
            f"the old one is kept in {aside} ({why})"
        )

    def _seal(self, run: Run, state: bytes) -> str:
        return digest(f"{self._name(run)}\n".encode(), state)

    def save_failure(self, run: Run, reason: str) -> Path:
        """Keep why a run failed, and tell where; failures are never results."""
        from bench.experiments import describe

        content = {"run": run.label, "step": describe(run.step), "reason": reason}
        path = self._failure(run)
        write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
        return path
