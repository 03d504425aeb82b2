"""What stands around the panels of every figure: title, banner, caution, legend, footer. All distances in inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from figures.reading import BANNERS, Cell
from figures.style import GREY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.gridspec import GridSpec
    from matplotlib.lines import Line2D

WIDTH = 9.2
_MARGIN, _RIGHT = 0.11, 0.25
"""Room left of the words, and right of the panels for half a tick label."""
_WORDS = 0.7
"""Height of title, banner and caution."""
_FOOTER = 0.28
_LEGEND_ROW = 0.185

PRINTED: dict[str, Any] = {
    "marker": "D", "markersize": 4, "markerfacecolor": "white", "markeredgecolor": GREY, "markeredgewidth": 0.9,
    "linestyle": "none", "zorder": 2,
}  # fmt: skip
"""A printed number: hollow and grey wherever it stands."""


@dataclass(frozen=True)
class Band:
    """A row of panels and the room around it.

    Attributes:
        height: of the panels.
        above: room for the heading.
        below: room for tick labels and axis label.
    """

    height: float
    above: float = 0.36
    below: float = 0.46


class Page:
    """A figure filled from the top: words, bands of panels, legend, footer.

    Args:
        title: first line.
        cells: everything drawn; the footer counts its seeds.
        profile: scale of the runs; a key of `BANNERS`.
        bands: rows of panels, from top to bottom.
        legend: what the marks mean.
        columns: columns of the legend.
        remarks: further lines above the footer.
    """

    def __init__(
        self,
        title: str,
        cells: Sequence[Cell],
        profile: str,
        bands: Sequence[Band],
        legend: Sequence[Line2D],
        columns: int = 3,
        remarks: Sequence[str] = (),
    ) -> None:
        from matplotlib.figure import Figure as Drawing

        foot = _FOOTER + 0.145 * len(remarks)
        legend_height = _LEGEND_ROW * -(-len(legend) // columns)
        panels = sum(band.above + band.height + band.below for band in bands)
        self._inches = _WORDS + panels + legend_height + foot
        self._bands = bands
        self.drawing: Drawing = Drawing(figsize=(WIDTH, self._inches))
        self._words(title, profile)
        text = "\n".join((*remarks, footer(cells, profile)))
        self.drawing.text(_MARGIN / WIDTH, self._up(0.08), text, fontsize=7, color=GREY, va="bottom", linespacing=1.45)
        self.drawing.legend(
            handles=list(legend), loc="lower left", bbox_to_anchor=((_MARGIN - 0.07) / WIDTH, self._up(foot - 0.04)),
            ncols=columns, borderpad=0, labelspacing=0.35,
        )  # fmt: skip

    def panels(self, band: int, columns: int, left: float, gap: float) -> GridSpec:
        """Return the places of a band's panels.

        Args:
            band: number of the band, from the top.
            columns: number of panels.
            left: distance of the first panel from the left edge.
            gap: distance between two panels.
        """
        above = _WORDS + sum(b.above + b.height + b.below for b in self._bands[:band]) + self._bands[band].above
        bottom = above + self._bands[band].height
        width = (WIDTH - left - _RIGHT - gap * (columns - 1)) / columns
        return self.drawing.add_gridspec(
            1, columns, left=left / WIDTH, right=1 - _RIGHT / WIDTH, top=1 - self._up(above),
            bottom=1 - self._up(bottom), wspace=gap / width,
        )  # fmt: skip

    def _words(self, title: str, profile: str) -> None:
        def say(text: str, down: float, **look: Any) -> None:
            self.drawing.text(_MARGIN / WIDTH, 1 - self._up(down), text, va="top", **look)

        say(title, 0.10, fontsize=11, fontweight="bold")
        say(BANNERS[profile], 0.33, fontsize=9, color=VERMILLION, fontweight="bold")
        if profile != "paper":
            say("Measured and printed numbers stem from different data and scale: compare orderings, not values.", 0.53)

    def _up(self, inches: float) -> float:
        return inches / self._inches


def heading(cells: Sequence[Cell]) -> str:
    """Return whose place the cells of one role take, and on which data they were measured."""
    role = cells[0].role
    return role if _data_sets(cells) == role else f"In the place of {role}: {measured_on(cells)}"


def measured_on(cells: Sequence[Cell]) -> str:
    """Return on which data the cells of one role were measured."""
    return f"measured on {_data_sets(cells)}"


def footer(cells: Sequence[Cell], profile: str) -> str:
    """Return scale, number of seeds and table of what is drawn."""
    counts = "/".join(str(n) for n in sorted({len(cell.seeds) for cell in cells} - {0})) or "no"
    seeds = f"n = {counts} seed{'' if counts == '1' else 's'}"
    interval = {"1": ": no interval", "2": ": range, no interval"}.get(counts, "")
    return f"{profile} profile · {seeds}{interval} · table {cells[0].table}, version {cells[0].version}"


def printed_label(profile: str) -> str:
    """Return what the paper's own numbers are called beside those of a profile."""
    return f"printed in the paper ({'its own run' if profile == 'paper' else 'other data, other scale'})"


def _data_sets(cells: Sequence[Cell]) -> str:
    return " / ".join(sorted({cell.data_set for cell in cells if cell.mean is not None})) or "nothing yet"
