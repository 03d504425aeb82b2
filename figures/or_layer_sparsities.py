"""What is left of every layer of a detector, ranked together with all others or alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.data_sets import in_words, standing_for
from figures.detector_lines import check, method_of, note, schema
from figures.detectors import LOOKS, banner, key
from figures.figure import Figure, Found
from figures.methods import NAMES
from figures.page import page
from figures.style import GRID, WARNING
from figures.telling import tell
from figures.written import reader
from supertickets.documents import cells
from supertickets.documents.sheets import Line

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_TABLE = "or-layer-sparsities"
_EMPTY = 0.1
"""Percent left below which a layer is named in the colour of a warning: it passes next to nothing on."""
_NOTE = (
    "In colour, if any: layers of which one ranking leaves less than 0.1 %. The hidden layers of the head of the boxes "
    "are box head.fc6 and fc7."
)
_DASHES = ("-", "--")
"""Of the sparsities, from the smallest on."""
SCHEMA = schema(("layer",), method=cells.one_of(NAMES), layer=cells.text, weights=cells.whole(1), kept=cells.whole())


def check_layers(lines: Sequence[Line]) -> None:
    """Refuse layers of which more is kept than there is.

    Raises:
        DocumentError: naming the line.
    """
    check(lines)
    for line in lines:
        if line.values["kept"] > line.values["weights"]:
            raise line.error(f"{line.texts['kept']} kept of {line.texts['weights']}", "kept")


def draw(found: Found, profile: str) -> Drawing:
    """Return a panel per data set: lines over layers, one per ranking and sparsity."""
    lines = found[_TABLE].lines
    roles = list(dict.fromkeys(line["role"] for line in lines))
    nets = {(line["method"], line["sparsity"]): method_of(line) for line in lines}
    dashes = dict(zip(sorted({sparsity for _, sparsity in nets}, key=float), _DASHES, strict=False))
    look = {
        net: {"color": LOOKS[net[0]]["color"], "linestyle": dashes.get(net[1], ":"), "linewidth": 1.2} for net in nets
    }
    legend = [key(name, look[net]) for net, name in nets.items()]
    words = "Weights left of every layer, ranked together and alone"
    drawing = page(words, 2.7 * len(roles), banner(profile), [_NOTE, note(lines, profile)], legend)
    for axes, role in zip(drawing.subplots(len(roles), 1, squeeze=False)[:, 0], roles, strict=True):
        own = [line for line in lines if line["role"] == role]
        layers = list(dict.fromkeys(line["layer"] for line in own))
        left = {
            (line["method"], line["sparsity"], line["layer"]): 100 * int(line["kept"]) / int(line["weights"])
            for line in own
        }
        for net, name in nets.items():
            ranked = [left.get((*net, layer), float("nan")) for layer in layers]
            drawn = axes.step(range(len(layers)), ranked, where="mid", **look[net])
            tell(drawn[0], [
                f"{name}, {_short(layer)}: {share:.3g} % of its weights left"
                for layer, share in zip(layers, ranked, strict=True)
            ])  # fmt: skip
        axes.set_xticks(range(len(layers)), [_short(layer) for layer in layers], rotation=90)
        for tick, layer in zip(axes.get_xticklabels(), layers, strict=True):
            if any(left.get((*net, layer), 100) < _EMPTY for net in nets):
                tick.set_color(WARNING)
        axes.set_ylabel("weights left [%]")
        axes.set_ylim(0, 100)
        axes.set_title(standing_for(role, in_words(own[0]["data_set"])), loc="left", fontsize=8)
        axes.grid(axis="y", color=GRID, linewidth=0.5)
    return drawing


def _short(layer: str) -> str:
    name = layer.removesuffix(".weight").removeprefix("backbone.").removeprefix("roi_heads.")
    return name.replace("downsample", "shortcut").replace("_", " ")


FIGURE = Figure(
    _TABLE, "Weights left of every layer, ranked together and alone", (_TABLE,), draw, reader(SCHEMA, check_layers)
)
