"""Figure 8: tickets found on one data set and used on another, against search-then-prune on the other itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from figures.curves import GAP, LEFT, PRINTED_BAND
from figures.figure import Figure
from figures.lines import NOTE, Point, bars, finish, legend, measured, missing, printed, title
from figures.methods import Looks, looks
from figures.page import Band, Page, measured_on, printed_label
from figures.reading import Cell
from figures.style import GREY, METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_TABLE = "transfer-curves"
_COLUMNS = 3
_LETTERS = 50
"""Letters of a note across a panel."""


def draw(records: Mapping[str, Sequence[Cell]], profile: str) -> Drawing:
    """Return the figure: a panel per direction of transfer, the target's primary metric against sparsity.

    Networks trained on the target stand in the panels of every direction that ends there. Printed numbers have panels
    of their own below.

    Args:
        records: cells of the table "transfer-curves".
        profile: scale of the runs; a key of `BANNERS`.
    """
    scored = [cell for cell in records[_TABLE] if cell.metric in METRICS]
    primary = {cell.role: cell.metric for cell in reversed(scored)}
    cells = [cell for cell in scored if cell.metric == primary[cell.role]]
    directions = list(dict.fromkeys((cell.source, cell.role) for cell in cells if cell.source))
    found = [[c for c in cells if c.role == role and c.source in {"", source}] for source, role in directions]
    has_printed = any(cell.printed is not None for cell in cells)
    look = looks(cell.row for cell in cells)
    notes = [[measured_on(own), *missing(own, _LETTERS)] for own in found]
    bands: list[Band] = []
    for row in range(0, len(found), _COLUMNS):
        bands.append(Band(1.6, above=0.37 + NOTE * max(map(len, notes[row : row + _COLUMNS]))))
        bands += [PRINTED_BAND] * has_printed
    words = "Transferred tickets against search-then-prune on the target (Fig. 8 of the paper)"
    page = Page(words, cells, profile, bands, legend(cells, look), columns=4, remarks=[bars(cells)])
    for i, (own, (source, role)) in enumerate(zip(found, directions, strict=True)):
        row, column = divmod(i, _COLUMNS)
        band = row * (1 + has_printed)
        axes = page.drawing.add_subplot(page.panels(band, _COLUMNS, LEFT, GAP)[column])
        title(axes, f"{source} \N{RIGHTWARDS ARROW} {role}", notes[i])
        _panel(axes, own, look)
        if has_printed:
            axes = page.drawing.add_subplot(page.panels(band + 1, _COLUMNS, LEFT, GAP)[column])
            axes.set_title(printed_label(profile), loc="left", color=GREY, fontsize=7, pad=4)
            _panel(axes, own, look, as_printed=True)
    return page.drawing


def _panel(axes: Axes, cells: Sequence[Cell], look: Looks, as_printed: bool = False) -> None:
    # As in the paper, sparsities stand at equal distances.
    sparsities = sorted({cell.sparsity for cell in cells})
    lines: dict[str, list[Point]] = {}
    for cell in sorted(cells, key=lambda cell: cell.sparsity):
        value = cell.printed if as_printed else cell.mean
        if value is not None:
            lines.setdefault(cell.row, []).append(Point(sparsities.index(cell.sparsity), value, cell))
    (printed if as_printed else measured)(axes, lines, look)
    finish(axes, cells[0], "sparsity [%]")
    axes.set_xlim(-0.3, len(sparsities) - 0.7)
    if lines:
        axes.set_xticks(range(len(sparsities)), [f"{100 * sparsity:g}" for sparsity in sparsities])


FIGURE = Figure(_TABLE, "Transferred tickets against search-then-prune (Fig. 8)", needs=(_TABLE,), draw=draw)
