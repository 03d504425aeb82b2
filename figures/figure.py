"""What a figure consists of, and where to find all of them."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from figures.reading import Cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True)
class Figure:
    """A figure of the suite.

    Attributes:
        name: file name without suffix.
        title: for the files' metadata.
        needs: names of the tables it draws.
        draw: from (table name -> cells, profile) to a matplotlib figure, called inside `figures.style.style`.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    draw: Callable[[Mapping[str, Sequence[Cell]], str], Drawing]


def figures() -> dict[str, Figure]:
    """Return figure name -> figure: every module of this package that has a module-level `FIGURE`.

    Raises:
        ValueError: when two modules define figures of one name.
    """
    found: dict[str, Figure] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name == "__main__":
            continue
        figure = getattr(importlib.import_module(f"figures.{module.name}"), "FIGURE", None)
        if figure is None:
            continue
        if figure.name in found:
            raise ValueError(f"two modules define a figure named {figure.name!r}; the second is {module.name}")
        found[figure.name] = figure
    return dict(sorted(found.items()))


def describe(cells: Mapping[str, Sequence[Cell]], profile: str) -> str:
    """Return what a drawing was made from, for its metadata: profile, table versions, experiment ids, fingerprint.

    The fingerprint changes with any number that is drawn, and with the order of rows.
    """
    tables = ", ".join(f"{name} v{own[0].version}" for name, own in cells.items())
    ids = sorted({cell.experiment_id for own in cells.values() for cell in own if cell.mean is not None})
    fingerprint = hashlib.sha256(repr([tuple(own) for own in cells.values()]).encode()).hexdigest()[:12]
    experiments = " ".join(ids) or "none run"
    return f"profile: {profile}; tables: {tables}; experiments: {experiments}; fingerprint: {fingerprint}"
