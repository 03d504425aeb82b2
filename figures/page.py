"""What stands around the panels of every figure: title, banner, caution, legend, notes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from figures.data_sets import in_words as data_set_in_words
from figures.data_sets import standing_for
from figures.reading import BANNERS, Cell
from figures.style import GREY, SMALLEST, WARNING

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.figure import SubFigure

WIDTH = 8.5
"""Inches: 816 CSS pixels, what a README's column shows without shrinking it."""
MARGIN = 0.1
_TITLE, _BANNER, _LINE = 0.25, 0.19, 0.15
"""Heights of the title, the banner and a line of small text, in inches."""
_LEGEND_ROW = 0.185
_LETTERS = 160
"""Letters of small text across the page."""

CAUTION = (
    "The names of the paper's data sets are roles: other data take their places here. Measured and printed numbers "
    "stem from different data and scale: compare orderings, not values."
)


def page(
    title: str,
    panels: float,
    banner: str = "",
    notes: Sequence[str] = (),
    legend: Sequence[Any] = (),
    columns: int = 4,
    cautions: Sequence[str] = (),
) -> Drawing:
    """Return a figure with words and legend and, between them, room for panels, which constrained layout fills.

    Args:
        title: first line.
        panels: height left for the panels with their axes and titles, inches.
        banner: second line, in colour: what the numbers are.
        notes: sentences at the bottom; folded at the page's width.
        legend: handles with labels, above the notes.
        columns: of the legend.
        cautions: sentences below the banner; folded too.
    """
    from matplotlib.figure import Figure as Drawing

    cautions, notes = _folded(cautions), _folded(notes)
    head = 0.12 + _TITLE + _BANNER * bool(banner) + _LINE * len(cautions)
    foot = 0.06 + _LINE * len(notes)
    keys = _LEGEND_ROW * -(-len(legend) // columns) + 0.12 * bool(legend)
    height = head + panels + keys + foot
    drawing: Drawing = Drawing(figsize=(WIDTH, height), layout="constrained")
    frame = MARGIN / 2
    layout: Any = drawing.get_layout_engine()
    layout.set(w_pad=frame, h_pad=frame, rect=(0, (foot + keys) / height, 1, panels / height))

    def say(text: str, down: float, **look: Any) -> None:
        drawing.text(MARGIN / WIDTH, 1 - down / height, text, va="top", **look)

    say(title, 0.08, fontsize=10.5, fontweight="bold")
    say(banner, 0.08 + _TITLE, fontsize=8.5, color=WARNING, fontweight="bold")
    say("\n".join(cautions), head - 0.05 - _LINE * len(cautions), fontsize=SMALLEST, color=GREY, linespacing=1.35)
    say("\n".join(notes), height - foot + 0.03, fontsize=SMALLEST, color=GREY, linespacing=1.35)
    if legend:
        drawing.legend(
            handles=list(legend), loc="lower left", bbox_to_anchor=(MARGIN / WIDTH, (foot + 0.06) / height),
            ncols=columns, borderaxespad=0, borderpad=0, labelspacing=0.35,
        )  # fmt: skip
    return drawing


def results_page(
    title: str,
    cells: Sequence[Cell],
    profile: str,
    panels: float,
    notes: Sequence[str] = (),
    legend: Sequence[Any] = (),
    columns: int = 4,
) -> Drawing:
    """Return the page of a figure of measured cells; the arguments are those of `page`.

    Args:
        cells: everything drawn; the last note counts its seeds.
        profile: scale of the runs; a key of `BANNERS`.
    """
    cautions = [CAUTION] * (profile != "paper")
    return page(title, panels, BANNERS[profile], (*notes, footer(cells, profile)), legend, columns, cautions)


def blocks(drawing: Drawing, headings: Sequence[str], heights: Sequence[float]) -> list[SubFigure]:
    """Divide the room for panels into rows with a heading each, as high as `heights` in relation to each other."""
    found = list(drawing.subfigures(len(headings), 1, height_ratios=heights, squeeze=False)[:, 0])
    for block, heading in zip(found, headings, strict=True):
        block.suptitle(heading, x=MARGIN / WIDTH, ha="left", fontsize=8, fontweight="bold")
    return found


def heading(cells: Sequence[Cell]) -> str:
    """Return whose place the cells of one role take, and on which data they were measured."""
    return standing_for(cells[0].role, measured_on(cells))


def measured_on(cells: Sequence[Cell]) -> str:
    """Return on which data the cells of one role were measured, in words."""
    return " / ".join(sorted({data_set_in_words(cell.data_set) for cell in cells if cell.seeds})) or "nothing yet"


def footer(cells: Sequence[Cell], profile: str) -> str:
    """Return scale, number of seeds and table of what is drawn."""
    counts = "/".join(str(n) for n in sorted({len(cell.seeds) for cell in cells} - {0})) or "no"
    seeds = f"n = {counts} seed{'' if counts == '1' else 's'}"
    interval = {"1": ": no interval", "2": ": range, no interval"}.get(counts, "")
    return f"{profile} profile · {seeds}{interval} · table {cells[0].table}, version {cells[0].version}"


def printed_label(profile: str) -> str:
    """Return what the paper's own numbers are called beside those of a profile."""
    return f"printed in the paper ({'its own run' if profile == 'paper' else 'other data, other scale'})"


def _folded(sentences: Sequence[str]) -> list[str]:
    return [line for sentence in sentences for line in textwrap.wrap(sentence, _LETTERS)]
