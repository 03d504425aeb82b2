"""Cityscapes as it is published: streets of 27 towns with fine labels, of which 19 classes are trained and scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from bench.data.packed import Rows
from bench.data.pixel_labels import PixelLabels
from supertickets.data.errors import DataError
from supertickets.data.files import REMEDY, entries, sizes

PICTURE, LABELS = "_leftImg8bit.png", "_gtFine_labelIds.png"


@dataclass(frozen=True)
class Cityscapes(PixelLabels):
    """Archives `leftImg8bit_trainvaltest` and `gtFine_trainvaltest`; label maps are those of ids 0 to 33.

    Attributes:
        size: `(H, W)` that every picture must have.
    """

    name = "cityscapes"
    role = "Cityscapes"
    folder = "cityscapes"
    layout = (
        "<root>/cityscapes/{leftImg8bit/{train,val}/<town>/*_leftImg8bit.png,"
        "gtFine/{train,val}/<town>/*_gtFine_labelIds.png}"
    )
    class_names = (
        "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation",
        "terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
    )  # fmt: skip
    file_ids = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
    ignored_ids = tuple(sorted({*range(34), 255} - {*file_ids}))
    gigabytes = 11.5
    native_size = (1024, 2048)

    train_count: int | None = 2975
    val_count: int | None = 500
    short_side: int | None = None
    size: tuple[int, int] = native_size

    def label_name(self, name: str) -> str:
        return f"gtFine{name.removeprefix('leftImg8bit').removesuffix(PICTURE)}{LABELS}"

    def files(self, folder: Path, split: str, problems: list[str]) -> tuple[dict[str, int], dict[str, int]]:
        return self._of_towns(folder, "leftImg8bit", split, PICTURE, problems), self._of_towns(
            folder, "gtFine", split, LABELS, problems
        )

    def _of_towns(self, folder: Path, kind: str, split: str, ending: str, problems: list[str]) -> dict[str, int]:
        place = folder / kind / split
        if not place.is_dir():
            problems.append(f"{place} is not a folder; layout: {self.layout}")
            return {}
        found = {}
        for town in entries(place):
            if not town.is_dir():
                problems.append(f"{town} is not the folder of a town; layout: {self.layout}")
                continue
            own = sizes(town, ending.lower())
            if not own:
                problems.append(f"{town} has no file *{ending}; layout: {self.layout}")
            for name, size in own.items():
                if not name.startswith(f"{town.name}_"):
                    problems.append(f"{town / name} is in the folder of another town: {REMEDY}")
                else:
                    found[f"{kind}/{split}/{town.name}/{name}"] = size
        if not found and not problems:
            problems.append(f"{place} has no folder of a town; layout: {self.layout}")
        return found

    def read(self, folder: Path, rows: Rows, row: int) -> tuple[Tensor, Tensor]:
        picture, labels = super().read(folder, rows, row)
        if (found := tuple(picture.shape[1:])) != self.size:
            raise DataError(
                f"{folder / rows.names[row]} is {found[0]}x{found[1]}, not {self.size[0]}x{self.size[1]} "
                f"(height x width): {REMEDY}"
            )
        return picture, labels


TITLE = "Cityscapes"
DATA_SET = Cityscapes()
