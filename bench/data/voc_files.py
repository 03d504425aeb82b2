"""Detection sets in PASCAL VOC's layout: an XML file per picture, and lists of the pictures of a split."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar
from xml.etree.ElementTree import Element

from bench.data.annotated import AnnotatedDataSet, AnnotatedPicture, Annotation, open_annotated, read_annotated
from bench.data.folders import folder_of
from bench.data.xml_files import read_xml
from supertickets.data.coco_records import LARGEST_SIDE
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, content, files_id, inside
from supertickets.data.splits import members
from supertickets.documents.cells import number, whole

CHECKED = 6000
"""Pictures per split that a check opens, evenly spaced; more would take too long."""


@dataclass(frozen=True)
class VocFiles(AnnotatedDataSet):
    """Shared by the sets stored as `<root>/<name>/{JPEGImages,Annotations,ImageSets/Main}`.

    VOC numbers pixels from 1, and the last pixel belongs to a box. Difficult objects are ignored.

    Attributes:
        official: our "train" and "val" -> name of the list in `ImageSets/Main`.
        picture_counts: pictures that (train, val) must have; None for a set of any size.
    """

    needs_root = True
    with_masks = False
    official: ClassVar[Mapping[str, str]] = {"train": "trainval", "val": "test"}
    picture_counts: tuple[int, int] | None

    @property
    def layout(self) -> str:
        """The files that are needed, for messages."""
        lists = ",".join(f"{name}.txt" for name in self.official.values())
        return f"<root>/{self.name}/{{JPEGImages/*.jpg,Annotations/*.xml,ImageSets/Main/{{{lists}}}}}"

    def check(self, root: Path | None) -> None:
        for place, split in enumerate(("train", "val")):
            path, stems = self._stems(root, split)
            if self.picture_counts is not None and len(stems) != self.picture_counts[place]:
                raise DataError(f"{path} lists {len(stems)} images, {self.picture_counts[place]} expected: {REMEDY}")
            sizes = [self._annotated(root, stem)[0] for stem in stems]
            for stem, size in list(zip(stems, sizes, strict=True))[:: -(-len(stems) // CHECKED)]:
                open_annotated(self._path(root, "JPEGImages", stem, ".jpg"), size)

    def data_id(self, root: Path | None) -> str:
        lists, stems = zip(*(self._stems(root, split) for split in ("train", "val")), strict=True)
        every = dict.fromkeys(stem for listed in stems for stem in listed)
        described = [self._path(root, "Annotations", stem, ".xml") for stem in every]
        pictures = [self._path(root, "JPEGImages", stem, ".jpg") for stem in every]
        return files_id(self._folder(root), pictures, [*lists, *described])

    def _pictures(self, root: Path | None, split: str) -> Sequence[AnnotatedPicture]:
        _, stems = self._stems(root, "val" if split == "val" else "train")
        found = []
        for place, stem in members(list(enumerate(stems, start=1)), split):
            size, objects = self._annotated(root, stem)
            picture = self._path(root, "JPEGImages", stem, ".jpg")
            found.append(AnnotatedPicture(place, size, partial(read_annotated, picture, size), objects, picture))
        return found

    def _folder(self, root: Path | None) -> Path:
        return folder_of(root, self.name, self.layout)

    def _path(self, root: Path | None, folder: str, stem: str, suffix: str) -> Path:
        return self._folder(root) / folder / f"{stem}{suffix}"

    def _stems(self, root: Path | None, split: str) -> tuple[Path, list[str]]:
        """Path of a list, and the names of its pictures without suffix, in its order.

        Raises:
            DataError: it is missing, empty, no text, or a line is no name of a picture or occurs twice.
        """
        path = self._folder(root) / "ImageSets" / "Main" / f"{self.official[split]}.txt"
        try:
            stems = content(path).decode().split("\n")
            stems = [stem.strip() for stem in stems if stem.strip()]
            for stem in stems:
                if "/" in stem or not stem.isprintable():
                    raise ValueError(f"{reprlib.repr(stem)} is no name of a picture")
                inside(path.parent, stem)
            if len(set(stems)) != len(stems):
                twice = next(stem for stem in stems if stems.count(stem) > 1)
                raise ValueError(f"{twice!r} is listed twice")
            if not stems:
                raise ValueError("it lists no picture")
        except ValueError as error:  # also of bytes that are no UTF-8
            raise DataError(f"{path}: {error}: {REMEDY}") from error
        return path, stems

    def _annotated(self, root: Path | None, stem: str) -> tuple[tuple[int, int], list[Annotation]]:
        """Size of a picture, and its objects.

        Raises:
            DataError: the XML file is missing, damaged, lacks something, or something in it is out of range.
        """
        path = self._path(root, "Annotations", stem, ".xml")
        top = read_xml(path)
        try:
            if top.tag != "annotation":
                raise ValueError(f"it holds {reprlib.repr(top.tag)}, not an annotation")
            extent = _child(top, "size")
            height, width = (whole(1, LARGEST_SIDE)(_text(extent, side)) for side in ("height", "width"))
            objects = top.findall("object")
            return (height, width), [self._object(one, (height, width)) for one in objects]
        except ValueError as error:
            raise DataError(f"{path}: {error}: {REMEDY}, or correct it") from error

    def _object(self, one: Element, size: tuple[int, int]) -> Annotation:
        name = _text(one, "name")
        if name not in self.class_names:
            raise ValueError(f"an object is called {reprlib.repr(name)}; the classes are {', '.join(self.class_names)}")
        difficult = one.find("difficult") is not None and bool(whole(0, 1)(_text(one, "difficult")))
        box = _child(one, "bndbox")
        sides = ("xmin", "ymin", "xmax", "ymax")
        # some programs count from 0
        values = [number(0, 2 * LARGEST_SIDE)(_text(box, side)) for side in sides]
        left, top = max(values[0] - 1, 0), max(values[1] - 1, 0)
        right, bottom = min(values[2], size[1]), min(values[3], size[0])
        if right - left < 1 or bottom - top < 1:
            raise ValueError(f"the box {dict(zip(sides, values, strict=True))} of a {name} holds no pixel of its image")
        return Annotation(
            (left, top, right, bottom), 1 + self.class_names.index(name), (right - left) * (bottom - top), difficult
        )


def _child(parent: Element, tag: str) -> Element:
    """The one child of a name.

    Raises:
        ValueError: there is none, or more than one.
    """
    found = parent.findall(tag)
    if len(found) != 1:
        raise ValueError(f"<{parent.tag}> has {len(found)} <{tag}>, not one")
    return found[0]


def _text(parent: Element, tag: str) -> str:
    return (_child(parent, tag).text or "").strip()
