"""Small made-up trees of files, in the layouts of the sets that are downloaded."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data import DataSet, data_set

TRAIN, VAL = 16, 4


def label_tree(folder: Path, stems: Callable[[int], str], size: tuple[int, int], ids: list[int]) -> None:
    """Images and label maps of random ids in the layout that CamVid and MSRC share."""
    rng = np.random.default_rng(0)
    coarse = (size[0] // 10, size[1] // 10)
    for split, count in (("train", TRAIN), ("test", VAL)):
        for kind in ("images", "labels"):
            (folder / split / kind).mkdir(parents=True)
        for number in range(count):
            picture = Image.fromarray(rng.integers(0, 256, (*coarse, 3), dtype=np.uint8)).resize(size[::-1])
            # An end marker in the header, as embedded thumbnails have one: it must not hide a truncation.
            picture.save(folder / split / "images" / f"{stems(number)}.jpg", comment=b"\xff\xd9")
            labels = Image.fromarray(rng.choice(np.array(ids, np.uint8), coarse)).resize(size[::-1], 0)
            labels.save(folder / split / "labels" / f"{stems(number)}.png")


def camvid_tree(root: Path) -> DataSet:
    label_tree(
        root / "camvid",
        lambda frame: f"{'0001TP' if frame % 2 else '0016E5'}_{frame:05d}",
        (360, 480),
        list(range(12)),
    )
    return replace(data_set("camvid"), train_count=TRAIN, test_count=VAL)


def msrc_tree(root: Path) -> DataSet:
    label_tree(root / "msrc_v2", lambda number: f"{number % 3 + 1}_{number + 1}_s", (213, 320), [*range(23), 255])
    return replace(data_set("msrc_v2"), train_count=TRAIN, test_count=VAL)


def lsp_tree(root: Path) -> DataSet:
    rng = np.random.default_rng(0)
    described = data_set("lsp_pose")
    folder = root / "lsp_pose"
    for kind in ("images", "annotations"):
        (folder / kind).mkdir(parents=True)
    for split, first, count in (("train", 1, TRAIN), ("val", 1001, VAL)):
        images, persons = [], []
        for number in range(first, first + count):
            name = f"lsp_im{number:04d}.jpg"
            Image.fromarray(rng.integers(0, 256, (80, 60, 3), dtype=np.uint8)).save(folder / "images" / name)
            images.append({"id": number, "file_name": name, "width": 60, "height": 80})
            joints = np.stack([rng.uniform(10, 50, 14), rng.uniform(10, 70, 14), rng.integers(1, 3, 14)], axis=1)
            person = {"id": number, "image_id": number, "category_id": 1, "iscrowd": 0, "num_keypoints": 14}
            flat = [v if i % 3 < 2 else int(v) for i, v in enumerate(joints.ravel().tolist())]
            persons.append({**person, "keypoints": flat, "bbox": [6.0, 6.0, 48.0, 68.0], "area": 0.53 * 48 * 68})
        category = {"id": 1, "name": "person", "keypoints": list(described.class_names)}
        content = {"images": images, "annotations": persons, "categories": [category]}
        (folder / "annotations" / f"person_keypoints_{split}.json").write_text(json.dumps(content))
    return replace(described, person_counts=(TRAIN, VAL))


def cifar_pictures() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Split -> uint8 `(N, 32, 32, 3)` pictures and labels; every class occurs in train."""
    rng = np.random.default_rng(0)
    pictures = {}
    for split, count in (("train", TRAIN), ("test", VAL)):
        coarse = rng.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
        pictures[split] = coarse.repeat(8, axis=1).repeat(8, axis=2), np.arange(count) % 10
    return pictures


def packed_cifar_tree(root: Path) -> DataSet:
    folder = root / "cifar10"
    folder.mkdir(parents=True)
    described = data_set("cifar10")
    for split, (pictures, labels) in cifar_pictures().items():
        files = []
        for picture in pictures:
            buffer = io.BytesIO()
            Image.fromarray(picture).save(buffer, "JPEG")
            files.append(buffer.getvalue())
        offsets = np.cumsum([0, *map(len, files)])
        np.savez(folder / f"{split}.npz", jpeg=np.frombuffer(b"".join(files), np.uint8), offsets=offsets, labels=labels)
    (folder / "classes.txt").write_text("\n".join(described.class_names) + "\n")
    return replace(described, train_count=TRAIN, test_count=VAL)


def write_batch(path: Path, content: object) -> None:
    """Pickle as the official files are: byte strings, and numpy's module under its old name."""
    path.write_bytes(
        pickle.dumps(content, protocol=3).replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    )


def official_cifar_tree(root: Path) -> DataSet:
    folder = root / "cifar10" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    described = data_set("cifar10")
    pictures = cifar_pictures()
    for number, rows in enumerate(np.array_split(np.arange(TRAIN), 5), start=1):
        _official_batch(folder / f"data_batch_{number}", *(part[rows] for part in pictures["train"]))
    _official_batch(folder / "test_batch", *pictures["test"])
    write_batch(folder / "batches.meta", {b"label_names": [name.encode() for name in described.class_names]})
    return replace(described, train_count=TRAIN, test_count=VAL)


def _official_batch(path: Path, pictures: np.ndarray, labels: np.ndarray) -> None:
    data = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).reshape(len(pictures), -1)
    write_batch(path, {b"data": data, b"labels": labels.tolist(), b"batch_label": b"made up"})


def image_folder_tree(root: Path) -> DataSet:
    rng = np.random.default_rng(0)
    names = ("ant", "bee", "cow")
    for split, count in (("train", TRAIN), ("val", VAL)):
        for number in range(count):
            folder = root / "image_folder" / split / names[number % 3]
            folder.mkdir(parents=True, exist_ok=True)
            size = (40, 60) if number % 2 else (50, 35)
            picture = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize(size)
            picture.save(folder / f"{number:02d}.{'png' if number % 4 == 0 else 'JPG'}")
            (folder / "notes.txt").write_text("not an image")
    return replace(data_set("image_folder"), class_names=names)


TREES: dict[str, Callable[[Path], DataSet]] = {
    "camvid": camvid_tree,
    "cifar10": packed_cifar_tree,
    "cifar10 (official batches)": official_cifar_tree,
    "image_folder": image_folder_tree,
    "lsp_pose": lsp_tree,
    "msrc_v2": msrc_tree,
}
"""Name of a set, and the form of its files where there are several -> writes the tree below a root."""
