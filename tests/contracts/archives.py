"""Small made-up archives, as the makers of data sets publish them; what conversions start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from bench.convert import msrc_v2

TRAIN, TEST = 12, 3


def smooth(rng: np.random.Generator, height: int, width: int) -> Image.Image:
    """A picture that JPEG changes little."""
    coarse = rng.integers(0, 256, (height // 20, width // 20, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height))


def camvid(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    for split, count in (("train", TRAIN), ("val", 2), ("test", TEST)):
        for kind in (split, f"{split}annot"):
            (folder / kind).mkdir(parents=True)
        for frame in range(count):
            name = f"0001TP_{frame:06d}.png"
            smooth(rng, 360, 480).save(folder / split / name)
            labels = Image.fromarray(rng.integers(0, 12, (9, 12), dtype=np.uint8))
            labels.resize((480, 360), Image.Resampling.NEAREST).save(folder / f"{split}annot" / name)
    return {"segnet": folder}


def msrc_v2_archive(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    for kind in ("Images", "newsegmentations_mats"):
        (folder / kind).mkdir(parents=True)
    for line in msrc_v2.SPLITS.read_text().splitlines()[1:]:
        name = line.split(",")[0]
        smooth(rng, 60, 80).save(folder / "Images" / f"{name}.bmp")
        segments = np.repeat(np.arange(1, 7, dtype=np.uint8), 10)[:, None].repeat(80, axis=1)
        classes = rng.integers(1, 24, 5).astype(np.uint8)  # the sixth segment has none
        savemat(folder / "newsegmentations_mats" / f"{name}_GT.mat", {"newseg": segments, "newlabels": classes})
    return {"msrc": folder}


LSP_SIZES = ((60, 80), (90, 150), (130, 70))
"""Width and height of made-up photographs, in turn."""

EXTENDED = 40


def lsp_joints(rng: np.random.Generator, count: int) -> np.ndarray:
    """`(count, 14, 2)`: joints of persons that fill most of their photographs."""
    sizes = np.array([LSP_SIZES[number % len(LSP_SIZES)] for number in range(count)])
    return rng.uniform(0.1, 0.9, (count, 14, 2)) * sizes[:, None]


def lsp_pose(folder: Path) -> dict[str, Path]:
    """2000 photographs, one joint in five hidden, and 40 of the extension, two in three of them unusable."""
    rng = np.random.default_rng(0)
    joints = lsp_joints(rng, 2000)
    hidden = rng.random((2000, 14)) < 0.2
    lsp = np.concatenate([joints, hidden[..., None]], axis=2)
    extended = np.concatenate([lsp_joints(rng, EXTENDED) * 3, np.ones((EXTENDED, 14, 1))], axis=2)
    extended[::3, 5, 2] = 0  # not labelled
    extended[1::6, 3, 0] = -1  # outside
    extended[4::6, :, :2] *= 0.05  # too small
    for name, values, axes, digits, factor in (
        ("lsp", lsp, (2, 1, 0), 4, 1),
        ("lspet", extended, (1, 2, 0), 5, 3),
    ):
        (folder / name / "images").mkdir(parents=True)
        savemat(folder / name / "joints.mat", {"joints": values.transpose(axes)})
        for number in range(len(values)):
            width, height = LSP_SIZES[number % len(LSP_SIZES)]
            picture = Image.new("RGB", (width * factor, height * factor), tuple(rng.integers(0, 256, 3).tolist()))
            picture.save(folder / name / "images" / f"im{number + 1:0{digits}d}.jpg")
    return {"lsp": folder / "lsp", "extended": folder / "lspet"}


ARCHIVES: dict[str, Callable[[Path], dict[str, Path]]] = {
    "camvid": camvid,
    "lsp_pose": lsp_pose,
    "msrc_v2": msrc_v2_archive,
}
"""Name of a set -> writes its archives below a folder and gives the sources of the conversion."""

COUNTS = {
    "camvid": {"train_count": TRAIN, "test_count": TEST},
    "lsp_pose": {"person_counts": (992 + EXTENDED // 3, 1000)},
    "msrc_v2": {},
}
"""How many images a made-up archive comes to, where that is not what the real one does."""
