"""Precision over recall as errors are removed, one type after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from figures.errors.reading import NAMES, Curves, Report
from figures.marks import blank
from figures.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, SMALLEST, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_COLORS = (BLACK, BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE)


def draw_curves(reports: Sequence[Report]) -> Drawing:
    """A row per report, a panel per threshold, a curve per type of error that was removed last."""
    from matplotlib.figure import Figure as Drawing

    titles = list(reports[0].curves)
    size = (4.6 * len(titles), 2.8 * len(reports))
    drawing = Drawing(figsize=size, layout="constrained")
    grid = drawing.subplots(len(reports), len(titles), squeeze=False)
    for row, report in zip(grid, reports, strict=True):
        for panel, title in zip(row, titles, strict=True):
            _draw(panel, report.curves[title])
            panel.set_title(f"{report.name}, {title}" if len(reports) > 1 else title, loc="left")
    return drawing


def _draw(panel: Axes, curves: Curves) -> None:
    """The later a type is removed the further behind its curve lies, so that no earlier one is hidden."""
    drawn = {name: curve for name, curve in curves.items() if curve is not None}
    if not drawn:
        blank(panel, "nothing to be found")
        return
    recalls = np.linspace(0, 100, 101)
    for number, (name, curve) in enumerate(drawn.items()):
        color = _COLORS[number % len(_COLORS)]
        says = "as detected" if name == "baseline" else "+ " + NAMES[name].replace("\n", " ")
        percent = 100 * np.asarray(curve)
        panel.plot(recalls, percent, color=color, linewidth=1.2, zorder=3 - number / 10,
                   label=f"{says} ({percent.mean():.1f})")  # fmt: skip
    panel.set_xlabel("recall [%]")
    panel.set_ylabel("precision [%]")
    panel.set(xlim=(0, 102), ylim=(0, 102))
    panel.grid(color="#E2E2E2", linewidth=0.5)
    panel.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, fontsize=SMALLEST, title="removed (mean)",
                 title_fontsize=SMALLEST, alignment="left")  # fmt: skip
