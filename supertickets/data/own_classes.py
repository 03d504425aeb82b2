"""Pictures in a folder per class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from supertickets.data.cache import CreateArray
from supertickets.data.classified import Pictures, classified, decode_classified
from supertickets.data.errors import DataError
from supertickets.data.files import entries
from supertickets.data.own import HELD_OUT_EVERY, Faults, OwnData, Split, held_out, pictures_in
from supertickets.data.own_layouts import PICTURES, split_folders
from supertickets.data.pictures import decode_rgb, read_picture
from supertickets.data.splits import members
from supertickets.samples import Samples


class ClassFolders(OwnData):
    """Classes are the folder names, in alphabetical order."""

    task = "classification"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        given = split_folders(root)
        if given and "val" not in given:
            raise DataError(f"{root} has a folder train and none of the name val: make one, layout: {self.layout}")
        self._given = bool(given)
        folder = given.get("train", root)
        self.names = tuple(path.name for path in entries(folder) if path.is_dir())
        faults = Faults()
        if len(self.names) < 2:
            faults.found.append(f"{folder} needs a folder per class, at least two; layout: {self.layout}")
        self._files: dict[str, list[tuple[Path, int]]] = {}
        for split, place in (given or {"all": root}).items():
            with faults.noted():
                self._files[split] = self._labelled(place, faults)
        faults.check()
        if not self._given:
            self.say_held_out(" of a class")

    def _labelled(self, folder: Path, faults: Faults) -> list[tuple[Path, int]]:
        """Path and label of every picture of a folder, by class and name."""
        found = []
        least = 1 if self._given else HELD_OUT_EVERY
        there = {path.name for path in entries(folder) if path.is_dir()}
        for name in sorted(there - set(self.names)):
            faults.found.append(f"{folder / name} is no class of train: add it there, or remove it")
        for label, name in enumerate(self.names):
            images = pictures_in(folder / name, faults) if name in there else []
            if len(images) < least:
                what = f"{len(images)} pictures ({', '.join(PICTURES)}), at least {least} are needed"
                faults.found.append(f"{folder / name} has {what}: add some, or remove the class")
            found += [(path, label) for path in images]
        return found

    def _of(self, split: Split) -> list[tuple[Path, int]]:
        if self._given:
            return members(self._files["val" if split == "val" else "train"], split)
        files = self._files["all"]
        by_class = [[one for one in files if one[1] == label] for label in range(len(self.names))]
        return [one for of_class in by_class for one in held_out(of_class, split)]

    def pictures(self, split: Split) -> Sequence[Path]:
        return [path for path, _ in self._of(split)]

    def check(self, seen: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        faults, files = Faults(), [path for part in self._files.values() for path, _ in part]
        for number, path in enumerate(files, start=1):
            with faults.noted():
                decode_rgb(read_picture(path), path)
            seen(number, len(files))
        faults.check()

    def _identified(self) -> tuple[Iterable[Path], Iterable[Path]]:
        return [path for files in self._files.values() for path, _ in files], ()

    def _decode(self, split: Split, image_size: tuple[int, int], create: CreateArray) -> Any:
        files = self._of(split)
        paths = [path for path, _ in files]
        pictures = Pictures(
            [label for _, label in files], lambda row: decode_rgb(read_picture(paths[row]), paths[row]), self.names
        )
        return decode_classified(pictures, image_size, create)

    def _samples(self, arrays: dict[str, np.ndarray], extra: Any) -> Samples:
        return classified(arrays, extra)
