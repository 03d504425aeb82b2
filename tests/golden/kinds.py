"""Every kind of step there is, and where it is written."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import bench.steps
from bench.experiments import Step

ROOT = Path(__file__).parents[2]


def step_kinds() -> list[type[Step]]:
    """The subclasses of `Step` that the modules below `bench/steps` define, by name."""
    modules = [
        importlib.import_module(found.name) for found in pkgutil.walk_packages(bench.steps.__path__, "bench.steps.")
    ]
    kinds = {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Step) and thing.__module__ == module.__name__
    }
    return sorted((kind for kind in kinds if not inspect.isabstract(kind)), key=lambda kind: kind.__name__)


def source(kind: type[Step]) -> str:
    """The file of a kind of step, as seen from the repository's root."""
    path = Path(inspect.getfile(kind))
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
