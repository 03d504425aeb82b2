"""Figures 10-12: predictions of S+P (Mag.) and SuperTickets on the same images, sparsity rising to the right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures.data_sets import in_words as data_set_in_words
from figures.data_sets import standing_for
from figures.figure import Figure, Found
from figures.methods import NAMES
from figures.page import blocks, page
from figures.reading import BANNERS, REMEDY, drawable
from figures.skeletons import BONES, bones_of, check_bones, keys, skeleton
from figures.style import CLASSES, OUTLINE
from figures.written import PICTURE, read_pixels, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line, Schema

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.figure import SubFigure

_NOT_LABELLED = "#010101"
_METHODS = {key: NAMES[key] for key in ("sp_mag", "pp_ir_s")}
_WIDTH, _KEYS = 8.4, 8
"""Width of all columns in inches; classes in a line of a legend."""

_CHOICE = (
    "Samples at equal distances in the reported split, none picked for what it shows. Joints are drawn where a net's "
    "heatmap has a peak."
)


_JOINT = cells.matching(r"-|[0-9]{1,4}(\.[0-9]{1,3})?:[0-9]{1,4}(\.[0-9]{1,3})?", "joint at x:y")

SCHEMA = Schema(
    {
        "table": drawable,
        "version": cells.whole(1),
        "profile": cells.one_of(BANNERS),
        "paper_ref": drawable,
        "role": drawable,
        "data_set": drawable,
        "image": PICTURE,
        "method": cells.one_of(("truth", *_METHODS)),
        "sparsity": cells.unless(("none",), cells.number(0, 1)),
        "experiment_id": cells.text,
        "labels": cells.unless(("none",), PICTURE),
        "joints": cells.unless(("none",), cells.series(_JOINT)),
        "names": cells.series(drawable),
        "bones": BONES,
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
        if line.values["joints"] is not None:
            _check_joints(line)
        images.setdefault((line.texts["role"], line.texts["image"]), []).append(line)
    shown = {line.texts["sparsity"] for line in lines} - {"none"}
    wanted = {("truth", "none"), *((method, sparsity) for method in _METHODS for sparsity in shown)}
    for (role, image), own in images.items():
        require_one(own, ("data_set", "paper_ref", "names", "bones"))
        answers = {(line.texts["method"], line.texts["sparsity"]) for line in own}
        if differing := sorted(answers ^ wanted):
            what = " at ".join(differing[0])
            raise own[0].error(f"{image} of {role} {'has no' if differing[0] in wanted else 'has a'} {what}")


def _check_joints(line: Line) -> None:
    count = len(line.values["names"])
    if len(line.values["joints"]) != count:
        raise line.error(f"{len(line.values['joints'])} joints of {count} names", "joints")
    if line.values["method"] == "truth" and set(line.values["joints"]) == {"-"}:
        raise line.error("no joint is labelled", "joints")
    check_bones(line, count)


def draw(found: Found, profile: str) -> Drawing:
    """Return a grid per data set: one row per image, its truth, then both methods at every sparsity."""
    lines, folder = found["qualitative"].lines, found["qualitative"].pictures
    roles = {role: list(own) for role, own in groupby(lines, key=lambda line: line["role"])}
    sparsities = sorted({line["sparsity"] for line in lines} - {"none"}, key=float)
    columns = [("image", ""), ("truth", "none"), *((method, s) for method in _METHODS for s in sparsities)]
    side = _WIDTH / len(columns) - 0.04
    heights = []
    for own in roles.values():
        shapes = [read_pixels(folder / image).shape for image in dict.fromkeys(line["image"] for line in own)]
        rows = -(-(len(own[0]["names"].split(";")) + 1) // _KEYS) if own[0]["joints"] == "none" else 1
        heights.append(0.6 + 0.19 * rows + sum(0.02 + side * min(height / width, 1.4) for height, width, _ in shapes))
    first = lines[0]
    table = f"{profile} profile · seed 0 · table {first['table']}, version {first['version']}"
    notes = [_CHOICE, *_alike(roles, folder), table]
    drawing = page("Predictions as sparsity rises (Fig. 10-12 of the paper)", sum(heights), BANNERS[profile], notes)
    layout: Any = drawing.get_layout_engine()
    layout.set(w_pad=0.02, h_pad=0.02)
    headings = [_heading(own[0]) for own in roles.values()]
    used = 0
    for block, own in zip(blocks(drawing, headings, heights), roles.values(), strict=True):
        names = own[0]["names"].split(";")
        colours = [CLASSES[(used + i) % len(CLASSES)] for i in range(len(names))]
        used += len(names) * (own[0]["joints"] == "none")
        _grid(block, own, folder, columns, colours)
    return drawing


def _grid(block: SubFigure, lines: Sequence[Mapping[str, str]], folder: Path, columns: Any, colours: Any) -> None:
    import numpy as np
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(_NOT_LABELLED)] * 256)
    palette[: len(colours)] = [to_rgb(colour) for colour in colours]
    images = {image: list(own) for image, own in groupby(lines, key=lambda line: line["image"])}
    grid = block.subplots(len(images), len(columns), squeeze=False)
    for row, (image, own) in zip(grid, images.items(), strict=True):
        answers = {(line["method"], line["sparsity"]): line for line in own}
        pixels = read_pixels(folder / image)
        for axes, column in zip(row, columns, strict=True):
            axes.set_axis_off()
            answer = answers.get(column)
            if answer is None:
                axes.imshow(pixels)
            elif answer["labels"] != "none":
                axes.imshow(palette[read_pixels(folder / answer["labels"])])
            else:
                axes.imshow(pixels // 2 + 120)
                _skeleton(axes, answer)
    for axes, (method, sparsity), before in zip(grid[0], columns, [("", ""), *columns], strict=False):
        name = _METHODS.get(method, method) if method != before[0] else ""
        axes.set_title(f"{name}\n{100 * float(sparsity):.0f} %" if method in _METHODS else f"{name}\n")
    block.legend(handles=_keys(lines[0], colours), loc="outside lower left", ncols=_KEYS, borderaxespad=0.3)


def _keys(line: Mapping[str, str], colours: Iterable[str]) -> list[Any]:
    from matplotlib.patches import Patch

    names = line["names"].split(";")
    if line["joints"] != "none":
        return keys(names)
    classes = [*zip(colours, names, strict=True), (_NOT_LABELLED, "not labelled")]
    return [Patch(facecolor=colour, edgecolor=OUTLINE, label=name) for colour, name in classes]


def _skeleton(axes: Axes, line: Mapping[str, str]) -> None:
    points: dict[int, tuple[float, float]] = {}
    for index, pair in enumerate(line["joints"].split(";")):
        if pair != "-":
            x, y = map(float, pair.split(":"))
            points[index] = (x, y)
    if not points:
        axes.text(0.5, 0.5, "no joint", transform=axes.transAxes, ha="center", va="center", color=_NOT_LABELLED)
    skeleton(axes, points, line["names"].split(";"), bones_of(line["bones"]))


def _heading(line: Mapping[str, str]) -> str:
    return f"{standing_for(line['role'], data_set_in_words(line['data_set']))} ({line['paper_ref']})"


def _alike(roles: Mapping[str, Sequence[Mapping[str, str]]], folder: Path) -> list[str]:
    """Return which nets answer every picture alike: they see nothing of it."""
    blind = []
    for own in roles.values():
        answers: dict[str, list[bytes]] = {}
        for line in own:
            if line["method"] in _METHODS:
                name = f"{_METHODS[line['method']]} at {100 * float(line['sparsity']):.0f} %"
                seen = (
                    read_pixels(folder / line["labels"]).tobytes()
                    if line["joints"] == "none"
                    else line["joints"].encode()
                )
                answers.setdefault(name, []).append(seen)
        names = [name for name, seen in answers.items() if len(seen) > 1 and len(set(seen)) == 1]
        if names:
            blind.append(f"{own[0]['data_set'].replace('_', ' ')}: {', '.join(names)}")
    return [f"Nets that answer every picture alike: {'; '.join(blind)}."] if blind else []


FIGURE = Figure(
    "qualitative",
    "Predictions of S+P (Mag.) and SuperTickets (Fig. 10-12)",
    needs=("qualitative",),
    draw=draw,
    read=reader(SCHEMA, check),
)
