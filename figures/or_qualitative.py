"""Boxes, masks and joints that a dense detector and its tickets find in the same pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from figures.detector_lines import check, method_of, note, schema
from figures.detectors import banner
from figures.figure import Figure, Found
from figures.page import WIDTH, page
from figures.style import OVER_PICTURES, YELLOW
from figures.written import read_pixels, reader
from supertickets.documents import cells
from supertickets.documents.sheets import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_TABLE = "or-qualitative"
_COLORS = OVER_PICTURES
_PICTURE = cells.matching(r"[A-Za-z0-9][\w.-]*\.png", "name of a picture beside the table")
_PLACE = r"-?[0-9]{1,4}\.[0-9]"
_BOX = cells.matching(rf"[0-9]{{1,3}}(:{_PLACE}){{4}}:[01]\.[0-9]{{2}}", "box class:left:top:right:bottom:confidence")
_JOINT = cells.matching(rf"{_PLACE}:{_PLACE}", "joint x:y")
_NOTE = (
    "Pictures at equal distances in the reported split, none picked for what it shows. Objects found with a confidence "
    "of 0.5 or more; colours tell classes apart."
)
SCHEMA = schema(
    ("image",), image=_PICTURE, sample=cells.whole(), boxes=cells.unless(("none",), cells.series(_BOX)),
    masks=cells.unless(("none",), _PICTURE), joints=cells.unless(("none",), cells.series(_JOINT)),
)  # fmt: skip


def check_answers(lines: Sequence[Line]) -> None:
    """Refuse a picture that lacks what one of the nets finds in it, or its truth.

    Raises:
        DocumentError: naming the line.
    """
    check(lines)
    asked = {(line.texts["method"], line.texts["sparsity"]) for line in lines}
    for image in {line.texts["image"] for line in lines}:
        own = [line for line in lines if line.texts["image"] == image]
        if lacking := sorted(asked - {(line.texts["method"], line.texts["sparsity"]) for line in own}):
            raise own[0].error(f"{image} has no {' at '.join(lacking[0])}", "image")


def draw(found: Found, profile: str) -> Drawing:
    """Return a row per picture: the truth, then every net."""
    lines, folder = found[_TABLE].lines, found[_TABLE].pictures
    images = list(dict.fromkeys(line["image"] for line in lines))
    nets = sorted({(line["method"] != "truth", line["sparsity"], line["method"]) for line in lines})
    height = WIDTH / len(nets) + 0.05
    words = "What a dense detector and its tickets find"
    drawing = page(words, height * len(images) + 0.2, banner(profile), [_NOTE, note(lines, profile)])
    grid = drawing.subplots(len(images), len(nets), squeeze=False)
    for number, (row, image) in enumerate(zip(grid, images, strict=True)):
        pixels = read_pixels(folder / image)
        for axes, (_, sparsity, method) in zip(row, nets, strict=True):
            [line] = [
                line for line in lines if (line["image"], line["method"], line["sparsity"]) == (image, method, sparsity)
            ]
            axes.imshow(pixels)
            _objects(axes, line, None if line["masks"] == "none" else read_pixels(folder / line["masks"]))
            axes.set(xticks=[], yticks=[])
            axes.set_axis_off()
            if number == 0:
                axes.set_title("truth" if method == "truth" else method_of(line), fontsize=7)
    return drawing


def _objects(axes: Axes, line: Mapping[str, str], masks: Any) -> None:
    import numpy as np
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    boxes = [] if line["boxes"] == "none" else line["boxes"].split(";")
    colors = [_COLORS[(int(box.partition(":")[0]) - 1) % len(_COLORS)] for box in boxes]
    if masks is not None:
        tint = np.zeros((*masks.shape, 4))
        for number, color in enumerate(colors, 1):
            tint[masks == number] = to_rgba(color, 0.55)
        axes.imshow(tint)
    for box, color in zip(boxes, colors, strict=True):
        left, top, right, bottom = (float(edge) for edge in box.split(":")[1:5])
        axes.add_patch(
            Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, edgecolor=color, linewidth=0.9)
        )
    if line["joints"] != "none":
        places = [[float(edge) - 0.5 for edge in joint.split(":")] for joint in line["joints"].split(";")]
        axes.scatter(
            [x for x, _ in places],
            [y for _, y in places],
            s=4,
            color=YELLOW,
            linewidths=0.3,
            edgecolors="#111111",
            zorder=3,
        )


FIGURE = Figure(_TABLE, "What a dense detector and its tickets find", (_TABLE,), draw, reader(SCHEMA, check_answers))
