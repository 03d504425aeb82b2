"""What figures of the object-recognition paper share: looks, and means with their seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from figures import marks
from figures.methods import NAMES, looks
from figures.reading import BANNERS, Cell
from figures.spread import spread
from figures.telling import in_words, tell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

LOOKS: dict[str, dict[str, Any]] = {
    row: {key: look[key] for key in ("color", "marker")}
    for row, look in looks(name for name in NAMES if name.startswith("or_")).items()
}
"""Row key -> colour and marker, as in all figures."""


def banner(profile: str) -> str:
    """Return what a profile's numbers are."""
    return BANNERS[profile]


def means(cells: Sequence[Cell], metric: str) -> Mapping[Any, float]:
    """Return a measured metric by (row, role, source, sparsity), from the seeds: a mean has fewer digits."""
    return {cell.key[:-1]: fmean(cell.seeds) for cell in cells if cell.metric == metric and cell.seeds}


def points(axes: Axes, places: Sequence[float], cells: Sequence[Cell], look: Mapping[str, Any], joined: bool) -> None:
    """Draw measured cells at x places: means, joined or not, every seed, and intervals or ranges."""
    line = {"linestyle": "-" if joined else "none", "linewidth": 1.1, "markersize": 4.2, "zorder": 4, **look}
    drawn = axes.plot(places, [fmean(cell.seeds) for cell in cells], **line)
    tell(drawn[0], [in_words(cell) for cell in cells])
    for x, cell in zip(places, cells, strict=True):
        if len(cell.seeds) > 1:
            axes.plot([x] * len(cell.seeds), cell.seeds, **marks.SEED, color=look["color"])
        if bar := spread(cell):
            axes.plot((x, x), bar[0], color=look["color"], **marks.BAR, **bar[1])


def key(label: str, look: Mapping[str, Any], **more: Any) -> Line2D:
    """Return a handle for a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **{"linewidth": 1.1, "markersize": 4.2, **look, **more})
