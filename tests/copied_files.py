"""Files that many tests write alike: drawn and encoded once in a process, and copied wherever a test wants them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

Made = TypeVar("Made")


def copied(root: Path, write: Callable[..., Made], *given: Any) -> Made:
    """Write below `root` what `write(root, *given)` writes there, and return what it returns."""
    made, content = _written(write, *given)
    root.mkdir(parents=True, exist_ok=True)
    for place, raw in content.items():
        if raw is None:
            (root / place).mkdir(parents=True, exist_ok=True)
        else:
            (root / place).write_bytes(raw)
    return made


@cache
def _written(write: Callable[..., Made], *given: Any) -> tuple[Made, dict[Path, bytes | None]]:
    """What is returned, and every path below the root in the order of parents first: None for a folder."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        made = write(root, *given)
        paths = sorted(root.rglob("*"))
        return made, {path.relative_to(root): None if path.is_dir() else path.read_bytes() for path in paths}
