"""Results on disk: complete or absent, never half; checked when read, reused across tables.

Layout below the cache folder: `stages/<id>/seed-<n>/{result.json,ticket.safetensors}` for finished runs,
with further states of the ticket beside it; `running/<id>-seed-<n>/checkpoint` for runs that can be resumed;
`failures/<id>-seed-<n>.json` for reasons.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.experiments import Run, describe
from supertickets.files import write_atomically

LEAST_SPACE = 200 << 20
"""Bytes; the embedded tables and the data decoded for them take about as many."""


class StoreError(Exception):
    """The cache folder cannot be used; the message names it and the remedy."""


@dataclass(frozen=True)
class Origin:
    """What a result depends on beside its description: same id with another origin is stale."""

    code_id: str
    data_id: str


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        metrics: percent, on the setting's evaluation split.
        costs: params_total, params_nonzero, macs_dense, macs_nonzero, macs_official; plain counts.
        sparsity: measured fraction of zeros over prunable weights, in percent.
        seconds: wall time of the run, for estimates of time left only.
    """

    metrics: dict[str, float]
    costs: dict[str, float]
    sparsity: float
    history: list[dict[str, Any]]
    origin: Origin
    provenance: dict[str, Any]
    seconds: float
    files: dict[str, str] = field(default_factory=dict)


def default_cache() -> Path:
    """`SUPERTICKETS_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get("SUPERTICKETS_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser() / "supertickets"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Store:
    """Finished and unfinished runs below one folder.

    Args:
        say: where messages about damaged or stale results go.

    Raises:
        StoreError: when the folder cannot be written.
    """

    def __init__(self, cache: Path, say: Callable[[str], None] = print) -> None:
        self.cache, self.say = cache, say
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=cache):
                pass
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

    def folder(self, run: Run) -> Path:
        return self.cache / "stages" / run.id / f"seed-{run.seed}"

    def ticket_path(self, run: Run, name: str = "ticket") -> Path:
        return self.folder(run) / f"{name}.safetensors"

    def _checkpoint(self, run: Run) -> Path:
        return self.cache / "running" / f"{run.id}-seed-{run.seed}" / "checkpoint"

    def _failure(self, run: Run) -> Path:
        return self.cache / "failures" / f"{run.id}-seed-{run.seed}.json"

    def load(self, run: Run, origin: Origin) -> Result | None:
        """The stored result, or None when there is none that can be trusted (with a message why)."""
        folder = self.folder(run)
        if not folder.exists():
            return None
        result = self._read(run)
        if result is None:
            self.say(f"stored result of {run.label} ({folder}) is damaged: computing it again")
            self.discard(run)
        elif result.origin != origin:
            what = "code" if result.origin.code_id != origin.code_id else "data"
            self.say(f"stored result of {run.label} is stale (computed by other {what}): computing it again")
            return None
        return result

    def _read(self, run: Run) -> Result | None:
        folder = self.folder(run)
        try:
            wrapper = json.loads((folder / "result.json").read_bytes())
            body = wrapper["result"]
            if wrapper["sha256"] != _digest(_canonical(body)):
                return None
            for name, digest in body["files"].items():
                if _digest((folder / name).read_bytes()) != digest:
                    return None
            return Result(**{**body, "origin": Origin(**body["origin"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, run: Run, result: Result, tickets: Mapping[str, bytes]) -> None:
        """Store a finished run, its tickets by name, under its id, whole or not at all, and drop its checkpoint."""
        folder = self.folder(run)
        folder.parent.mkdir(parents=True, exist_ok=True)
        files = {f"{name}.safetensors": content for name, content in tickets.items()}
        body = {**asdict(result), "files": {name: _digest(content) for name, content in files.items()}}
        wrapper = {"run": describe(run.stage), "seed": run.seed, "sha256": _digest(_canonical(body)), "result": body}
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, content in files.items():
                (temporary / name).write_bytes(content)
            (temporary / "result.json").write_text(json.dumps(wrapper, indent=1, sort_keys=True) + "\n")
            self.discard(run)
            try:
                os.replace(temporary, folder)
            except OSError:
                # another process stored the same run in between; its result is as good as ours
                if self._read(run) is None:
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(self._checkpoint(run).parent, ignore_errors=True)
        self._failure(run).unlink(missing_ok=True)

    def discard(self, run: Run) -> None:
        """Remove a stored result; renamed first, so that no reader meets half of it."""
        folder = self.folder(run)
        if folder.exists():
            doomed = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".doomed."))
            os.replace(folder, doomed / folder.name)
            shutil.rmtree(doomed, ignore_errors=True)

    def save_checkpoint(self, run: Run, origin: Origin, state: bytes) -> None:
        """Replace the run's checkpoint; it carries its own digest and the origin it belongs to."""
        head = json.dumps({**asdict(origin), "sha256": _digest(state)}).encode()
        write_atomically(self._checkpoint(run), head + b"\n" + state)

    def load_checkpoint(self, run: Run, origin: Origin) -> bytes | None:
        """The run's last state, or None (with a message) when it is damaged or belongs to other code or data."""
        path = self._checkpoint(run)
        if not path.exists():
            return None
        head, _, state = path.read_bytes().partition(b"\n")
        try:
            about = json.loads(head)
            intact = about.pop("sha256") == _digest(state)
            same = about == asdict(origin)
        except (ValueError, KeyError, AttributeError):
            intact = same = False
        if intact and same:
            return state
        self.say(f"checkpoint of {run.label} is {'stale' if intact else 'damaged'}: starting this run again")
        path.unlink()
        return None

    def save_failure(self, run: Run, reason: str) -> Path:
        """Keep why a run failed, and tell where; failures are never results."""
        content = {"run": run.label, "stage": describe(run.stage), "reason": reason}
        path = self._failure(run)
        write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
        return path


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
