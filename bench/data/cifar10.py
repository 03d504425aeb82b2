"""CIFAR-10, ten classes at 32x32: small photographs, in place of ImageNet.

`val`, the reported split of this suite, is the official test set.
"""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from pathlib import Path

from bench.data.cifar_files import BATCHES, CifarFiles, files_of
from bench.data.classified import ClassifiedDataSet
from bench.data.folders import folder_of
from supertickets.data.classified import Pictures
from supertickets.data.errors import DataError
from supertickets.data.files import files_id
from supertickets.data.splits import members

LAYOUT = f"<root>/cifar10/{BATCHES}/{{data_batch_1..5,test_batch,batches.meta}} or <root>/cifar10/{{train,test}}.npz"


@dataclass(frozen=True)
class Cifar10(ClassifiedDataSet):
    """CIFAR-10 as stored in `<root>/cifar10`; the counts are fields so that a test can build a small tree.

    Attributes:
        train_count, test_count: images that the official splits must have.
    """

    name = "cifar10"
    role = "ImageNet"
    class_names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    needs_root = True
    native_size = (32, 32)

    train_count: int = 50_000
    test_count: int = 10_000

    def check(self, root: Path | None) -> None:
        files = self._files(root)
        if files.class_names() != self.class_names:
            path = files.paths()[-1]
            raise DataError(
                f"{path} lists the classes {reprlib.repr(files.class_names())}, not CIFAR-10's: see docs/data.md"
            )
        for split, expected in (("train", self.train_count), ("test", self.test_count)):
            labels, _ = files.samples(split)
            if len(labels) != expected:
                folder = files.paths()[0].parent
                raise DataError(f"{folder}: {split} has {len(labels)} images, {expected} expected: see docs/data.md")

    def data_id(self, root: Path | None) -> str:
        files = self._files(root)
        return files_id(files.folder, (), files.paths())

    def _files(self, root: Path | None) -> CifarFiles:
        return files_of(folder_of(root, self.name, LAYOUT), LAYOUT)

    def _pictures(self, root: Path | None, split: str) -> Pictures:
        labels, read = self._files(root).samples("test" if split == "val" else "train")
        rows = members(list(range(len(labels))), split)
        return Pictures(labels[rows].tolist(), lambda row: read(rows[row]), self.class_names)


TITLE = "CIFAR-10"
DATA_SET = Cifar10()
