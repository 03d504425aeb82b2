"""The marks of all figures: filled is measured, small dots are its seeds, a line its interval, hollow is printed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from figures.methods import Look, hollow
from figures.metrics import SYMBOLS
from figures.page import printed_label
from figures.reading import Cell
from figures.spread import in_words as bars_in_words
from figures.spread import spread
from figures.style import BACKGROUND, GREY, METRICS
from figures.telling import in_words, tell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

SEED: dict[str, Any] = {
    "marker": ".", "markersize": 5, "markeredgewidth": 0, "alpha": 0.8, "linestyle": "none", "zorder": 3.5,
}  # fmt: skip
"""A single seed."""
BAR: dict[str, Any] = {"linewidth": 1.3, "alpha": 0.6, "zorder": 2.5}
"""How far seeds lie apart."""
_STANDS_FOR: Look = {"color": GREY, "marker": "o", "linestyle": "none", "markersize": 4.2}
"""What stands for all methods in a legend."""


def row(axes: Axes, cell: Cell, y: float, look: Look, seeds: float = 0.0, printed: float = 0.0) -> None:
    """Draw a cell as marks on a horizontal line.

    Args:
        axes: where.
        cell: what; only its printed number, if any, when it was not run.
        y: height of the mean.
        look: of its method.
        seeds: how far below the mean the seeds stand, and how far they spread.
        printed: how far above the mean the printed number stands.
    """
    if cell.printed is not None:
        tell(axes.plot(cell.printed, y - printed, **hollow(look), zorder=3)[0], [in_words(cell)])
    if cell.mean is None:
        return
    color, count = look["color"], len(cell.seeds)
    if count > 1:
        places = [y + seeds * (0.7 + 0.6 * k / (count - 1)) for k in range(count)]
        axes.plot(cell.seeds, places, **SEED, color=color)
    if bar := spread(cell):
        axes.plot(bar[0], (y, y), color=color, **BAR, **bar[1])
    tell(axes.plot(cell.mean, y, **{**look, "linestyle": "none"}, zorder=4)[0], [in_words(cell)])


def stripes(axes: Axes, edges: Sequence[float]) -> None:
    """Shade every second row between `edges`, from the first on, and end the axis with them."""
    for low, high in list(pairwise(edges))[::2]:
        axes.axhspan(low, high, color=BACKGROUND, linewidth=0, zorder=0)
    axes.set_ylim(edges[-1], edges[0])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def percent(axes: Axes, cells: Sequence[Cell], axis: str = "x") -> None:
    """Name an axis after a metric, and let it begin at 0 and end behind the highest value drawn."""
    ends = [end for cell in cells if (bar := spread(cell)) for end in bar[0]]
    highest = max([*ends, *(x for cell in cells for x in (*cell.seeds, cell.printed) if x is not None)], default=100.0)
    margin = 0.04 * (highest or 100.0)
    axes.set(**{f"{axis}lim": (-margin, (highest or 100.0) + margin), f"{axis}label": named(cells[0])})
    axes.locator_params(axis=axis, nbins=5, min_n_ticks=3)  # type: ignore[arg-type]


def named(cell: Cell) -> str:
    """Return a cell's metric and unit."""
    return f"{METRICS[cell.metric]} [{SYMBOLS[cell.unit]}]"


def blank(axes: Axes, why: str) -> None:
    """Say in an empty panel why it is empty."""
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set(xticks=[], yticks=[])


def keys(cells: Sequence[Cell], profile: str, band: bool = False) -> list[Any]:
    """Return what the marks of these cells mean, as handles of a legend: only what occurs.

    Args:
        cells: everything drawn.
        profile: scale of the runs.
        band: whether intervals are drawn as bands.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found: list[Any] = []
    words, counts = bars_in_words(cells), {len(cell.seeds) for cell in cells} - {0}
    if counts:
        found.append(_key("mean of seeds" if counts - {1} else "one seed", _STANDS_FOR))
    if words and band:
        found.append(Patch(color=GREY, alpha=0.2, linewidth=0, label=words))
    elif words:
        found.append(Line2D([], [], color=GREY, label=words, **BAR))
    if counts - {1}:
        found.append(_key("each seed", {**SEED, "color": GREY}))
    if any(cell.printed is not None for cell in cells):
        found.append(_key(printed_label(profile), hollow(_STANDS_FOR)))
    return found


def _key(label: str, look: Look) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **look)
