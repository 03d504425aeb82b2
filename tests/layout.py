"""Whether what a figure says can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def texts(drawing: Figure) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return every text that is drawn, with its left, bottom, right and top in pixels."""
    drawing.draw_without_rendering()
    found = [*drawing.texts, *(text for legend in drawing.legends for text in legend.get_texts())]
    for axes in drawing.axes:
        found += [*axes.texts, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        for ticks, limits, axis in (
            (axes.get_xticklabels(), axes.get_xlim(), 0),
            (axes.get_yticklabels(), axes.get_ylim(), 1),
        ):
            # Ticks beyond the limits exist but are not drawn.
            found += [text for text in ticks if min(limits) <= text.get_position()[axis] <= max(limits)]
    return [(text.get_text(), text.get_window_extent().extents) for text in found if text.get_text()]


def assert_texts_apart(drawing: Figure) -> None:
    """Fail if a text leaves the page or covers another."""
    boxes, page = texts(drawing), drawing.bbox
    for i, (text, (left, bottom, right, top)) in enumerate(boxes):
        assert page.x0 <= left and right <= page.x1 and page.y0 <= bottom and top <= page.y1, text
        for other, its in boxes[:i]:
            assert not (left < its[2] and its[0] < right and bottom < its[3] and its[1] < top), (text, other)
