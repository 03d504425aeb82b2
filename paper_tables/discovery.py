"""Find the modules of a package that bind a given name, so that adding a table or a claim is adding one file."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType


def modules_binding(name: str, package: str, folder: Path, extra: Iterable[Path] = ()) -> Iterator[ModuleType]:
    """Yield, by file name, the modules of `package` and of further folders that bind `name` at their top level.

    The source decides before anything is imported: neighbours that run experiments would load torch.

    Args:
        name: module-level name to look for.
        package: dotted name of the package in `folder`.
        folder: where the package's modules lie.
        extra: further folders with modules, in search order.
    """
    for path in sorted(folder.glob("*.py")):
        if _binds(path, name):
            yield importlib.import_module(f"{package}.{path.stem}")
    for further in extra:
        for path in sorted(further.glob("*.py")):
            if _binds(path, name):
                yield _load(path, f"{package}.{path.stem}")


def _binds(path: Path, name: str) -> bool:
    for statement in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        match statement:
            case ast.Assign(targets=targets):
                names = targets
            case ast.AnnAssign(target=target):
                names = [target]
            case _:
                continue
        if any(isinstance(node, ast.Name) and node.id == name for node in names):
            return True
    return False


def _load(path: Path, qualified: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(qualified, path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up while it is being executed; afterwards nobody needs the entry.
    shadowed = sys.modules.get(qualified)
    sys.modules[qualified] = module
    try:
        spec.loader.exec_module(module)
    finally:
        if shadowed is None:
            del sys.modules[qualified]
        else:
            sys.modules[qualified] = shadowed
    return module
