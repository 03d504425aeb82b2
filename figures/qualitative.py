"""Figures 10-12: predictions of S+P (Mag.) and SuperTickets on the same images, sparsity rising to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from figures.figure import Figure, Found
from figures.methods import NAMES
from figures.reading import BANNERS, REMEDY, drawable
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, YELLOW
from figures.written import read_pixels, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_CLASSES = (
    BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE, YELLOW, "#8c564b", "#1b5e20", "#9e9e9e", "#6a1b9a", "#ff8a80",
    "#004d40", "#c0ca33", "#3e2723", "#80deea", "#ad1457", "#827717", "#1a237e", "#ffcc80", "#558b2f", "#5d4037",
)  # fmt: skip
"""Colour per class index; the first seven are distinguishable with every common colour-vision deficiency."""
_IGNORED = BLACK
_METHODS = {key: NAMES[key] for key in ("sp_mag", "pp_ir_s")}
_WORDS, _FOOT, _HEAD = 0.75, 0.3, 0.34


_PICTURE = cells.matching(r"[A-Za-z0-9][\w.-]*\.png", "name of a picture beside the table")
_JOINT = cells.matching(r"-|[0-9]{1,4}(\.[0-9]{1,3})?:[0-9]{1,4}(\.[0-9]{1,3})?", "joint at x:y")

SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "profile": cells.one_of(BANNERS),
        "paper_ref": drawable,
        "role": drawable,
        "data_set": drawable,
        "image": _PICTURE,
        "method": cells.one_of(("truth", *_METHODS)),
        "sparsity": cells.unless(("none",), cells.number(0, 1)),
        "experiment_id": cells.text,
        "labels": cells.unless(("none",), _PICTURE),
        "joints": cells.unless(("none",), cells.series(_JOINT)),
    },
    remedy=REMEDY,
    key=("role", "image", "method", "sparsity"),
    exact=False,
)


def check(lines: Sequence[Line]) -> None:
    """Refuse images that lack their truth or a prediction, or have both kinds of labels or neither.

    Raises:
        DocumentError: naming the line.
    """
    require_one(lines, ("table", "version", "profile"))
    images: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if (line.values["labels"] is None) == (line.values["joints"] is None):
            raise line.error("either a picture of labels or joints", "joints")
        if line.values["joints"] is not None and set(line.values["joints"]) == {"-"}:
            raise line.error("no joint is labelled", "joints")
        images.setdefault((line.texts["role"], line.texts["image"]), []).append(line)
    shown = {line.texts["sparsity"] for line in lines} - {"none"}
    wanted = {("truth", "none"), *((method, sparsity) for method in _METHODS for sparsity in shown)}
    for (role, image), own in images.items():
        require_one(own, ("data_set", "paper_ref"))
        answers = {(line.texts["method"], line.texts["sparsity"]) for line in own}
        if differing := sorted(answers ^ wanted):
            what = " at ".join(differing[0])
            raise own[0].error(f"{image} of {role} {'has no' if differing[0] in wanted else 'has a'} {what}")


def draw(found: Found, profile: str) -> Drawing:
    """Return a grid: one row per image, its truth, then both methods at every sparsity."""
    import numpy as np
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure as Drawing

    lines, folder = found["qualitative"].lines, found["qualitative"].pictures
    images = list(dict.fromkeys((line["role"], line["image"]) for line in lines))
    sparsities = sorted({line["sparsity"] for line in lines} - {"none"}, key=float)
    columns = 2 + len(_METHODS) * len(sparsities)
    cell = 9.0 / columns
    heights = []
    for _, image in images:
        height, width = read_pixels(folder / image).shape[:2]
        heights.append(min(cell * height / width, 1.3 * cell))
    total = _WORDS + _HEAD + sum(heights) + 0.12 * len(images) + _FOOT
    drawing = Drawing(figsize=(9.2, total))
    drawing.text(0.012, 1 - 0.1 / total, "Predictions as sparsity rises", va="top", fontsize=11, fontweight="bold")
    drawing.text(0.012, 1 - 0.33 / total, BANNERS[profile], va="top", fontsize=9, color=VERMILLION, fontweight="bold")
    chosen = "Samples at equal distances in the reported split, none picked for what it shows; black is not labelled."
    drawing.text(0.012, 1 - 0.53 / total, chosen, va="top", fontsize=8)
    palette = np.array([to_rgb(_IGNORED)] * 256)
    palette[: len(_CLASSES)] = [to_rgb(colour) for colour in _CLASSES]
    top = _WORDS + _HEAD
    for row, (role, image) in enumerate(images):
        own = {
            (line["method"], line["sparsity"]): line for line in lines if (line["role"], line["image"]) == (role, image)
        }
        order = [None, ("truth", "none"), *((method, s) for method in _METHODS for s in sparsities)]
        for column, key in enumerate(order):
            box = (0.1 + column * cell) / 9.2, 1 - (top + heights[row]) / total, 0.96 * cell / 9.2, heights[row] / total
            axes = drawing.add_axes(box)
            axes.set_axis_off()
            pixels = read_pixels(folder / image)
            if key is None:
                axes.imshow(pixels)
            elif own[key]["labels"] != "none":
                axes.imshow(palette[read_pixels(folder / own[key]["labels"])], interpolation="nearest")
            else:
                axes.imshow(pixels // 2 + 60)
                _joints(axes, own[key]["joints"])
            if row == 0:
                axes.set_title(_heading(key), fontsize=6.5, pad=3)
            if column == 0 and (row == 0 or images[row - 1][0] != role):
                first = own["truth", "none"]
                axes.text(
                    0, 1.01, f"{first['data_set']} ({first['paper_ref']})", transform=axes.transAxes, fontsize=5.5,
                    va="bottom", color=GREY,
                )  # fmt: skip
        top += heights[row] + 0.12
    first = lines[0]
    foot = f"{profile} profile · seed 0 · table {first['table']}, version {first['version']}"
    drawing.text(0.012, 0.08 / total, foot, fontsize=7, color=GREY, va="bottom")
    return drawing


def _heading(key: tuple[str, str] | None) -> str:
    if key is None:
        return "image\n"
    if key[0] == "truth":
        return "truth\n"
    return f"{_METHODS[key[0]]}\n{100 * float(key[1]):.0f} %"


def _joints(axes: Any, text: str) -> None:
    points = [tuple(map(float, pair.split(":"))) for pair in text.split(";") if pair != "-"]
    axes.scatter(
        *zip(*points, strict=True), s=5, c=range(len(points)), cmap="turbo", linewidths=0.3, edgecolors="white"
    )


FIGURE = Figure(
    "qualitative",
    "Predictions of S+P (Mag.) and SuperTickets (Fig. 10-12)",
    needs=("qualitative",),
    draw=draw,
    read=reader(SCHEMA, check),
)
