"""What a figure consists of, and where to find all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures.reading import read
from figures.written import Written
from supertickets.discovery import Definitions

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

Found = Mapping[str, Any]
"""Table name -> what its CSV says, as the figure's `read` gives it: cells of a measured table, or a `Written` one."""


@dataclass(frozen=True)
class Figure:
    """A figure of the suite.

    Attributes:
        name: file name without suffix.
        title: for the files' metadata.
        needs: names of the tables it draws.
        draw: from (what its tables say, profile) to a matplotlib figure, called inside `figures.style.style`.
        read: from a table's CSV to what `draw` gets.
        folder: of a figure that belongs to no profile: below the results, and below the rendered figures.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    draw: Callable[[Found, str], Drawing]
    read: Callable[[Path], Any] = read
    folder: str = ""


def of_one_table(draw: Callable[[Any, str, str], Drawing], table: str, what: str, paper_ref: str = "") -> Figure:
    """Return the figure of a table, which has its name.

    Args:
        draw: from (what the table says, profile, first line) to the drawing.
        table: name of the table, and of the figure.
        what: what is to be seen, without a full stop.
        paper_ref: where the paper has it, e.g. "Tab. 1"; empty for a table of our own.
    """
    title, words = (f"{what} ({paper_ref})", f"{what} ({paper_ref} of the paper)") if paper_ref else (what, what)
    return Figure(table, title, (table,), lambda found, profile: draw(found[table], profile, words))


def figures() -> dict[str, Figure]:
    """Return figure name -> figure: every module of this package that has a module-level `FIGURE`.

    Raises:
        ValueError: when two modules define figures of one name.
    """
    return dict(sorted(Definitions("FIGURE", "figures").by("name").items()))


def describe(found: Found, profile: str) -> str:
    """Return what a drawing was made from, for its metadata: profile, table versions, experiment ids, fingerprint.

    The fingerprint changes with anything that is drawn, and with the order of rows.
    """
    versions, ids, content = [], set[str](), []
    for name, own in found.items():
        if isinstance(own, Written):
            versions.append(f"{name} v{own.lines[0]['version']}")
            ids |= {line.get("experiment_id", "none") for line in own.lines} - {"none"}
            content.append(tuple(tuple(line.items()) for line in own.lines))
        else:
            versions.append(f"{name} v{own[0].version}")
            ids |= {cell.experiment_id for cell in own if cell.mean is not None}
            content.append(tuple(own))
    fingerprint = hashlib.sha256(repr(content).encode()).hexdigest()[:12]
    experiments = " ".join(sorted(ids)) or "none run"
    return f"profile: {profile}; tables: {', '.join(versions)}; experiments: {experiments}; fingerprint: {fingerprint}"
