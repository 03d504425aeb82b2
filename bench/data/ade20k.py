"""ADE20K as the scene parsing benchmark publishes it (SceneParse150): 150 classes; 0, everything else, is ignored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench.data.pixel_labels import PixelLabels
from supertickets.data.files import sizes

SPLITS = {"train": "training", "val": "validation"}


@dataclass(frozen=True)
class Ade20k(PixelLabels):
    """Archive `ADEChallengeData2016`. Pictures have many sizes, so they are scored one at a time."""

    name = "ade20k"
    role = "ADE20K"
    folder = "ADEChallengeData2016"
    layout = "<root>/ADEChallengeData2016/{images,annotations}/{training,validation}/{*.jpg,*.png}"
    class_names = (
        "wall", "building", "sky", "floor", "tree", "ceiling", "road", "bed", "windowpane", "grass", "cabinet",
        "sidewalk", "person", "earth", "door", "table", "mountain", "plant", "curtain", "chair", "car", "water",
        "painting", "sofa", "shelf", "house", "sea", "mirror", "rug", "field", "armchair", "seat", "fence", "desk",
        "rock", "wardrobe", "lamp", "bathtub", "railing", "cushion", "base", "box", "column", "signboard",
        "chest of drawers", "counter", "sand", "sink", "skyscraper", "fireplace", "refrigerator", "grandstand",
        "path", "stairs", "runway", "case", "pool table", "pillow", "screen door", "stairway", "river", "bridge",
        "bookcase", "blind", "coffee table", "toilet", "flower", "book", "hill", "bench", "countertop", "stove",
        "palm", "kitchen island", "computer", "swivel chair", "boat", "bar", "arcade machine", "hovel", "bus",
        "towel", "light", "truck", "tower", "chandelier", "awning", "streetlight", "booth", "television receiver",
        "airplane", "dirt track", "apparel", "pole", "land", "bannister", "escalator", "ottoman", "bottle", "buffet",
        "poster", "stage", "van", "ship", "fountain", "conveyer belt", "canopy", "washer", "plaything",
        "swimming pool", "stool", "barrel", "basket", "waterfall", "tent", "bag", "minibike", "cradle", "oven",
        "ball", "food", "step", "tank", "trade name", "microwave", "pot", "animal", "bicycle", "lake", "dishwasher",
        "screen", "blanket", "sculpture", "hood", "sconce", "vase", "traffic light", "tray", "ashcan", "fan", "pier",
        "crt screen", "plate", "monitor", "bulletin board", "shower", "radiator", "glass", "clock", "flag",
    )  # fmt: skip
    file_ids = tuple(range(1, 151))
    ignored_ids = (0,)
    gigabytes = 0.9
    native_size = (512, 512)

    train_count: int | None = 20_210
    val_count: int | None = 2_000
    short_side: int | None = 512

    def label_name(self, name: str) -> str:
        return str(PurePosixPath(name.replace("images", "annotations", 1)).with_suffix(".png"))

    def files(self, folder: Path, split: str, problems: list[str]) -> tuple[dict[str, int], dict[str, int]]:
        found: list[dict[str, int]] = []
        for kind, ending in (("images", ".jpg"), ("annotations", ".png")):
            place = folder / kind / SPLITS[split]
            if not place.is_dir():
                problems.append(f"{place} is not a folder; layout: {self.layout}")
                found.append({})
                continue
            own = sizes(place, ending)
            if not own:
                problems.append(f"{place} has no file *{ending}; layout: {self.layout}")
            found.append({f"{kind}/{SPLITS[split]}/{name}": size for name, size in own.items()})
        return found[0], found[1]


TITLE = "ADE20K"
DATA_SET = Ade20k()
