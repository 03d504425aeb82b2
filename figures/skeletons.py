"""Joints and the bones between them, drawn over a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures.style import OVER_PICTURES
from supertickets.documents import cells
from supertickets.documents.sheets import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES = dict(zip(("left", "right", "middle"), (OVER_PICTURES[place] for place in (0, 1, 3)), strict=True))
"""Colour of a joint, and of a bone with both ends there."""


BONES = cells.unless(("none",), cells.series(cells.matching(r"[0-9]{1,4}-[0-9]{1,4}", "bone from joint to joint")))
"""What a column `bones` holds: `i-j;k-l`, indices of joints."""


def check_bones(line: Line, count: int) -> None:
    """Refuse a bone between joints of which there are no more than `count`.

    Raises:
        DocumentError: naming the line.
    """
    if any(end >= count for bone in bones_of(line.texts["bones"]) for end in bone):
        raise line.error(f"a bone to a joint beyond the {count} names", "bones")


def keys(names: Sequence[str]) -> list[Any]:
    """Return handles of a legend: a colour for each side that joints of these names are on."""
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {"marker": "o", "markersize": 3, "linewidth": 1}
    sides = {_side(name) for name in names}
    return [
        Line2D([], [], color=_SIDES[side], label=f"{side} joints and bones", **look) for side in _SIDES if side in sides
    ]


def skeleton(
    axes: Axes, points: Mapping[int, tuple[float, float]], names: Sequence[str], bones: Iterable[tuple[int, int]]
) -> None:
    """Draw the joints of one person and the bones that have both ends.

    Args:
        axes: of the picture.
        points: index of a joint -> x, y in pixels.
        names: of all joints.
        bones: pairs of indices.
    """
    nowhere = (float("nan"), float("nan"))
    joined: dict[str, list[tuple[float, float]]] = {}
    for bone in bones:
        if all(end in points for end in bone):
            sides = {_side(names[end]) for end in bone}
            side = sides.pop() if len(sides) == 1 else "middle"
            joined.setdefault(side, []).extend([*(points[end] for end in bone), nowhere])
    placed: dict[str, list[tuple[float, float]]] = {}
    for index, place in points.items():
        placed.setdefault(_side(names[index]), []).append(place)
    for side, ends in joined.items():
        axes.plot(*zip(*ends, strict=True), color=_SIDES[side], linewidth=0.8)
    for side, places in placed.items():
        axes.plot(*zip(*places, strict=True), color=_SIDES[side], linestyle="none", marker="o", markersize=1.8)


def bones_of(text: str) -> list[tuple[int, int]]:
    """Return the pairs of indices in `i-j;k-l`, or none of "none"."""
    return [] if text == "none" else [(int(a), int(b)) for a, b in (bone.split("-") for bone in text.split(";"))]


def _side(name: str) -> str:
    return next((side for side in ("left", "right") if name.startswith(f"{side}_")), "middle")
