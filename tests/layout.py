"""Whether what a figure says can be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure, FigureBase
    from matplotlib.text import Text

Box = tuple[float, float, float, float]
WORDS_OF_CODE = ("nan", "inf", "None", "{", "}", "[]", "()")
"""What stands in a text whose value was forgotten."""


def drawn_texts(drawing: Figure) -> list[Text]:
    """Return every text that is drawn, of subfigures, panels, axes, ticks and legends too."""
    drawing.draw_without_rendering()
    return [text for text in _of_figure(drawing) if text.get_visible() and text.get_text().strip()]


def texts(drawing: Figure) -> list[tuple[str, Box]]:
    """Return every text that is drawn, with its left, bottom, right and top in pixels."""
    return [(text.get_text(), _box(text)) for text in drawn_texts(drawing)]


def assert_texts_apart(drawing: Figure) -> None:
    """Fail if a text leaves the page or covers another."""
    _assert_apart(drawing, drawn_texts(drawing))


def assert_can_be_read(drawing: Figure, smallest: float) -> list[Text]:
    """Fail if texts overlap or are too small, an axis is not named, a log axis has no minor ticks, or a value lacks.

    Returns its texts.

    Args:
        drawing: as it is saved.
        smallest: size in points that every text has at least.
    """
    found = drawn_texts(drawing)
    _assert_apart(drawing, found)
    for text in found:
        assert text.get_fontsize() >= smallest, text
        words = text.get_text().replace("$", " ").split()
        assert not [word for word in words if word.strip(",;:()") in WORDS_OF_CODE], text
    for axes in drawing.axes:
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            assert _named(axis), f"{axis} of {axes.get_title('left')!r} has ticks and no name"
            assert axis.get_scale() != "log" or len(axis.get_minorticklocs()) > 1, axis
    return found


def _box(text: Text) -> Box:
    left, bottom, right, top = text.get_window_extent().extents
    return left, bottom, right, top


def _assert_apart(drawing: Figure, found: list[Text]) -> None:
    boxes, page = [(text.get_text(), _box(text)) for text in found], drawing.bbox
    for i, (text, (left, bottom, right, top)) in enumerate(boxes):
        assert page.x0 <= left and right <= page.x1 and page.y0 <= bottom and top <= page.y1, text
        for other, its in boxes[:i]:
            assert not (left < its[2] and its[0] < right and bottom < its[3] and its[1] < top), (text, other)


def _named(axis: Axis) -> bool:
    """Whether an axis has a label or words at its ticks, itself or one that it shares its scale with."""
    ticks = [tick.label1.get_text() for tick in axis._update_ticks()]
    if not any(ticks) or any(any(letter.isalpha() for letter in text) for text in ticks):
        return True
    return any(getattr(axes, axis.axis_name + "axis").label.get_text() for axes in _shared(axis))


def _shared(axis: Axis) -> list[Axes]:
    axes = axis.axes
    group = axes.get_shared_x_axes() if axis.axis_name == "x" else axes.get_shared_y_axes()
    return [*group.get_siblings(axes), *axes.child_axes]


def _of_figure(figure: FigureBase) -> Iterator[Text]:
    yield from figure.texts
    for legend in figure.legends:
        yield from legend.get_texts()
    for axes in figure.axes if not figure.subfigs else figure._localaxes:
        yield from _of_axes(axes)
    for part in figure.subfigs:
        yield from _of_figure(part)


def _of_axes(axes: Axes) -> Iterator[Text]:
    yield from (*axes.texts, axes.title, axes._left_title, axes._right_title)
    if (legend := axes.get_legend()) is not None:
        yield from legend.get_texts()
    for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
        yield from (axis.label, axis.offsetText)
        yield from chain.from_iterable((tick.label1, tick.label2) for tick in axis._update_ticks())
    for child in axes.child_axes:
        yield from _of_axes(child)
