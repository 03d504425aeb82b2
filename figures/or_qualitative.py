"""Boxes, masks and joints that a dense detector and its tickets find in the same pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures.data_sets import in_words as data_set_in_words
from figures.data_sets import standing_for
from figures.detector_lines import check, method_of, note, schema
from figures.detectors import banner
from figures.figure import Figure, Found
from figures.page import WIDTH, blocks, page
from figures.reading import drawable
from figures.skeletons import BONES, bones_of, check_bones, keys, skeleton
from figures.style import CLASSES, OUTLINE
from figures.written import PICTURE, read_pixels, reader, require_one
from supertickets.documents import cells
from supertickets.documents.sheets import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from matplotlib.figure import SubFigure

_TABLE = "or-qualitative"
_TINT, _KEYS = 0.55, 6
"""Opacity of a mask; entries in a line of a legend."""
_PLACE = r"-?[0-9]{1,4}\.[0-9]"
_BOX = cells.matching(rf"[0-9]{{1,3}}(:{_PLACE}){{4}}:[01]\.[0-9]{{2}}", "box class:left:top:right:bottom:confidence")
_JOINT = cells.matching(rf"[0-9]{{1,4}}:[0-9]{{1,4}}:{_PLACE}:{_PLACE}", "joint object:joint:x:y")
_NOTE = (
    "Pictures at equal distances in the reported split, none picked for what it shows. Objects found with a confidence "
    "of 0.5 or more. Pictures are paled."
)
SCHEMA = schema(
    ("image",), image=PICTURE, sample=cells.whole(), boxes=cells.unless(("none",), cells.series(_BOX)),
    masks=cells.unless(("none",), PICTURE), joints=cells.unless(("none",), cells.series(_JOINT)),
    classes=cells.series(drawable), joint_names=cells.unless(("none",), cells.series(drawable)),
    bones=BONES,
)  # fmt: skip


def check_answers(lines: Sequence[Line]) -> None:
    """Refuse a picture that lacks what one of the nets finds in it, or its truth.

    Raises:
        DocumentError: naming the line.
    """
    check(lines)
    for line in lines:
        _check_numbers(line)
    asked = {(line.texts["method"], line.texts["sparsity"]) for line in lines}
    for image in {line.texts["image"] for line in lines}:
        own = [line for line in lines if line.texts["image"] == image]
        require_one(own, ("role", "data_set", "classes", "joint_names", "bones"))
        if lacking := sorted(asked - {(line.texts["method"], line.texts["sparsity"]) for line in own}):
            raise own[0].error(f"{image} has no {' at '.join(lacking[0])}", "image")


def _check_numbers(line: Line) -> None:
    boxes, classes = line.values["boxes"] or (), len(line.values["classes"])
    names = len(line.values["joint_names"] or ())
    if any(not 1 <= int(box.partition(":")[0]) <= classes for box in boxes):
        raise line.error(f"a class beyond the {classes} names", "boxes")
    for joint in line.values["joints"] or ():
        of, number = map(int, joint.split(":")[:2])
        if of >= len(boxes) or number >= names:
            raise line.error(f"{joint}: {len(boxes)} objects with {names} joints", "joints")
    check_bones(line, names)


def draw(found: Found, profile: str) -> Drawing:
    """Return a row per picture: the truth, then every net."""
    lines, folder = found[_TABLE].lines, found[_TABLE].pictures
    roles = {role: list(own) for role, own in groupby(lines, key=lambda line: line["role"])}
    nets = sorted({(line["method"] != "truth", line["sparsity"], line["method"]) for line in lines})
    legends = {role: list(_legend(own)) for role, own in roles.items()}
    heights = []
    for role, own in roles.items():
        shapes = [read_pixels(folder / image).shape for image in dict.fromkeys(line["image"] for line in own)]
        pictures = sum((WIDTH / len(nets) - 0.1) * height / width + 0.04 for height, width, _ in shapes)
        heights.append(pictures + 0.6 + 0.19 * -(-len(legends[role]) // _KEYS))
    words = "What a dense detector and its tickets find"
    drawing = page(words, sum(heights), banner(profile), [_NOTE, note(lines, profile)])
    layout: Any = drawing.get_layout_engine()
    layout.set(h_pad=0.02)
    headings = [standing_for(role, data_set_in_words(own[0]["data_set"])) for role, own in roles.items()]
    for block, own, handles in zip(blocks(drawing, headings, heights), roles.values(), legends.values(), strict=True):
        _grid(block, own, folder, nets)
        block.legend(handles=handles, loc="outside lower left", ncols=_KEYS, borderaxespad=0.3)
    return drawing


def _grid(
    block: SubFigure, lines: Sequence[Mapping[str, str]], folder: Path, nets: Sequence[tuple[bool, str, str]]
) -> None:
    images = list(dict.fromkeys(line["image"] for line in lines))
    answers = {(line["image"], line["method"], line["sparsity"]): line for line in lines}
    colors = _colors(lines)
    grid = block.subplots(len(images), len(nets), squeeze=False)
    for row, image in zip(grid, images, strict=True):
        pixels = read_pixels(folder / image)
        for axes, (_, sparsity, method) in zip(row, nets, strict=True):
            axes.set_axis_off()
            _objects(axes, answers[image, method, sparsity], folder, pixels, colors)
    for axes, (_, sparsity, method) in zip(grid[0], nets, strict=True):
        axes.set_title("truth" if method == "truth" else method_of({"method": method, "sparsity": sparsity}))


def _objects(axes: Axes, line: Mapping[str, str], folder: Path, pixels: Any, colors: Mapping[int, str]) -> None:
    import numpy as np
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    boxes, pixels = list(_boxes(line)), 120.0 + pixels // 16 * 8
    if line["masks"] != "none":
        masks = read_pixels(folder / line["masks"])
        for number, (label, _) in enumerate(boxes, 1):
            tint = 255 * np.array(to_rgb(colors[label]))
            pixels[masks == number] += _TINT * (tint - pixels[masks == number])
    axes.imshow(pixels.round().astype(np.uint8))
    for label, (left, top, right, bottom) in boxes:
        axes.add_patch(
            Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, edgecolor=colors[label])
        )
    people: dict[int, dict[int, tuple[float, float]]] = {}
    for joint in line["joints"].split(";") if line["joints"] != "none" else ():
        person, index, x, y = joint.split(":")
        people.setdefault(int(person), {})[int(index)] = (float(x) - 0.5, float(y) - 0.5)
    for points in people.values():
        skeleton(axes, points, line["joint_names"].split(";"), bones_of(line["bones"]))


def _boxes(line: Mapping[str, str]) -> Iterator[tuple[int, list[float]]]:
    """Yield class and edges of every object; pixel i covers i .. i + 1."""
    for box in line["boxes"].split(";") if line["boxes"] != "none" else ():
        label, *edges = box.split(":")
        yield int(label), [float(edge) for edge in edges[:4]]


def _colors(lines: Sequence[Mapping[str, str]]) -> dict[int, str]:
    """Return the colour of every class that is in a picture or found there."""
    seen = sorted({label for line in lines for label, _ in _boxes(line)})
    return {label: CLASSES[place % len(CLASSES)] for place, label in enumerate(seen)}


def _legend(lines: Sequence[Mapping[str, str]]) -> Iterator[Any]:
    from matplotlib.patches import Patch

    names = lines[0]["classes"].split(";")
    for label, color in _colors(lines).items():
        yield Patch(facecolor=color, edgecolor=OUTLINE, label=names[label - 1])
    if lines[0]["joint_names"] != "none":
        yield from keys(lines[0]["joint_names"].split(";"))


FIGURE = Figure(_TABLE, "What a dense detector and its tickets find", (_TABLE,), draw, reader(SCHEMA, check_answers))
