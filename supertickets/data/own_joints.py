"""People, animals or things with named joints, annotated in COCO's keypoint layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image

from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.files import inside, read_json
from supertickets.data.keypoint_checks import check_annotations
from supertickets.data.own import Faults, OwnData, Split, held_out
from supertickets.data.own_layouts import IMAGES, SPLIT_NAMES, annotation_files
from supertickets.data.persons import Annotations, decode_persons, of_images, scored_persons, upper_joints
from supertickets.data.pictures import decode_labelled_rgb, read_picture
from supertickets.data.splits import members
from supertickets.samples import Samples
from supertickets.tasks.data import PersonCrops

SIGMA = 0.08
"""OKS constant of every joint: a mean one of COCO's. Nobody has measured those of other joints."""

_OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


class JointFiles(OwnData):
    """One JSON file, or one per split, and the pictures that it lists."""

    task = "pose"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        files = self._files(root)
        self._given = "train" in files
        faults = Faults()
        self.annotation_files = files
        self._sources: dict[str, Annotations] = {}
        self._folders: dict[str, Path] = {}
        self.names = self._joints(next(iter(files.values())))
        for split, path in files.items():
            with faults.noted():
                self._sources[split] = self._source(split, path)
        faults.check()
        self.flip_pairs = mirrored_pairs(self.names)
        if not self.flip_pairs:
            self.said.append("no joint is called left or right: pictures are not mirrored in training")
        if not self._given:
            self.say_held_out("")
        for split in self._sources:
            if not scored_persons(self._sources[split])["annotations"]:
                raise DataError(f"{files[split]} annotates nobody with a labelled joint: correct it")

    def _files(self, root: Path) -> dict[str, Path]:
        """Our name of each split -> its annotation file; one called `all` where there is one file."""
        found = annotation_files(root)
        if len(found) == 1:
            return {"all": found[0]}
        named = {
            split: next((path for name in names for path in found if name in _words(path.stem)), None)
            for split, names in SPLIT_NAMES.items()
        }
        if not named["train"] or not named["val"]:
            what = f"{len(found)} annotation files and none for {'val' if named['train'] else 'train'}"
            raise DataError(f"{root} has {what}; layout: {self.layout}")
        return {split: path for split, path in named.items() if path is not None}

    def _joints(self, path: Path) -> tuple[str, ...]:
        source = read_json(path)
        try:
            [category] = source["categories"]
            names = tuple(category["keypoints"])
        except (KeyError, TypeError, ValueError):
            raise DataError(f"{path} has to have one category with a list of keypoints: correct it") from None
        if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
            raise DataError(f"{path}: keypoints of its category have to be names, none twice: correct them")
        return names

    def _source(self, split: str, path: Path) -> Annotations:
        source = read_json(path)
        places = [self.root / IMAGES, *(self.root / name for name in SPLIT_NAMES.get(split, ())), self.root]
        places += [self.root / IMAGES / name for name in SPLIT_NAMES.get(split, ())]
        try:
            check_annotations(source, self.names, self.root)
        except ValueError as error:
            raise DataError(f"{path}: {error}: correct it") from error
        if not source["images"]:
            raise DataError(f"{path} lists no image: correct it")
        first = source["images"][0]["file_name"]
        folder = next((place for place in places if (place / first).exists()), None)
        if folder is None:
            raise DataError(f"{path} lists {first}, which is not in {self.root / 'images'}: copy the pictures there")
        for record in source["images"]:
            try:
                inside(folder, record["file_name"])
            except ValueError as error:
                raise DataError(f"{path}: file_name {error}: correct it") from error
        self._folders[split] = folder
        return source

    def _of(self, split: Split) -> tuple[Annotations, Path]:
        own = ("val" if split == "val" else "train") if self._given else "all"
        source = scored_persons(self._sources[own])
        # Split by image, not by person: two people of one photograph are not independent.
        records = members(source["images"], split) if self._given else held_out(source["images"], split)
        return of_images(source, records), self._folders[own]

    def pictures(self, split: Split) -> Sequence[Path]:
        source, folder = self._of(split)
        return [folder / record["file_name"] for record in source["images"]]

    def picture_size(self) -> tuple[int, int]:
        """Median `(H, W)` of the boxes."""
        boxes = [person["bbox"] for person in self._of("train")[0]["annotations"]]
        return max(1, int(median(box[3] for box in boxes))), max(1, int(median(box[2] for box in boxes)))

    def check(self, seen: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        faults = Faults()
        records = [(split, record) for split, source in self._sources.items() for record in source["images"]]
        for number, (split, record) in enumerate(records, start=1):
            path = self._folders[split] / record["file_name"]
            with faults.noted():
                image = self._read(record, path)
                if image.size != (record["width"], record["height"]):
                    found, expected = f"{image.width}x{image.height}", f"{record['width']}x{record['height']}"
                    raise DataError(f"{path} is {found} (width x height), its annotation says {expected}: correct it")
            seen(number, len(records))
        faults.check()

    def _identified(self) -> tuple[Iterable[Path], Iterable[Path]]:
        pictures = [
            self._folders[split] / record["file_name"]
            for split, source in self._sources.items()
            for record in source["images"]
        ]
        return dict.fromkeys(pictures), self.annotation_files.values()

    def _decode(self, split: Split, image_size: tuple[int, int], create: CreateArray) -> Any:
        truth, folder = self._of(split)

        decode_persons(
            truth,
            lambda record: self._read(record, folder / record["file_name"]),
            image_size,
            len(self.names),
            str(self.root),
            create,
        )
        return truth

    def _read(self, record: dict[str, Any], path: Path) -> Image.Image:
        return decode_labelled_rgb(read_picture(path), path, (record["width"], record["height"]))

    def _samples(self, arrays: dict[str, np.ndarray], extra: Any) -> Samples:
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return PersonCrops(
            **tensors,
            ground_truth=extra,
            joint_names=self.names,
            flip_pairs=self.flip_pairs,
            sigmas=(SIGMA,) * len(self.names),
            upper_joints=upper_joints(self.names),
        )


def _words(text: str) -> list[str]:
    """Words of a name, `left_knee`, `leftKnee` and `person-keypoints val2017` alike, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)]


def mirrored_pairs(names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Pairs of indices of joints whose names differ in left and right, or `l` and `r`, alone."""
    by_words = {tuple(_words(name)): index for index, name in enumerate(names)}
    found = set()
    for words, index in by_words.items():
        other = by_words.get(tuple(_OTHER_SIDE.get(word, word) for word in words))
        if other is not None and other != index:
            found.add((min(index, other), max(index, other)))
    return tuple(sorted(found))
