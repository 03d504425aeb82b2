"""One look for all figures, and saving that writes the same bytes twice."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures.metrics import ACCURACIES, LABELS
from supertickets.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette: distinguishable with every common colour-vision deficiency.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#666666"
"""Text and marks that are not ours: the paper's printed numbers."""

METRICS: dict[str, str] = {key: re.sub(r"\^(\w)", r"$^{\1}$", LABELS[key]) for key in LABELS if key in ACCURACIES}
"""Metric key -> axis label without unit, of accuracies."""

_SETTINGS: dict[Any, Any] = {
    # The font that ships with matplotlib: the same glyphs on every machine.
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.6,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.dpi": 200,
    # Element ids are hashed with this salt instead of a random one.
    "svg.hashsalt": "figures",
    "svg.fonttype": "path",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw and save inside this context: matplotlib's defaults, not the user's settings, plus ours."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def save(figure: Figure, stem: Path, metadata: Mapping[str, str]) -> tuple[Path, Path]:
    """Write `<stem>.png` and `<stem>.svg` and return their paths.

    Neither carries a date or a program version of its own, so equal figures are equal bytes (with one matplotlib
    version). Each appears under its name only when complete.

    Args:
        figure: what to save.
        stem: path without suffix; its folder is created.
        metadata: "Title" and "Description", embedded in both.
    """
    paths = stem.with_suffix(".png"), stem.with_suffix(".svg")
    with style():
        for path, extra in zip(paths, ({"Software": None}, {"Date": None, "Creator": None}), strict=True):
            drawn = io.BytesIO()
            figure.savefig(drawn, format=path.suffix[1:], metadata={**metadata, **extra})
            write_atomically(path, drawn.getvalue())
    return paths
