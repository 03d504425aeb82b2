"""Small texts beside points, each where it covers nothing; a text that finds no such place is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 5.5
"""Font size in points, as are all lengths here."""
_LETTER, _HEIGHT, _POINT = 0.68 * SIZE, 1.25 * SIZE, 2.6
"""Width of a letter at most, height of a line, half the width of a marker."""
_PAPER: dict[str, Any] = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.3}
"""What lines fade under."""
_PLACES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Where a text may stand, the best place first: right (1), across or left; above (1), level or below."""
_CLEAR = 3.0
"""From a point to the nearest edge of its text."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


def label(axes: Axes, points: Sequence[tuple[float, float, str, str]]) -> int:
    """Write texts beside points, earlier ones first, and return how many found a place.

    Args:
        axes: with its final limits and scales.
        points: x and y in data, text and colour; an empty text marks a point that only has to stay visible.
    """
    per_point = 72 / axes.figure.dpi
    found = [axes.transData.transform((x, y)) * per_point for x, y, _, _ in points]
    frame = axes.bbox
    page = (frame.x0 * per_point, frame.y0 * per_point, frame.x1 * per_point, frame.y1 * per_point)
    taken: list[Box] = [(x - _POINT, y - _POINT, x + _POINT, y + _POINT) for x, y in found]
    written = 0
    for (x, y), (data_x, data_y, text, colour) in zip(found, points, strict=True):
        width = _LETTER * len(text)
        for side, level in _PLACES if text else ():
            right, up = side * (_CLEAR + width / 2), level * (_CLEAR + _HEIGHT / 2 - abs(side))
            box = (x + right - width / 2, y + up - _HEIGHT / 2, x + right + width / 2, y + up + _HEIGHT / 2)
            inside = page[0] <= box[0] and box[2] <= page[2] and page[1] <= box[1] and box[3] <= page[3]
            if inside and not any(_overlap(box, other) for other in taken):
                axes.annotate(
                    text, (data_x, data_y), (right, up), textcoords="offset points", fontsize=SIZE,
                    color=_dark(colour), ha="center", va="center", bbox=_PAPER,
                )  # fmt: skip
                taken.append(box)
                written += 1
                break
    return written


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _dark(colour: str) -> str:
    """Return a colour dark enough to read at this size."""
    return "#" + "".join(f"{int(colour[i : i + 2], 16) * 3 // 5:02X}" for i in (1, 3, 5))
