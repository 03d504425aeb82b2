"""ImageNet (ILSVRC 2012): a folder of pictures per class; validation pictures as well, or all in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.data.matlab import matlab
from bench.data.packed import Rows
from bench.data.streamed import CountedDataSet, StreamedSamples, Survey, listed_rows, tensor_of
from supertickets.augmentations import classification, drawn_from
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, content, entries, sizes
from supertickets.data.pictures import decode_rgb, read_picture
from supertickets.loading import Tensors, stacked
from supertickets.tasks.base import Augmentation
from supertickets.tasks.data import ClassifiedImages

SUFFIXES = (".jpeg", ".jpg")
DEVKIT = Path("ILSVRC2012_devkit_t12", "data")
TRUTH, NAMES = DEVKIT / "ILSVRC2012_validation_ground_truth.txt", DEVKIT / "meta.mat"

SEEN = 0.875
"""Share of the shorter side that a scored crop shows: 224 of 256 pixels."""


@dataclass(frozen=True)
class ImageNet(CountedDataSet):
    """Classes are the folders of `train` in alphabetical order, called by WordNet's ids.

    Validation pictures lie in folders of the same names, or all in `val`, whose classes the development kit knows.

    Attributes:
        class_names: what the folders must be called; empty: whatever they are called.
        class_count: how many there must be.
    """

    name = "imagenet"
    role = "ImageNet"
    task = "classification"
    folder = "imagenet"
    layout = (
        "<root>/imagenet/train/<class>/*.JPEG and <root>/imagenet/val/<class>/*.JPEG, or <root>/imagenet/val/*.JPEG "
        f"with <root>/imagenet/{TRUTH} and {NAMES.name}"
    )
    gigabytes = 145.0
    native_size = (224, 224)

    train_count: int | None = 1_281_167
    val_count: int | None = 50_000
    class_names: tuple[str, ...] = ()
    class_count: int = 1000

    @property
    def classes(self) -> int:
        return self.class_count

    def survey(self, folder: Path) -> Survey:
        found = Survey()
        names = [path.name for path in _folders(folder / "train")]
        found.extra = {"train": names, "val": names}
        if len(names) != self.class_count:
            found.problems.append(
                f"{folder / 'train'} has {len(names)} folders of classes, {self.class_count} expected: {REMEDY}"
            )
        if self.class_names and (strange := sorted(set(names) ^ set(self.class_names))):
            found.problems.append(
                f"{folder / 'train'}: {strange[0]!r} is in one of folders and classes alone: {REMEDY}"
            )
        found.rows["train"] = self._of_classes(folder, "train", names, found.problems)
        reported, flat = _folders(folder / "val"), _pictures(folder / "val")
        if reported and flat:
            found.problems.append(
                f"{folder / 'val'} has both folders and pictures: leave one kind; layout: {self.layout}"
            )
        if flat and not reported:
            found.rows["val"] = self._flat(folder, flat, names, found)
            return found
        for odd in sorted({path.name for path in reported} ^ set(names)):
            lacking = "val" if odd in names else "train"
            found.problems.append(f"{folder / lacking} has no folder {odd!r}, the other split has: {REMEDY}")
        found.rows["val"] = self._of_classes(
            folder, "val", [path.name for path in reported if path.name in names], found.problems, names
        )
        return found

    def _of_classes(
        self, folder: Path, split: str, listed: Sequence[str], problems: list[str], names: Sequence[str] | None = None
    ) -> Rows:
        labels = {name: label for label, name in enumerate(names or listed)}
        paths: list[str] = []
        columns: dict[str, list[int]] = {"label": [], "picture_bytes": []}
        for name in listed:
            pictures = _pictures(folder / split / name)
            if not pictures:
                problems.append(f"{folder / split / name} has no picture ({', '.join(SUFFIXES)}): {REMEDY}")
            paths += [f"{split}/{name}/{picture}" for picture in pictures]
            columns["label"] += [labels[name]] * len(pictures)
            columns["picture_bytes"] += pictures.values()
        return listed_rows(paths, **columns)

    def _flat(self, folder: Path, pictures: dict[str, int], names: Sequence[str], found: Survey) -> Rows:
        """Validation pictures in the order of their names, which is that of the development kit's list."""
        listed = content(folder / TRUTH).decode("ascii", "replace").split()
        if len(listed) != len(pictures):
            raise DataError(
                f"{folder / TRUTH} has {len(listed)} lines, {folder / 'val'} has {len(pictures)} pictures: {REMEDY}"
            )
        synsets = matlab(folder / NAMES, "synsets")[0].ravel()
        try:
            words = {int(one["ILSVRC2012_ID"].item()): str(one["WNID"].item()) for one in synsets}
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DataError(f"{folder / NAMES} has no ILSVRC2012_ID and WNID for each synset: {REMEDY}") from error
        labels = {str(number): names.index(word) for number, word in words.items() if word in names}
        if strange := [line for line in listed if line not in labels]:
            raise DataError(
                f"{folder / TRUTH} has class {strange[0][:20]!r}, which {NAMES.name} and the folders of train do not "
                f"know: {REMEDY}"
            )
        found.identity.append(content(folder / TRUTH).hex())
        columns = {"label": [labels[line] for line in listed], "picture_bytes": list(pictures.values())}
        return listed_rows([f"val/{name}" for name in pictures], **columns)

    def read(self, folder: Path, rows: Rows, row: int) -> Tensor:
        """uint8 `(3, h, w)`: a picture."""
        path = folder / rows.names[row]
        return tensor_of(decode_rgb(read_picture(path), path))

    def _assemble(self, arrays: dict[str, np.ndarray], extra: Any) -> ClassifiedSamples:
        return ClassifiedSamples(
            data=self, folder=Path(), rows=Rows.of(arrays), image_size=(1, 1), class_names=tuple(extra)
        )


@dataclass(frozen=True, kw_only=True)
class ClassifiedSamples(StreamedSamples):
    """One split of pictures with a class each.

    Attributes:
        class_names: one name per class index.
    """

    data: ImageNet
    class_names: tuple[str, ...]

    def shown(self, index: Sequence[int]) -> Tensors:
        return self._labelled(index, [classification.whole(self.decoded(row), self.image_size, SEEN) for row in index])

    def varied(
        self, index: Sequence[int], seeds: Sequence[int], size: tuple[int, int], augmentation: Augmentation
    ) -> Tensors:
        pictures = []
        for row, seed in zip(index, seeds, strict=True):
            with drawn_from(seed):
                pictures.append(classification.varied(self.decoded(row), size, augmentation))
        return self._labelled(index, pictures)

    def _labelled(self, index: Sequence[int], pictures: Sequence[Tensor]) -> Tensors:
        labels = torch.from_numpy(self.rows["label"][list(index)].astype(np.int64))
        return stacked({"images": one, "labels": label} for one, label in zip(pictures, labels, strict=True))

    def part(self, tensors: Tensors) -> ClassifiedImages:
        return ClassifiedImages(**tensors, class_names=self.class_names)


def _folders(folder: Path) -> list[Path]:
    return [path for path in entries(folder) if path.is_dir()]


def _pictures(folder: Path) -> dict[str, int]:
    return sizes(folder, *SUFFIXES)


TITLE = "ImageNet"
DATA_SET = ImageNet()
