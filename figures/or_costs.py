"""Figure 4 of the object-recognition paper: disk and multiply-accumulates over sparsities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.detectors import key, means, points
from figures.figure import Figure
from figures.lines import missing
from figures.metrics import LABELS, SYMBOLS
from figures.page import results_page
from figures.reading import Cell
from figures.style import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_TABLE = "or-sparsity-curves"
_SHOWN = ("disk_size", "macs_nonzero")
_ROWS = ("or_dense", "or_direct", "or_direct_equal")
_LOOKS: tuple[Mapping[str, Any], ...] = ({"color": BLUE, "marker": "o"}, {"color": ORANGE, "marker": "s"})
_NOTE = (
    "Sizes are those of real files, which store every tensor without its zeros where that is smaller. "
    "Multiply-accumulates are those of kept weights, at a fixed number of proposals and detections. "
    "Dotted: what they would be if they fell in proportion to the zeros."
)


def draw(cells: Sequence[Cell], profile: str) -> Drawing:
    """Return a panel for bytes and one for multiply-accumulates, a line per task."""
    across = means(cells, "sparsity_network")
    own = [cell for cell in cells if cell.row in _ROWS]
    roles = list(dict.fromkeys(cell.role for cell in own))
    legend = [key(f"in the place of {role}", look) for role, look in zip(roles, _LOOKS, strict=False)]
    shown = [cell for cell in own if cell.metric in _SHOWN]
    words = "What sparse detectors cost (Object recognition, Fig. 4)"
    legend += marks.keys(shown, profile)
    drawing = results_page(words, shown, profile, 2.5, [*missing(shown), _NOTE], legend)
    for axes, metric in zip(drawing.subplots(1, len(_SHOWN)), _SHOWN, strict=True):
        for role, look in zip(roles, _LOOKS, strict=False):
            found = [c for c in shown if (c.role, c.metric) == (role, metric) and c.key[:-1] in across]
            found.sort(key=lambda cell: across[cell.key[:-1]])
            if found:
                points(axes, [across[cell.key[:-1]] for cell in found], found, look, joined=True)
            if found and found[0].row == "or_dense" and (dense := found[0].mean) is not None:
                axes.plot((0, 100), (dense, 0), color=look["color"], linewidth=0.7, linestyle=":")
        if not axes.lines:
            marks.blank(axes, "not run")
            continue
        axes.set_xlabel("zeros in the network [%]")
        axes.set_ylim(bottom=0)
        unit = next(cell.unit for cell in shown if cell.metric == metric)
        axes.set_ylabel(f"{LABELS[metric]} [{SYMBOLS[unit]}]")
        axes.grid()
    return drawing


FIGURE = Figure(
    "or-costs", "What sparse detectors cost (Object recognition, Fig. 4)", (_TABLE,),
    lambda found, profile: draw(found[_TABLE], profile),
)  # fmt: skip
