"""Any folder of images sorted by class: your own data in place of ImageNet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.data.classified import ClassifiedDataSet
from bench.data.folders import folder_of
from supertickets.data.classified import Pictures
from supertickets.data.errors import DataError
from supertickets.data.files import entries, files_id, listed
from supertickets.data.pictures import decode_rgb, read_picture
from supertickets.data.splits import members

LAYOUT = "<root>/image_folder/{train,val}/<class>/*.{jpg,jpeg,png}"
SUFFIXES = (".jpg", ".jpeg", ".png")
CHECKED = 300
"""Images per split that a check decodes, evenly spaced; more would take too long."""


@dataclass(frozen=True)
class ImageFolder(ClassifiedDataSet):
    """Classes are the folder names below `train`, in alphabetical order; `val` has the same ones.

    Attributes:
        class_names: what the folders must be called; empty: whatever they are called. Loaded splits have the names.
    """

    name = "image_folder"
    role = "ImageNet"
    needs_root = True
    native_size = (224, 224)
    decoder_version = "2"

    class_names: tuple[str, ...] = ()

    def check(self, root: Path | None) -> None:
        for split in ("train", "val"):
            _, files = self._files(root, split)
            for path, _ in files[:: -(-len(files) // CHECKED)]:
                _read(path)

    def data_id(self, root: Path | None) -> str:
        paths = [path for split in ("train", "val") for path, _ in self._files(root, split)[1]]
        return files_id(folder_of(root, self.name, LAYOUT), paths, ())

    def _pictures(self, root: Path | None, split: str) -> Pictures:
        names, files = self._files(root, split)
        return Pictures([label for _, label in files], lambda row: _read(files[row][0]), names)

    def _files(self, root: Path | None, split: str) -> tuple[tuple[str, ...], list[tuple[Path, int]]]:
        """Class names, and path and label of every image of a split, by class and name.

        Raises:
            DataError: no folders, folders that differ between train and val or from `class_names`, an empty one.
        """
        folder = folder_of(root, self.name, LAYOUT)
        names, reported = _folders(folder / "train"), _folders(folder / "val")
        if len(names) < 2:
            raise DataError(f"{folder / 'train'} needs a folder per class, at least two; expected layout: {LAYOUT}")
        if odd := sorted(set(names) ^ set(reported)):
            lacking = "val" if odd[0] in names else "train"
            raise DataError(f"{folder / lacking} has no folder {odd[0]!r}, the other split has; layout: {LAYOUT}")
        if self.class_names and names != self.class_names:
            raise DataError(
                f"{folder / 'train'} has the folders {names}, {self.class_names} expected; layout: {LAYOUT}"
            )
        official, files = "val" if split == "val" else "train", []
        for label, name in enumerate(names):
            images = listed(folder / official / name, *SUFFIXES)
            if not images:
                raise DataError(f"{folder / official / name} has no image ({', '.join(SUFFIXES)}); layout: {LAYOUT}")
            files += [(path, label) for path in images]
        return names, members(files, split)


def _folders(folder: Path) -> tuple[str, ...]:
    """Names of the folders in a folder, hidden ones left out; none if it is missing."""
    if not folder.is_dir():
        return ()
    return tuple(path.name for path in entries(folder) if path.is_dir())


def _read(path: Path) -> Image.Image:
    # Decoding finds a truncated file; what cameras append after the image is not held against it.
    return decode_rgb(read_picture(path), path)


DATA_SET = ImageFolder()
