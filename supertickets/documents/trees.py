"""JSON and TOML files: an object of known entries, of bounded depth, or an error that names the entry."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from supertickets.documents.texts import DocumentError, read_text

MOST_DEEP = 16
"""Our own objects lie three deep."""

Entry = Callable[[Any], bool]
"""Whether a value is what an entry may be."""


def is_text(value: Any) -> bool:
    """Text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def is_map_of(kind: Entry) -> Entry:
    """An object whose values are all of a kind."""

    def entry(value: Any) -> bool:
        return isinstance(value, dict) and all(kind(one) for one in value.values())

    return entry


def is_list_of(kind: Entry) -> Entry:
    """A list of things that are all of a kind."""

    def entry(value: Any) -> bool:
        return isinstance(value, list) and all(kind(one) for one in value)

    return entry


def read_json(
    path: Path, entries: Mapping[str, tuple[Entry, str]], remedy: str, required: Collection[str] = ()
) -> dict[str, Any]:
    """Return the object in a JSON file.

    Args:
        path: the file.
        entries: name of an entry -> what it has to be where the file has it: a check, and the same in words.
        remedy: what to do about a file that does not fit.
        required: entries that every file has.

    Raises:
        DocumentError: naming file and line or entry, for anything but such an object; also for a name that occurs
            twice, a number that is not finite, and objects more than `MOST_DEEP` deep.
    """
    found = _checked(path, read_text(path, remedy), _from_json, entries, remedy)
    if lacking := [name for name in required if name not in found]:
        raise DocumentError(path, f"has no entry {lacking[0]}", remedy)
    return found


def read_toml(path: Path, entries: Mapping[str, tuple[Entry, str]], remedy: str) -> dict[str, Any]:
    """Return what a TOML file says; arguments and errors are those of `read_json`."""
    return _checked(path, read_text(path, remedy), tomllib.loads, entries, remedy)


def _from_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=once)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """`object_pairs_hook` for `json.loads`: readers differ in which of two equal names they take.

    Raises:
        ValueError: a name occurs twice.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} occurs twice in an object")
    return found


def _checked(
    path: Path, text: str, load: Callable[[str], Any], entries: Mapping[str, tuple[Entry, str]], remedy: str
) -> dict[str, Any]:
    try:
        found = load(text)
    except RecursionError as error:
        raise DocumentError(path, f"lies more than {MOST_DEEP} deep", remedy) from error
    except ValueError as error:
        raise DocumentError(path, str(error), remedy, getattr(error, "lineno", None)) from error
    if not isinstance(found, dict):
        raise DocumentError(path, "an object with entries is needed", remedy)
    for name, value in found.items():
        for problem in _problems(value):
            raise DocumentError(path, problem, remedy, place=f"entry {name}")
        kind, words = entries.get(name, (lambda _: True, ""))
        if not kind(value):
            raise DocumentError(path, f"has to be {words}", remedy, place=f"entry {name}")
    return found


def _problems(value: Any) -> Iterator[str]:
    """What no file of ours holds, wherever it lies."""
    level, depth = [value], 1
    while level:
        if depth > MOST_DEEP:
            yield f"lies more than {MOST_DEEP} deep"
            return
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += [*one, *one.values()]
            elif isinstance(one, list):
                below += one
            elif isinstance(one, float) and not isfinite(one):
                yield f"{one} is not finite"
            elif isinstance(one, str) and any("\ud800" <= letter <= "\udfff" for letter in one):
                yield "half a surrogate pair is no text"
        level, depth = below, depth + 1
