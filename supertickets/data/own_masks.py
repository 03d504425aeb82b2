"""Pictures with a mask each, whose pixels say which class they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from supertickets.data.cache import CreateArray
from supertickets.data.errors import DataError
from supertickets.data.files import content
from supertickets.data.labelled import class_indices, decode_labelled, labelled
from supertickets.data.own import Faults, OwnData, Split, held_out, pictures_in
from supertickets.data.own_layouts import IMAGES, mask_folder, split_folders
from supertickets.data.pictures import decode_ids, decode_labelled_rgb, decode_rgb, read_picture, require_upright
from supertickets.data.splits import members
from supertickets.samples import Samples
from supertickets.tasks.data import IGNORE_LABEL

NAMES = "classes.txt"
NOT_COUNTED = "-"
"""In place of a name: pixels of this id do not count."""
MOST_CLASSES = 255
"""Ids are below 255, which means that a pixel does not count."""
SCORED_SIDE = 512
"""Pixels of the longer side at which masks are scored, at most."""

Pair = tuple[Path, Path]
"""Picture and mask."""


class MaskFolders(OwnData):
    """A mask has the size of its picture, and its name but for the ending.

    Masks are PNG of one channel, ids or palette indices; 255 does not count. `classes.txt` names the ids 0, 1, ... in
    its lines; ids whose line is `-` do not count. With a colour after each name, as in `road 128 64 128`, masks are
    pictures in these colours, and pixels of any other do not count. Without the file, classes are the ids that occur.
    """

    task = "segmentation"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        given = split_folders(root)
        if given and "val" not in given:
            raise DataError(f"{root} has a folder train and none of the name val: make one, layout: {self.layout}")
        self._given, faults = bool(given), Faults()
        self._pairs: dict[str, list[Pair]] = {}
        for split, folder in (given or {"all": root}).items():
            with faults.noted():
                self._pairs[split] = self._matched(folder, faults)
        faults.check()
        self._colours: list[tuple[int, int, int]] = []
        self._not_counted = {IGNORE_LABEL}
        self._names, self._ids = self._classes()
        self.names = self._names
        if not self._given:
            self.say_held_out("")

    def _matched(self, folder: Path, faults: Faults) -> list[Pair]:
        masks = mask_folder(folder)
        if masks is None or not (folder / IMAGES).is_dir():
            lacking = "masks" if masks is None else IMAGES
            raise DataError(f"{folder} has no folder {lacking}; layout: {self.layout}")
        pictures, labels = (_by_stem(place, faults) for place in (folder / IMAGES, masks))
        for stem in sorted(pictures.keys() ^ labels.keys()):
            there, other = (pictures[stem], masks) if stem in pictures else (labels[stem], folder / IMAGES)
            faults.found.append(f"{there} has none of its name in {other}: add it, or remove this one")
        pairs = [(pictures[stem], labels[stem]) for stem in sorted(pictures.keys() & labels.keys())]
        if len(pairs) < (1 if self._given else 5):
            faults.found.append(f"{folder} has {len(pairs)} pictures with masks, which are too few: add some")
        return pairs

    def _classes(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Names of the classes, and the id of each in the files."""
        path = self.root / NAMES
        if path.exists():
            return self._named(path)
        seen: set[int] = set()
        faults = Faults()
        for _, mask in self._every():
            with faults.noted():
                seen.update(np.unique(self._ids_of(mask)).tolist())
        if faults.found:  # without classes no mask can be checked further, but the pictures can
            for picture, _ in self._every():
                _look_at(picture, faults)
        faults.check()
        found = sorted(seen)
        ids = [one for one in found if one != IGNORE_LABEL]
        if found == [0, IGNORE_LABEL]:  # how black and white masks are stored
            ids = found
        if not 2 <= len(ids) <= MOST_CLASSES:
            raise DataError(
                f"the masks of {self.root} hold {len(ids)} ids, where 2 to {MOST_CLASSES} are needed: "
                f"write {NAMES} with a class per line, and its colour where masks are coloured"
            )
        self.said.append(f"no {NAMES} in {self.root}: the classes are called by their ids, {', '.join(map(str, ids))}")
        return tuple(map(str, ids)), tuple(ids)

    def _named(self, path: Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
        try:
            lines = [line.split() for line in content(path).decode().splitlines() if line.strip()]
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is no UTF-8 text: save it as one") from error
        coloured = [
            len(line) >= 4 and all(word.isdecimal() and int(word) < 256 for word in line[-3:]) for line in lines
        ]
        if any(coloured) and not all(coloured):
            odd = coloured.index(False)
            raise DataError(f"{path}: {' '.join(lines[odd])!r} has no colour as the others have: add red, green, blue")
        if all(coloured):
            self._colours = [(int(line[-3]), int(line[-2]), int(line[-1])) for line in lines]
        whole = [" ".join(line[:-3] if self._colours else line) for line in lines]
        kept = [index for index, name in enumerate(whole) if self._colours or name != NOT_COUNTED]
        names = tuple(whole[index] for index in kept)
        if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
            raise DataError(f"{path} has to name 2 to {MOST_CLASSES} classes, a line each and none twice")
        if len(set(self._colours)) < len(self._colours):
            raise DataError(f"{path} has a colour twice: give each class its own")
        self._not_counted |= set(range(len(whole))) - set(kept)
        return names, tuple(kept)

    def _every(self) -> list[Pair]:
        return [pair for pairs in self._pairs.values() for pair in pairs]

    def _of(self, split: Split) -> list[Pair]:
        if self._given:
            return members(self._pairs["val" if split == "val" else "train"], split)
        return held_out(self._pairs["all"], split)

    def pictures(self, split: Split) -> Sequence[Path]:
        return [picture for picture, _ in self._of(split)]

    def _ids_of(self, path: Path) -> np.ndarray:
        return decode_ids(read_picture(path), path)

    @cached_property
    def _class_of_colour(self) -> np.ndarray:
        table = np.full(2**24, IGNORE_LABEL, np.uint8)
        for label, (red, green, blue) in enumerate(self._colours):
            table[red << 16 | green << 8 | blue] = label
        return table

    def _indices(self, path: Path) -> np.ndarray:
        """uint8 `(H, W)`, class index or 255."""
        if self._colours:
            image = read_picture(path)
            if image.format == "JPEG":
                raise DataError(f"{path} is a JPEG file, which does not keep colours exactly: save masks as PNG")
            colours = np.asarray(decode_rgb(require_upright(image, path), path)).astype(np.int64)
            return self._class_of_colour[colours @ [1 << 16, 1 << 8, 1]]
        ignored = self._not_counted - set(self._ids)
        try:
            return class_indices(self._ids_of(path), self._ids, ignored)
        except ValueError as error:
            raise DataError(
                f"{path} {error}: name the id in {NAMES}, or store 255 where pixels do not count"
            ) from error

    def _read(self, pair: Pair) -> tuple[Image.Image, np.ndarray]:
        picture, mask = pair
        indices = self._indices(mask)
        return self._fitting(picture, mask, indices), indices

    def _fitting(self, picture: Path, mask: Path, indices: np.ndarray) -> Image.Image:
        """The picture of a mask, of the same size."""
        height, width = indices.shape
        image = decode_labelled_rgb(read_picture(picture), picture, (width, height))
        if image.size != (width, height):
            found, expected = f"{width}x{height}", f"{image.width}x{image.height}"
            raise DataError(f"{mask} is {found} (width x height), its picture {expected}: give both one size")
        return image

    def _counted(self, pair: Pair, faults: Faults) -> int:
        """How many pixels of a pair count; what is wrong with the picture is noted beside what is with the mask."""
        picture, mask = pair
        with faults.noted():
            indices = self._indices(mask)
            with faults.noted():
                self._fitting(picture, mask, indices)
            return int((indices != IGNORE_LABEL).sum())
        _look_at(picture, faults)
        return 0

    def check(self, seen: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        faults, pairs = Faults(), self._every()
        counted = 0
        for number, pair in enumerate(pairs, start=1):
            counted += self._counted(pair, faults)
            seen(number, len(pairs))
        if not counted and not faults.found:
            faults.found.append(f"no pixel of any mask of {self.root} is of a class of {NAMES}: correct the file")
        faults.check()

    def _identified(self) -> tuple[Iterable[Path], Iterable[Path]]:
        names = [self.root / NAMES] if (self.root / NAMES).exists() else []
        pairs = self._every()
        return [picture for picture, _ in pairs], [*(mask for _, mask in pairs), *names]

    def _decode(self, split: Split, image_size: tuple[int, int], create: CreateArray) -> Any:
        scored = split in ("val", "tune")
        decode_labelled(self._of(split), self._read, image_size, self._scored_size() if scored else image_size, create)
        return list(self.names)

    def _scored_size(self) -> tuple[int, int]:
        """`(H, W)` at which masks are scored: that of most pictures, unless they are large."""
        height, width = self.picture_size()
        scale = min(1.0, SCORED_SIDE / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))

    def _samples(self, arrays: dict[str, np.ndarray], extra: Any) -> Samples:
        return labelled(arrays, extra)


def _look_at(picture: Path, faults: Faults) -> None:
    with faults.noted():
        decode_rgb(read_picture(picture), picture)


def _by_stem(folder: Path, faults: Faults) -> dict[str, Path]:
    """The pictures of a folder by their names but for the endings."""
    found: dict[str, Path] = {}
    for path in pictures_in(folder, faults):
        if (other := found.setdefault(path.stem, path)) is not path:
            faults.found.append(f"{path} and {other.name} differ in their endings alone: remove or rename one")
    return found
