"""What marks stand for, told where they are pointed at: every SVG carries a list of its marks with their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from math import isfinite
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from figures.data_sets import in_words as data_set_in_words
from figures.metrics import LABELS, SYMBOLS
from figures.reading import Cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing
    from matplotlib.lines import Line2D

_POINTS_PER_INCH = 72
_WORDS: WeakKeyDictionary[Line2D, Sequence[str]] = WeakKeyDictionary()
"""Line -> what each of its marks tells."""

_LAYER = re.compile(r'<g class="told" fill="none" pointer-events="all">.*?</g>\n', re.DOTALL)
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_MARK = re.compile(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="5"><title>([^<]*)</title></circle>')


@dataclass(frozen=True)
class Mark:
    """A place of a drawing, in percent from its left and upper edge, and what stands there."""

    left: float
    top: float
    words: str


def tell(line: Line2D, words: Sequence[str]) -> None:
    """Let the marks of a line tell something, one text per mark."""
    _WORDS[line] = words


def in_words(cell: Cell) -> str:
    """Return what was measured, of how many seeds, and what the paper prints."""
    data_set = data_set_in_words(cell.data_set)
    where = cell.role if data_set == cell.role or cell.mean is None else f"{data_set} in the place of {cell.role}"
    said = []
    if cell.mean is not None:
        interval = f", 95 % interval {cell.interval[0]:g} to {cell.interval[1]:g}" if cell.interval else ""
        said.append(f"{cell.mean:g}{interval}, {each_seed(cell.seeds)}")
    if cell.printed is not None:
        said.append(f"printed in the paper: {cell.printed:g}")
    what = f"{LABELS[cell.metric]} [{SYMBOLS[cell.unit]}]"
    return f"{cell.name}, {100 * cell.sparsity:g} % sparsity, {where}: {what} {'; '.join(said) or 'not run'}"


def each_seed(values: Sequence[float]) -> str:
    """Return how many seeds there are, and the value of each."""
    return f"n = {len(values)} seeds: {', '.join(f'{value:.5g}' for value in values)}"


def marks(drawing: Drawing) -> Iterator[Mark]:
    """Yield what tells something in a drawing that was laid out, in the order in which it was drawn."""
    width, height = drawing.get_size_inches() * drawing.dpi
    for line in (line for axes in drawing.axes for line in axes.lines if line in _WORDS):
        places = line.get_transform().transform(line.get_xydata())
        for (x, y), words in zip(places, _WORDS[line], strict=True):
            if isfinite(x) and isfinite(y):
                yield Mark(100 * x / width, 100 * (1 - y / height), words)


def layer(drawing: Drawing) -> str:
    """Return elements of an SVG that are not seen, and tell their words where they are pointed at."""
    width, height = drawing.get_size_inches() * _POINTS_PER_INCH
    told = "".join(
        f'<circle cx="{round(mark.left * width / 100, 1):g}" cy="{round(mark.top * height / 100, 1):g}" r="5">'
        f"<title>{escape(mark.words)}</title></circle>\n"
        for mark in marks(drawing)
    )
    return f'<g class="told" fill="none" pointer-events="all">\n{told}</g>\n' if told else ""


def take(svg: str) -> tuple[str, list[Mark]]:
    """Return an SVG without that layer, and the marks that it had; none of one that does not tell its size."""
    bare, size = _LAYER.sub("", svg), _SIZE.search(svg)
    if size is None or not (width := float(size[1])) or not (height := float(size[2])):
        return bare, []
    found = [mark for told in _LAYER.findall(svg) for mark in _MARK.findall(told)]
    return bare, [
        Mark(round(100 * float(x) / width, 2), round(100 * float(y) / height, 2), unescape(words))
        for x, y, words in found
    ]
