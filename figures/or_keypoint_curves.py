"""Figure 5 of the object-recognition paper: precision over recall of joints as errors are removed, dense and sparse."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from figures.detector_lines import check, method_of, note, schema
from figures.detectors import banner, key
from figures.errors.reading import NAMES
from figures.figure import Figure, Found
from figures.marks import blank
from figures.page import page
from figures.style import BLACK, BLUE, GREEN, GREY, GRID, ORANGE, PURPLE, SKY, SMALLEST, VERMILLION
from figures.telling import tell
from figures.written import reader
from supertickets.documents import cells
from supertickets.documents.sheets import Line

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_TABLE = "or-keypoint-curves"
_COLORS = dict(
    zip(
        ("baseline", "miss", "swap", "inversion", "jitter", "bckgd_false_pos", "false_neg"),
        (BLACK, BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE),
        strict=True,
    )
)
"""What was removed last, in the order in which it is -> colour."""
_DASHED = ("swap", "jitter", "false_neg")
"""Drawn above the one before: where the two are one, both are seen."""
_RECALLS, _TOLD_EVERY = 101, 10
"""How many places a curve has, from 0 to 100 % recall, and how far apart those are that tell their values."""
_NOTE = (
    "Errors are removed one after the other, each with those before it. Above a panel: the mean precision of its "
    "curves, in the order of the legend. The paper does not say its OKS threshold: both that it may have taken are "
    "shown."
)
SCHEMA = schema(
    ("oks", "error"),
    oks=cells.number(0, 1),
    error=cells.one_of(_COLORS),
    precision=cells.unless(("none",), cells.series(cells.number(0, 1))),
)


def check_curves(lines: Sequence[Line]) -> None:
    """Refuse curves of another length, and a net that lacks one.

    Raises:
        DocumentError: naming the line.
    """
    check(lines)
    for line in lines:
        curve = line.values["precision"]
        if curve is not None and len(curve) != _RECALLS:
            raise line.error(f"{len(curve)} precisions, not {_RECALLS}", "precision")
    for panel in {_panel(line) for line in lines}:
        own = [line for line in lines if _panel(line) == panel]
        if lacking := sorted(_COLORS.keys() - {line.texts["error"] for line in own}):
            raise own[0].error(f"{panel[0]} has no curve of {lacking[0]} at OKS {panel[2]}", "error")


def _panel(line: Line) -> tuple[str, str, str]:
    return line.texts["method"], line.texts["sparsity"], line.texts["oks"]


def _state(error: str) -> str:
    """What was removed last, in words."""
    return "as detected" if error == "baseline" else f"+ {NAMES[error]}".replace("\n", " ")


def _look(error: str) -> dict[str, Any]:
    dashed = error in _DASHED
    return {"color": _COLORS[error], "linewidth": 1.2, "linestyle": (0, (4, 3)) if dashed else "-"}


def draw(found: Found, profile: str) -> Drawing:
    """Return a row of panels per OKS threshold, a panel per net."""
    lines = found[_TABLE].lines
    methods = list(dict.fromkeys((line["method"], line["sparsity"]) for line in lines))
    thresholds = list(dict.fromkeys(line["oks"] for line in lines))
    legend = [key(_state(error), _look(error)) for error in _COLORS]
    words = "Precision of joints as errors are removed (Object recognition, Fig. 5)"
    drawing = page(words, 2.5 * len(thresholds), banner(profile), [_NOTE, note(lines, profile)], legend, columns=7)
    grid = drawing.subplots(len(thresholds), len(methods), squeeze=False)
    for row, oks in zip(grid, thresholds, strict=True):
        for axes, (method, sparsity) in zip(row, methods, strict=True):
            own = [line for line in lines if (line["oks"], line["method"], line["sparsity"]) == (oks, method, sparsity)]
            own.sort(key=lambda line: list(_COLORS).index(line["error"]))
            means = []
            for number, line in enumerate(line for line in own if line["precision"] != "none"):
                curve = [100 * float(value) for value in line["precision"].split(";")]
                means.append(f"{fmean(curve):.1f}")
                axes.plot(range(_RECALLS), curve, **_look(line["error"]), zorder=3 + number / 10)
                places = range(0, _RECALLS, _TOLD_EVERY)
                tell(axes.plot(places, curve[::_TOLD_EVERY], linestyle="none")[0], [
                    f"{_state(line['error'])}: precision {curve[recall]:.3g} % at {recall} % recall, "
                    f"{fmean(curve):.1f} % on average"
                    for recall in places
                ])  # fmt: skip
            if not axes.lines:
                blank(axes, "nobody is to be found")
                continue
            axes.set_title(f"{method_of(own[0])}, OKS {float(oks):g}", loc="left", fontsize=8, pad=15)
            axes.text(0, 1.02, " · ".join(means), transform=axes.transAxes, fontsize=SMALLEST, color=GREY)
            axes.set_xlabel("recall [%]")
            axes.set_ylabel("precision [%]")
            axes.set(xlim=(0, 102), ylim=(0, 102))
            axes.grid(color=GRID, linewidth=0.5)
    return drawing


FIGURE = Figure(
    _TABLE, "Precision of joints as errors are removed (Object recognition, Fig. 5)", (_TABLE,), draw,
    reader(SCHEMA, check_curves),
)  # fmt: skip
