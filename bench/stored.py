"""A stored result as files: what is in them, whose they are, and digests that tell that nothing has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from supertickets.reading import DamagedError, MissingError, opened_folder, read_file

RESULT = "result.json"
"""Beside it lie the further files of a result, whose digests it has."""

_KINDS: dict[str, type | tuple[type, ...]] = {
    "numbers": dict,
    "provenance": dict,
    "seconds": (int, float),
    "files": dict,
}


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        numbers: plain values, by name; which ones is the step's affair.
        provenance: `versions` of libraries, `device` in words, and of the time of the run the share `waited_for_data`,
            0..1, of the part that was computed last if it was resumed.
        seconds: wall time of the whole run, for estimates of time left only; 0 where it is not known.
        files: digest of every further file, by name.
    """

    numbers: dict[str, Any]
    provenance: dict[str, Any]
    seconds: float
    files: dict[str, str] = field(default_factory=dict)


class ForeignError(DamagedError):
    """What lies there is intact, but another run's."""


def digest(*chunks: bytes) -> str:
    """Sha256 of the chunks one after the other."""
    whole = hashlib.sha256()
    for chunk in chunks:
        whole.update(chunk)
    return whole.hexdigest()


def write_result(folder: Path, origin: Mapping[str, Any], result: Result, files: Mapping[str, bytes]) -> None:
    """Write a result and its files into an empty folder.

    Args:
        folder: where to.
        origin: whose result it is, as plain JSON values.
        result: its `files` are worked out here.
        files: content by name.
    """
    for name, content in files.items():
        (folder / name).write_bytes(content)
    body = {**asdict(result), "files": {name: digest(content) for name, content in files.items()}}
    whole = {"origin": origin, "result": body}
    (folder / RESULT).write_text(json.dumps({**whole, "sha256": _seal(whole)}, indent=1, sort_keys=True) + "\n")


def read_result(folder: Path, origin: Mapping[str, Any]) -> Result | None:
    """The result in a folder, all of whose files are as they were written; None where there is no such folder.

    Raises:
        DamagedError: there is something else, or a file has changed.
        ForeignError: it is another run's than `origin`'s.
        OSError: a file cannot be read now.
    """
    try:
        with opened_folder(folder) as handle:
            return _read(folder, handle, origin)
    except MissingError:
        return None


def _read(folder: Path, handle: int, origin: Mapping[str, Any]) -> Result:
    try:
        whose, result = unpacked(read_file(folder / RESULT, handle))
        if _canonical(whose) != _canonical(origin):
            differing = [name for name in origin if not isinstance(whose, dict) or whose.get(name) != origin[name]]
            raise ForeignError(f"other {', '.join(differing) or 'facts'}")
        for name, expected in result.files.items():
            if digest(read_file(folder / name, handle)) != expected:
                raise DamagedError(f"{name} is not what was written")
    except MissingError as error:  # the folder is there: a result that lacks a file is none
        raise DamagedError(str(error)) from error
    return result


def unpacked(content: bytes) -> tuple[Any, Result]:
    """Whose result a result file holds, and the result.

    Raises:
        DamagedError: the content is not what was written.
    """
    try:
        stored = json.loads(content)
        seal, whose, body = stored.pop("sha256"), stored["origin"], stored["result"]
        if seal != _seal(stored):
            raise DamagedError(f"{RESULT} is not what was written")
        result = Result(**body)
        sound = all(isinstance(getattr(result, name), kind) for name, kind in _KINDS.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{RESULT} holds no result") from error
    if not (sound and all(map(_plain, result.files))):
        raise DamagedError(f"{RESULT} holds no result")
    return whose, result


def _plain(name: str) -> bool:
    """Whether it names a file in the folder itself."""
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name


def _seal(content: Mapping[str, Any]) -> str:
    return digest(_canonical(content))


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
