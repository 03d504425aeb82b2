"""Whatever befalls a file of a data set: one `DataError` that names it, or tensors that hold what they promise."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.convert import bring, conversions
from bench.data import DataError, DataSet, data_set
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.tasks.data import IGNORE_LABEL, ClassifiedImages, LabelledImages, PersonCrops
from tests.contracts.archives import ARCHIVES, COUNTS
from tests.contracts.trees import TREES
from tests.damage import HOSTILE, MISSING, NO_FILES, OTHER_KINDS, at_regions, damaged, dump

pytestmark = pytest.mark.slow

FILES = {
    "bccd": ("test/*.jpg",),
    "camvid": ("test/images/*", "test/labels/*"),
    "cifar10": ("test.npz", "classes.txt"),
    "cifar10 (official batches)": ("*/test_batch", "*/batches.meta"),
    "coco": ("annotations/instances_val2017.json",),
    "coco_few_people": ("person_keypoints_val.json",),
    "image_folder": ("val/bee/*.JPG", "val/ant/*.png"),
    "lsp_pose": ("images/lsp_im1001.jpg", "annotations/*val*"),
    "msrc_v2": ("test/labels/*",),
    "voc2007": ("Annotations/000017.xml", "ImageSets/Main/test.txt"),
}
"""Form of a data set -> one pattern for each kind of its files of `val`."""

PICTURES = ("images", "val2017", "coco_few/val", "JPEGImages")
"""Folders of pictures that another file lists."""

Tree = tuple[DataSet, Path, list[Path]]


@pytest.fixture(scope="module", params=sorted(FILES))
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A data set, its root and one file of each kind."""
    root = tmp_path_factory.mktemp("root")
    data = TREES[request.param](root)
    return data, root, [min(root.glob(f"*/{pattern}")) for pattern in FILES[request.param]]


def holds_what_it_promises(data: DataSet, root: Path, cache: Path) -> str | None:
    """None where the data are usable, else the error; the tensors are looked at."""
    try:
        data.check(root)
        data.data_id(root)
        samples: Any = data.load(root, "val", (32, 24), cache)
        _require_sane(data, samples.take(torch.arange(len(samples))))
    except DataError as error:
        return str(error)
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    return None


def _require_sane(data: DataSet, decoded: Any) -> None:
    assert decoded.images.dtype == torch.uint8 and len(decoded) > 0
    if isinstance(decoded, PersonCrops):
        for tensor in (decoded.joints, decoded.to_image):
            assert torch.isfinite(tensor).all() and tensor.abs().max() < 1e6
        assert set(decoded.visibility.unique().tolist()) <= {0, 1, 2}
    elif isinstance(decoded, AnnotatedImages):
        assert len(decoded.class_names) == data.classes  # it checks everything else itself
    elif isinstance(decoded, LabelledImages):
        assert set(decoded.labels.unique().tolist()) <= {*range(data.classes), IGNORE_LABEL}
    else:
        assert isinstance(decoded, ClassifiedImages)
        assert set(decoded.labels.tolist()) <= set(range(data.classes))


def require_named(error: str | None, path: Path) -> None:
    """An error names its file, or the folder in which it is missed, and is one line."""
    if error is not None:
        # a damaged list may name pictures that are not there
        assert any(name in error for name in (path.stem, path.parent.name, *PICTURES)), error
        assert "\n" not in error and len(error) < 2000


