"""The layout of curves of detectors: a panel per metric, a line per way to a ticket, over zeros in the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures import marks
from figures.detectors import LOOKS, key, means, points
from figures.lines import missing
from figures.methods import hollow
from figures.page import heading, results_page
from figures.reading import Cell
from figures.telling import in_words, tell

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_ACROSS = "sparsity_network"
_DENSE = "or_dense"
PANELS = (
    ("COCO instances", "box_ap"), ("COCO instances", "mask_ap"), ("COCO people", "keypoints_ap"), ("VOC", "voc_ap"),
)  # fmt: skip
"""Data set and metric of every panel: what the paper draws."""
NOTE = (
    "Zeros are counted among all parameters, so that methods which prune different layers can be compared. "
    "Printed numbers stand at the printed share of zeros."
)


def draw(cells: Sequence[Cell], profile: str, words: str) -> Drawing:
    """Return the drawing.

    Args:
        cells: one table's cells.
        profile: scale of the runs.
        words: first line.
    """
    across = means(cells, _ACROSS)
    shown = [cell for cell in cells if (cell.role, cell.metric) in PANELS]
    panels = [panel for panel in PANELS if panel in {(cell.role, cell.metric) for cell in shown}]
    names = {_line(cell): _named(cell) for cell in shown}
    legend = [key(name, LOOKS[line], linestyle="none" if line == _DENSE else "-") for line, name in names.items()]
    legend += marks.keys(shown, profile)
    drawing = results_page(words, shown, profile, 2.5, [*missing(shown), NOTE], legend)
    grid = drawing.subplots(1, len(panels), squeeze=False)[0]
    for axes, (role, metric) in zip(grid, panels, strict=True):
        own = [cell for cell in shown if (cell.role, cell.metric) == (role, metric)]
        for line in names:
            found = [cell for cell in own if _line(cell) == line and cell.key[:-1] in across]
            found.sort(key=lambda cell: across[cell.key[:-1]])
            if found:
                points(axes, [across[cell.key[:-1]] for cell in found], found, LOOKS[line], line != _DENSE)
        for cell in own:
            if cell.printed is not None and (place := _printed_place(cells, cell)) is not None:
                tell(axes.plot(place, cell.printed, **hollow(LOOKS[_line(cell)]), zorder=3)[0], [in_words(cell)])
        axes.set_title(heading(own).replace(": ", ":\n"))
        if not axes.lines:
            marks.blank(axes, "not run")
            continue
        axes.set_xlabel("zeros in the network [%]")
        marks.percent(axes, own, "y")
        axes.grid()
    return drawing


def _line(cell: Cell) -> str:
    """Tickets of the task itself are one line, however many zeros they were asked for."""
    return "or_direct" if cell.row in ("or_dense_again", "or_direct_equal") else cell.row


def _named(cell: Cell) -> str:
    return "Own ticket; without zeros: dense, rewound" if _line(cell) == "or_direct" else cell.method


def _printed_place(cells: Sequence[Cell], of: Cell) -> float | None:
    return next((cell.printed for cell in cells if cell.key[:-1] == of.key[:-1] and cell.metric == _ACROSS), None)
