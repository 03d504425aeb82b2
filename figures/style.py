"""One look for all figures, and saving that writes the same bytes twice."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures.metrics import ACCURACIES, LABELS
from supertickets.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's hues, distinguishable with every common colour-vision deficiency; 3:1 and more on white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#C48200", "#4197CB", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#005C94", "#D55E00", "#C8709F"
OVER_PICTURES = ("#0072B2", "#E69F00", "#009E74", "#D55E01", "#CC79A7", "#56B4E9", YELLOW)
"""Lighter ones for marks over pictures; none is a colour that changes with the scheme, as pictures do not."""
CLASSES = (
    "#875692", "#F38400", "#A1CAF1", "#008856", "#F3C300", "#BE0032", "#E68FAC", "#0067A5", "#848482", "#C2B280",
    "#604E97", "#F99379", "#8DB600", "#882D17", "#00B5AD", "#DCD300", "#B3446C", "#654522", "#2B9FFF", "#E25822",
    "#2B3D26", "#F7B6D2", "#9A9AFF", "#D9D9D9",
)  # fmt: skip
"""Kelly's colours of greatest contrast, and four more. Data sets share none until they are used up."""
GREY, WARNING = "#5F5F5F", "#8F3400"
"""Small text and marks that stand for no method; what the numbers are, in words."""
GROUND, BACKGROUND, GRID, OUTLINE, UNSEARCHED = "#FFFFFF", "#F3F3F3", "#DCDCDC", "#BBBBBB", "#BDBDBD"
"""Behind everything; behind every second row; lines behind marks; lines of boxes; a supernet's units."""

SMALLEST = 7.0
"""Points of the smallest text, at the size at which figures are shown."""

METRICS: dict[str, str] = {key: re.sub(r"\^(\w)", r"$^{\1}$", LABELS[key]) for key in LABELS if key in ACCURACIES}
"""Metric key -> axis label without unit, of accuracies."""

_SETTINGS: dict[Any, Any] = {
    # The font that ships with matplotlib: the same glyphs on every machine. Viewers may take others.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Bitstream Vera Sans", "Verdana"],
    "font.size": 7.5,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.labelsize": 7.5,
    "axes.labelpad": 2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.labelsize": SMALLEST,
    "ytick.labelsize": SMALLEST,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "figure.facecolor": GROUND,
    "savefig.dpi": 200,
    # Element ids are hashed with this salt instead of a random one.
    "svg.hashsalt": "figures",
    "svg.fonttype": "none",
    # An enlarged pixel stays a pixel, stored once: pictures are not rendered into one another.
    "image.composite_image": False,
    "image.interpolation": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw and save inside this context: matplotlib's defaults, not the user's settings, plus ours."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def save(figure: Figure, stem: Path, metadata: Mapping[str, str], formats: Sequence[str] = ("svg",)) -> list[Path]:
    """Write `<stem>.<format>` for every format and return the paths.

    None carries a date or a program version of its own, so equal figures are equal bytes (with one matplotlib
    version). Each appears under its name only when complete.

    Args:
        figure: what to save.
        stem: path without suffix; its folder is created.
        metadata: "Title" and "Description", embedded in all.
        formats: of "svg" and "png".
    """
    undated: dict[str, dict[str, None]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
    paths = []
    with style():
        _settle(figure)
        for kind in formats:
            drawn = io.BytesIO()
            figure.savefig(drawn, format=kind, metadata={**metadata, **undated[kind]})
            paths.append(stem.with_suffix(f".{kind}"))
            content = drawn.getvalue()
            write_atomically(paths[-1], _completed(content, figure) if kind == "svg" else content)
    return paths


def _completed(svg: bytes, figure: Figure) -> bytes:
    """Add to a drawing its colours in the dark and what its marks tell."""
    from figures.schemes import rules
    from figures.telling import layer

    before, end, after = svg.decode().rpartition("</svg>")
    return f"{before.replace('</style>', f'{rules()}</style>', 1)}{layer(figure)}{end}{after}".encode()


def _settle(figure: Figure) -> None:
    """Lay a figure out once and round the places, whose last digits hang on addresses in the memory of the solver."""
    from matplotlib.transforms import Bbox

    if figure.get_layout_engine() is None:
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for part in figure.subfigs:
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(6))
    for axes in figure.axes:
        axes.set_position(Bbox(axes.get_position(original=True).get_points().round(6)))