@pytest.fixture
def restored(tree: Tree) -> Iterator[Tree]:
    _, _, paths = tree
    raw = [path.read_bytes() for path in paths]
    yield tree
    for path, content in zip(paths, raw, strict=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        path.unlink(missing_ok=True)
        path.write_bytes(content)


def test_at_every_region(restored: Tree, tmp_path: Path) -> None:
    data, root, paths = restored
    for path in paths:
        raw = path.read_bytes()
        refused = 0
        for _, changed in at_regions(raw):
            path.write_bytes(changed)
            error = holds_what_it_promises(data, root, tmp_path / "cache")
            require_named(error, path)
            refused += error is not None
        path.write_bytes(raw)
        assert refused > len(at_regions(raw)) // 4
        if path.suffix == ".png":
            assert refused >= len(at_regions(raw)) - 3, "a PNG has checksums everywhere"


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_of_another_kind(restored: Tree, kind: str, tmp_path: Path) -> None:
    data, root, paths = restored
    for path in paths:
        raw = path.read_bytes()
        path.write_bytes(OTHER_KINDS[kind])
        error = holds_what_it_promises(data, root, tmp_path / "cache")
        # any whole picture will do for a set without a size
        assert error is not None or (data.name == "image_folder" and kind in ("JPEG", "PNG"))
        require_named(error, path)
        path.write_bytes(raw)


@pytest.mark.parametrize("kind", NO_FILES)
def test_no_file(restored: Tree, kind: str, tmp_path: Path) -> None:
    data, root, paths = restored
    for path in paths:
        raw = path.read_bytes()
        NO_FILES[kind](path)
        error = holds_what_it_promises(data, root, tmp_path / "cache")
        assert error is not None or (data.name == "image_folder" and kind == "gone")
        require_named(error, path)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        path.write_bytes(raw)


def test_names_that_are_not_utf8_are_refused(restored: Tree, tmp_path: Path) -> None:
    data, root, paths = restored
    for path in paths:
        other = Path(os.fsdecode(os.fsencode(path.with_suffix("")) + b"\xff" + os.fsencode(path.suffix)))
        raw = path.read_bytes()
        path.rename(other)
        error = holds_what_it_promises(data, root, tmp_path / "cache")
        other.rename(path)
        assert error is not None and path.read_bytes() == raw
        error.encode()  # can be printed


@given(st.data())
def test_anyhow(tree: Tree, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    described, root, paths = tree
    path = data.draw(st.sampled_from(paths))
    raw = path.read_bytes()
    path.write_bytes(data.draw(damaged(raw)))
    try:
        require_named(holds_what_it_promises(described, root, tmp_path_factory.mktemp("cache")), path)
    finally:
        path.write_bytes(raw)


def fields(content: dict[str, Any]) -> list[tuple[str, ...]]:
    """Where a value can be: in the file, a record, or the list of a record."""
    places: list[tuple[Any, ...]] = [(name,) for name in content]
    for kind, records in content.items():
        for name, value in records[-1].items():
            places.append((kind, -1, name))
            if isinstance(value, list):
                places.append((kind, -1, name, len(value) - 1))
    return places


@pytest.mark.parametrize(
    ("form", "file", "pictures"),
    [
        ("lsp_pose", "lsp_pose/annotations/person_keypoints_val.json", "lsp_pose/images/"),
        ("coco", "coco/annotations/instances_val2017.json", "coco/val2017/"),
        ("coco_people", "coco/annotations/person_keypoints_val2017.json", "coco/val2017/"),
    ],
)
def test_every_field_of_a_coco_file(form: str, file: str, pictures: str, tmp_path: Path) -> None:
    """Each field with each value it should not have: an error that names the record, or sane tensors."""
    data = TREES[form](tmp_path)
    path = tmp_path / file
    content = json.loads(path.read_text())
    # the record that is damaged is the last one
    content["annotations"].sort(key=lambda one: one["iscrowd"], reverse=True)
    last = {kind: f"{kind} {len(content[f'{kind}s'])} (id " for kind in ("image", "annotation")}
    last["category"] = f"category {len(content['categories'])} (id "
    masked = f"annotations[{len(content['annotations']) - 1}]"
    accepted = set()
    for place in fields(content):
        for value in HOSTILE:
            changed = json.loads(json.dumps(content))
            holder = changed
            for step in place[:-1]:
                holder = holder[step]
            if value is MISSING:
                del holder[place[-1]]
            else:
                holder[place[-1]] = value
            path.write_bytes(dump(changed))
            error = holds_what_it_promises(data, tmp_path, tmp_path / "cache")
            require_named(error, path)
            if len(place) == 1:
                assert error is not None
            elif error is None and (form, *place) == ("lsp_pose", "categories", -1, "name"):
                pass  # which nobody asks for
            elif error is None:
                accepted.add((place[2], repr(value)))
            else:
                # a picture of another size or name is found at the picture, an id that is gone where it is used, and a
                # class that is gone in the whole file
                told = (
                    *last.values(), masked, pictures, "a listed image", "listed category", "one of the classes",
                    "in one of train and val alone",
                )  # fmt: skip
                assert any(text in error for text in told), error
    assert accepted == ACCEPTED[form]


PERSON = {
    ("id", "0"), ("iscrowd", "0"), ("area", "0.5"), ("area", "1.0"), ("area", "1e-300"), ("keypoints", "1.0"),
}  # fmt: skip
INSTANCE = {
    ("id", "0"), ("iscrowd", "0"), ("area", "0"), ("area", "0.5"), ("area", "1.0"), ("area", "1e-300"),
    ("category_id", "0"), *(("bbox", size) for size in ("0", "0.5", "1.0", "1e-300")),
}  # fmt: skip
ACCEPTED = {
    "lsp_pose": PERSON | {("id", "-1")}, "coco": INSTANCE, "coco_people": INSTANCE | {("keypoints", "1.0")},
}  # fmt: skip
"""Of the values in `HOSTILE`, those that are nothing unusual for a field. Objects of coco have -1 for an id, too."""


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_damaged_archives_are_converted_rightly_or_not_at_all(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    archive = ARCHIVES[name](tmp_path / "archive")
    described = replace(data_set(name), **COUNTS[name])
    victim = {
        "camvid": lambda: archive["segnet"] / "trainannot" / "0001TP_000000.png",
        "lsp_pose": lambda: archive["lsp"] / "joints.mat",
        "msrc_v2": lambda: min((archive["msrc"] / "newsegmentations_mats").iterdir()),
    }[name]()
    raw = victim.read_bytes()
    rng = np.random.default_rng(0)
    for _, changed in [at_regions(raw)[index] for index in rng.choice(len(at_regions(raw)), 6, replace=False)]:
        victim.write_bytes(changed)
        root = tmp_path_factory.mktemp("root")
        try:
            bring(conversions()[name], described, archive, root)
        except DataError:
            assert list(root.iterdir()) == []
        else:
            described.check(root)
