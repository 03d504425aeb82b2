"""What a figure consists of, and where to find all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figures.reading import Cell
from supertickets.discovery import Definitions

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
    return dict(sorted(Definitions("FIGURE", "figures").by("name").items()))


def describe(cells: Mapping[str, Sequence[Cell]], profile: str) -> str:
    """Return what a drawing was made from, for its metadata: profile, table versions, experiment ids, fingerprint.

    The fingerprint changes with any number that is drawn, and with the order of rows.
    """
    tables = ", ".join(f"{name} v{own[0].version}" for name, own in cells.items())
    ids = sorted({cell.experiment_id for own in cells.values() for cell in own if cell.mean is not None})
    fingerprint = hashlib.sha256(repr([tuple(own) for own in cells.values()]).encode()).hexdigest()[:12]
    experiments = " ".join(ids) or "none run"
    return f"profile: {profile}; tables: {tables}; experiments: {experiments}; fingerprint: {fingerprint}"
