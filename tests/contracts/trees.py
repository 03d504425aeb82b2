"""Small made-up trees of files, in the layouts of the sets that are downloaded."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data import DataSet, data_set
from bench.data.coco_files import CocoFiles
from tests.copied_files import copied
from tests.official import MINIATURES, TRAIN, VAL


def label_tree(
    folder: Path, stems: Callable[[int], str], size: tuple[int, int], ids: list[int], block: int = 10
) -> None:
    """Images and label maps of random ids, in squares of `block` pixels, in the layout that CamVid and MSRC share."""
    rng = np.random.default_rng(0)
    coarse = (size[0] // block, size[1] // block)
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


def msrc_tree(root: Path, block: int = 10) -> DataSet:
    label_tree(
        root / "msrc_v2", lambda number: f"{number % 3 + 1}_{number + 1}_s", (213, 320), [*range(23), 255], block
    )
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


def coco_tree(name: str) -> Callable[[Path], DataSet]:
    """Writes the files of a set in COCO's layout, for which ids of categories and of pictures have gaps."""

    def write(root: Path) -> DataSet:
        described = data_set(name)
        assert isinstance(described, CocoFiles)
        names = described.class_names or ("ant", "bee")
        for number, (split, count) in enumerate((("train", TRAIN), ("val", VAL))):
            official = described.official[split]
            folder = root / described.folder / described.picture_folder.format(split=official)
            folder.mkdir(parents=True, exist_ok=True)  # sets of one folder have the same pictures
            path = root / described.folder / described.annotation_file.format(split=official)
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(_coco_content(described, names, folder, 1000 * number, count)))
        fields = {} if described.class_names else {"class_names": names}
        return replace(described, picture_counts=(TRAIN, VAL), **fields)

    return write


def _coco_content(
    described: CocoFiles, names: tuple[str, ...], folder: Path, first: int, count: int
) -> dict[str, list[dict[str, object]]]:
    """Pictures of no to two triangles, one of them with a crowd region, and one person without joints."""
    rng = np.random.default_rng(first)
    kind = described.class_field
    joints = {"keypoints": list(described.joint_names)} if described.joint_names else {}
    categories = [
        {"id": 3 * place, "name": name if kind == "name" else f"some {name}", kind: name, **joints}
        for place, name in enumerate(names)
    ]
    images, objects = [], []
    for number in range(first, first + 5 * count, 5):
        # an end marker in the header, as embedded thumbnails have one
        picture = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((80, 60))
        picture.save(folder / f"{number:06d}.jpg", comment=b"\xff\xd9")
        images.append({"id": number, "file_name": f"{number:06d}.jpg", "width": 80, "height": 60})
        for place in range(number % 3):
            x, y, width, height = (float(v) for v in rng.integers((0, 0, 20, 20), (50, 30, 30, 30)))
            corners = [x, y, x + width, y, x, y + height]
            joint = [[x + width / 4, y + height / 4, (number + place) % 3]] * len(described.joint_names)
            objects.append(
                {
                    "id": 2 * number + place, "image_id": number, "category_id": 3 * int(rng.integers(len(names))),
                    "iscrowd": 0, "bbox": [x, y, width, height], "area": width * height / 2, "segmentation": [corners],
                }
            )  # fmt: skip
            if described.joint_names:
                seen = len(joint) if joint[0][2] else 0
                flat = [value for one in joint for value in (one if seen else (0, 0, 0))]
                objects[-1].update(keypoints=flat, num_keypoints=seen)
    crowd = {**objects[-1], "id": -1, "iscrowd": 1, "bbox": [0, 10, 80, 20], "area": 1600}
    crowd["segmentation"] = {"size": [60, 80], "counts": [10, *[20, 40] * 79, 20, 30]}
    if described.joint_names:
        crowd.update(keypoints=[0] * 3 * len(described.joint_names), num_keypoints=0)
    return {"images": images, "annotations": [*objects, crowd], "categories": categories}


def coco_joints_tree(root: Path) -> DataSet:
    """As that of `coco_people`: some pictures of it have nobody in them, so that fewer are trained on."""
    return replace(coco_tree("coco_joints")(root), picture_counts=None)


def lsp_people_tree(root: Path) -> DataSet:
    lsp_tree(root)
    return replace(data_set("lsp_people"), picture_counts=(TRAIN, VAL))


def msrc_instances_tree(root: Path) -> DataSet:
    msrc_tree(root, block=50)
    described = data_set("msrc_instances")
    return replace(described, source=replace(described.source, train_count=TRAIN, test_count=VAL))


def voc_tree(root: Path) -> DataSet:
    rng = np.random.default_rng(0)
    folder = root / "voc2007"
    for kind in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (folder / kind).mkdir(parents=True)
    described = data_set("voc2007")
    for name, first, count in (("trainval", 0, TRAIN), ("test", TRAIN, VAL)):
        stems = [f"{number:06d}" for number in range(first, first + count)]
        (folder / "ImageSets" / "Main" / f"{name}.txt").write_text("".join(f"{stem}\n" for stem in stems))
        for number, stem in enumerate(stems):
            picture = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((80, 60))
            picture.save(folder / "JPEGImages" / f"{stem}.jpg")
            things = ""
            for place in range(number % 3):
                left, top = rng.integers(1, 40, 2)
                label = described.class_names[int(rng.integers(described.classes))]
                things += (
                    f"<object><name>{label}</name><pose>Left</pose><difficult>{place}</difficult><bndbox>"
                    f"<xmin>{left}</xmin><ymin>{top}</ymin><xmax>{left + 30}</xmax><ymax>{top + 20}</ymax>"
                    "</bndbox></object>"
                )
            (folder / "Annotations" / f"{stem}.xml").write_text(
                f"<annotation><filename>{stem}.jpg</filename><size><width>80</width><height>60</height>"
                f"<depth>3</depth></size>{things}</annotation>\n"
            )
    return replace(described, picture_counts=(TRAIN, VAL))


_DRAWN: dict[str, Callable[[Path], DataSet]] = {
    "bccd": coco_tree("bccd"),
    "camvid": camvid_tree,
    "cifar10": packed_cifar_tree,
    "cifar10 (official batches)": official_cifar_tree,
    "coco": coco_tree("coco"),
    "coco_few": coco_tree("coco_few"),
    "coco_few_people": coco_tree("coco_few_people"),
    "coco_joints": coco_joints_tree,
    "coco_people": coco_tree("coco_people"),
    "image_folder": image_folder_tree,
    "lsp_people": lsp_people_tree,
    "lsp_pose": lsp_tree,
    "msrc_instances": msrc_instances_tree,
    "msrc_v2": msrc_tree,
    "voc2007": voc_tree,
    **MINIATURES,
}
TREES: dict[str, Callable[[Path], DataSet]] = {name: partial(copied, write=write) for name, write in _DRAWN.items()}
"""Name of a set, and the form of its files where there are several -> writes the tree below a root."""
