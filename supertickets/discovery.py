"""Find what the modules of a package define under one name, so that adding a thing of a kind is adding one file.

The source decides which modules these are, before anything is imported: neighbours may load much, or fail.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Definitions(Mapping[str, Any]):
    """Module name -> what the module binds at its top level; a module is imported when it is asked for, not before.

    Args:
        name: module-level name to look for.
        package: dotted name of the package; its own `__init__` and `__main__` do not count, nor do packages in it.
    """

    def __init__(self, name: str, package: str) -> None:
        found = importlib.util.find_spec(package)
        assert found is not None and found.submodule_search_locations, f"{package} is no package"
        self.name, self.package = name, package
        self._sources: dict[str, tuple[Path, ast.expr]] = {}
        for folder in found.submodule_search_locations:
            for path in sorted(Path(folder).glob("[!_]*.py")):
                if (value := _bound(path, name)) is not None:
                    self._sources[path.stem] = path, value

    def __getitem__(self, module: str) -> Any:
        if module not in self._sources:
            raise KeyError(module)
        return getattr(importlib.import_module(f"{self.package}.{module}"), self.name)

    def __contains__(self, module: object) -> bool:
        return module in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def literals(self) -> dict[str, Any]:
        """Module name -> what it binds, read from the source alone: nothing is imported.

        Raises:
            ValueError: naming the file, when it binds something other than a literal.
        """
        found = {}
        for module, (path, value) in self._sources.items():
            try:
                found[module] = ast.literal_eval(value)
            except ValueError as error:
                raise ValueError(f"{path}: {self.name} has to be a literal: it is read without running code") from error
        return found

    def by(self, key: str) -> dict[str, Any]:
        """Everything that is defined, by key: a module binds one thing, a tuple of them, or a dict with its own keys.

        Args:
            key: attribute of a thing that is its key; not used for dicts.

        Raises:
            ValueError: when a key is defined twice, naming both modules.
        """
        found: dict[str, Any] = {}
        origin: dict[str, str] = {}
        for module, value in self.items():
            things = value if isinstance(value, tuple) else (value,)
            pairs = value.items() if isinstance(value, Mapping) else [(getattr(one, key), one) for one in things]
            for name, thing in pairs:
                if name in found:
                    where = f"{origin[name]}.py and in {module}.py"
                    raise ValueError(f"{self.package}: {name!r} is defined twice, in {where}: rename one")
                found[name], origin[name] = thing, module
        return found


def _bound(path: Path, name: str) -> ast.expr | None:
    """The expression that a module binds `name` to at its top level; None when it does not."""
    for statement in _parsed(path, path.stat().st_mtime_ns).body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                names = targets
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                names = [target]
            case _:
                continue
        if any(isinstance(node, ast.Name) and node.id == name for node in names):
            return value
    return None


@functools.lru_cache(maxsize=512)
def _parsed(path: Path, _changed_ns: int) -> ast.Module:
    """A module's source, parsed once as long as it does not change: descriptions ask for names again and again."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
