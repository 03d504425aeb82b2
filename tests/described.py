"""Every description that an experiment may consist of, and its defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

import bench.steps
import supertickets.tasks
from bench.experiments import Step
from supertickets.architectures import architectures


def defaults(kind: Any) -> dict[str, Any]:
    """Field -> value, of those that have one."""
    return {
        item.name: item.default_factory() if item.default is MISSING else item.default  # type: ignore[misc]
        for item in fields(kind)
        if not item.default is item.default_factory is MISSING
    }


@cache
def described() -> set[type]:
    """Everything that a description may consist of: steps, tasks and architectures, and what their fields hold."""
    bound = [
        value
        for package in (bench.steps, supertickets.tasks)
        for found in iter_modules(package.__path__, f"{package.__name__}.")
        for value in vars(import_module(found.name)).values()
        if isinstance(value, type)
    ]
    steps = [kind for kind in bound if issubclass(kind, Step)]
    tasks = [kind for kind in bound if isinstance(getattr(kind, "augmentations", None), frozenset)]
    known: set[type] = set()
    for kind in (*steps, *tasks, *architectures().values()):
        known.update(_within(kind, known))
    return known


def _within(hint: Any, known: set[type]) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint) and hint not in known:
        known.add(hint)
        yield hint
        for part in get_type_hints(hint).values():
            yield from _within(part, known)
    for part in get_args(hint):
        yield from _within(part, known)
