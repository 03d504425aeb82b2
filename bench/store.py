"""Results on disk: complete or absent, never half; checked when read, reused across tables.

Layout below the cache folder: `results/<key>/seed-<n>/` with `result.json` and the files of a finished run;
`running/<key>-seed-<n>/checkpoint` for runs that can be resumed; `failures/<key>-seed-<n>.json` for reasons. The key is
`bench.identity.key_of`: what decides a number is part of the name, so that nothing stored is ever out of date.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.experiments import Run, describe
from bench.identity import Environment, key_of
from supertickets.files import folder_atomically, remove_folder, require_writable, write_atomically

LEAST_SPACE = 200 << 20
"""Bytes; the embedded tables and the data decoded for them take about as many."""


class StoreError(Exception):
    """The cache folder cannot be used; the message names it and the remedy."""


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        numbers: plain values, by name; which ones is the step's affair.
        provenance: `versions` of libraries, and `device` in words.
        seconds: wall time of the run, for estimates of time left only.
        files: digest of every further file, by name.
    """

    numbers: dict[str, Any]
    provenance: dict[str, Any]
    seconds: float
    files: dict[str, str] = field(default_factory=dict)


def default_cache() -> Path:
    """`SUPERTICKETS_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get("SUPERTICKETS_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser() / "supertickets"


class Store:
    """Finished and unfinished runs of one environment.

    Args:
        say: where messages about damaged results go.

    Raises:
        StoreError: when the folder cannot be written.
    """

    def __init__(self, environment: Environment, say: Callable[[str], None] = print) -> None:
        self.environment, self.say = environment, say
        self.cache = cache = environment.cache
        self._keys: dict[str, str] = {}
        try:
            require_writable(cache)
        except OSError as error:
            raise StoreError(
                f"cannot write to the cache folder {cache}: {error.strerror}; "
                "set SUPERTICKETS_CACHE to a writable folder"
            ) from error
        if (free := shutil.disk_usage(cache).free) < LEAST_SPACE:
            raise StoreError(
                f"{free >> 20} MB are left for the cache folder {cache}, {LEAST_SPACE >> 20} are needed: free some or "
                "set SUPERTICKETS_CACHE to another disk"
            )

    def _key(self, run: Run) -> str:
        if run.id not in self._keys:
            self._keys[run.id] = key_of(run, self.environment)
        return self._keys[run.id]

    def folder(self, run: Run) -> Path:
        """Where a finished run lies; there is no such folder before."""
        return self.cache / "results" / self._key(run) / f"seed-{run.seed}"

    def path(self, run: Run, name: str) -> Path:
        """A file of a finished run."""
        return self.folder(run) / name

    def _checkpoint(self, run: Run) -> Path:
        return self.cache / "running" / f"{self._key(run)}-seed-{run.seed}" / "checkpoint"

    def _failure(self, run: Run) -> Path:
        return self.cache / "failures" / f"{self._key(run)}-seed-{run.seed}.json"

    def load(self, run: Run) -> Result | None:
        """The stored result, or None when there is none that can be read (with a message why)."""
        folder = self.folder(run)
        if not folder.exists():
            return None
        try:
            wrapper = json.loads((folder / "result.json").read_bytes())
            files = {name: (folder / name).read_bytes() for name in wrapper["result"]["files"]}
        except (OSError, ValueError, KeyError, TypeError):
            self._set_aside(run)
            return None
        body = wrapper["result"]
        intact = wrapper.get("sha256") == _digest(_canonical(body)) and all(
            body["files"][name] == _digest(content) for name, content in files.items()
        )
        if intact:
            return Result(**body)
        self._set_aside(run)
        return None

    def _set_aside(self, run: Run) -> None:
        """Keep what is damaged where nobody takes it for a result."""
        folder = self.folder(run)
        aside = self.cache / "damaged" / f"{self._key(run)}-seed-{run.seed}"
        self.say(f"stored result of {run.label} is damaged: computing it again; the old one is kept in {aside}")
        remove_folder(aside)
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.replace(folder, aside)

    def save(self, run: Run, result: Result, files: Mapping[str, bytes]) -> None:
        """Store a finished run and its files, whole or not at all, and drop its checkpoint."""
        body = {**asdict(result), "files": {name: _digest(content) for name, content in files.items()}}
        wrapper = {"run": describe(run.step), "seed": run.seed, "sha256": _digest(_canonical(body)), "result": body}
        with folder_atomically(self.folder(run)) as folder:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            (folder / "result.json").write_text(json.dumps(wrapper, indent=1, sort_keys=True) + "\n")
        shutil.rmtree(self._checkpoint(run).parent, ignore_errors=True)
        self._failure(run).unlink(missing_ok=True)

    def save_checkpoint(self, run: Run, state: bytes) -> None:
        """Replace the run's checkpoint; it carries its own digest."""
        write_atomically(self._checkpoint(run), _digest(state).encode() + b"\n" + state)

    def load_checkpoint(self, run: Run) -> bytes | None:
        """The run's last state, or None (with a message) when it is damaged."""
        path = self._checkpoint(run)
        if not path.exists():
            return None
        digest, _, state = path.read_bytes().partition(b"\n")
        if digest.decode(errors="replace") == _digest(state):
            return state
        self.say(f"checkpoint of {run.label} is damaged: starting this run again")
        path.unlink()
        return None

    def save_failure(self, run: Run, reason: str) -> Path:
        """Keep why a run failed, and tell where; failures are never results."""
        content = {"run": run.label, "step": describe(run.step), "reason": reason}
        path = self._failure(run)
        write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
        return path


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
