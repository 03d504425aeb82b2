"""What every data set of `bench/data` owes its users; a new file there is found and tested without an edit here.

Sets that are drawn run with a few samples. Sets that are downloaded run on a tree of a few made-up files
(`trees.py`), and once more on the real files where SUPERTICKETS_DATA has them.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from bench.context import load_samples
from bench.data import SPLITS, DataError, DataSet, data_set, data_sets
from bench.identity import Environment
from bench.settings import Problem
from supertickets.loading import OnDemand
from supertickets.recipe import Recipe
from supertickets.supernet import miniature
from supertickets.tasks import Augmentation
from supertickets.tasks.annotated import AnnotatedImages
from supertickets.tasks.classification import Classification
from supertickets.tasks.data import IGNORE_LABEL, ClassifiedImages, LabelledImages, PersonCrops
from tests.contracts.trees import TRAIN, TREES, VAL
from tests.official import MINIATURES

NAMES = sorted(data_sets())
FORMS = sorted({*NAMES, *TREES})
"""The sets, and further forms of their files."""


def small(form: str, root: Path) -> DataSet:
    """The set with a few samples; files go below `root`."""
    if form in TREES:
        return TREES[form](root)
    described = data_set(form)
    if described.needs_root:
        pytest.skip(f"no made-up tree for {form}: add one to TREES to run the contract without its files")
    smaller = {"size": (64, 64)} if described.task == "detection" else {}
    return replace(described, train_count=TRAIN, val_count=VAL, **smaller)


def input_size(data: DataSet) -> tuple[int, int]:
    return {"classification": (32, 32), "segmentation": (32, 64), "pose": (32, 24), "detection": (48, 64)}[data.task]


ALIKE = {
    "bccd", "coco", "coco_few", "coco_few_people", "coco_joints", "embedded_scenes", "embedded_things", "lsp_people",
    "msrc_instances",
}  # fmt: skip
"""Forms of which another one, made by the same code, is looked at in the fast tests."""
LATER = {*ALIKE, *MINIATURES}
"""And those whose pictures torchvision changes, which takes seconds to load."""


@pytest.fixture(params=[pytest.param(form, marks=pytest.mark.slow) if form in LATER else form for form in FORMS])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[DataSet, Path]:
    return small(request.param, tmp_path / "root"), tmp_path / "root"


def trained_on(samples: OnDemand, size: tuple[int, int]) -> Any:
    """All samples in the order of the split, at the network's size, as training sees them."""
    every = range(len(samples))
    return samples.part(samples.varied(every, every, size, Augmentation()))


def scored(samples: Any) -> list[Any]:
    """Each sample as it is scored."""
    return [samples.take(torch.tensor([index])) for index in range(len(samples))]


@pytest.mark.fast
def test_the_description_is_complete(made: tuple[DataSet, Path]) -> None:
    data, _ = made
    assert data.task in ("classification", "segmentation", "pose", "detection")
    assert data.role in (
        "Cityscapes", "ADE20K", "COCO keypoints", "ImageNet", "COCO instances", "COCO people", "VOC"
    )  # fmt: skip
    # one class beside the background makes a detector; elsewhere there would be nothing to tell apart
    assert data.classes == len(data.class_names) == len(set(data.class_names)) > (data.task != "detection")
    assert data_set(data.name) == data_sets()[data.name]
    with pytest.raises(AttributeError):
        data.name = "other"  # type: ignore[misc]


@pytest.mark.fast
def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"no data set is called 'cityscape'.*camvid.*embedded_streets"):
        data_set("cityscape")
    with pytest.raises(DataError):
        data_set("crops")  # A helper module, not a data set.


@pytest.mark.fast
def test_check_passes_and_the_id_is_stable(made: tuple[DataSet, Path]) -> None:
    data, root = made
    data.check(root)
    assert data.data_id(root) == data.data_id(root)
    assert len(data.data_id(root)) == 16 and int(data.data_id(root), 16) >= 0


@pytest.mark.fast
def test_the_id_changes_with_the_data(made: tuple[DataSet, Path]) -> None:
    data, root = made
    before = data.data_id(root)
    if data.needs_root:
        patterns = ("*.json", "*.png", "train.npz", "data_batch_1", "*.xml", "*.JPEG")
        changed = max(path for pattern in patterns for path in root.rglob(pattern))
        changed.write_bytes(changed.read_bytes() + b"\n")
        assert data.data_id(root) != before
    else:
        assert replace(data, val_count=VAL + 1).data_id(root) != before


@pytest.mark.few
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.fast
def test_every_split_has_the_promised_tensors(made: tuple[DataSet, Path], split: str, tmp_path: Path) -> None:
    data, root = made
    (height, width), samples = input_size(data), data.load(root, split, input_size(data), tmp_path)
    assert data.streamed == isinstance(samples, OnDemand)
    decoded = trained_on(samples, (height, width)) if isinstance(samples, OnDemand) else samples
    assert decoded.images.dtype == torch.uint8 and decoded.images.is_contiguous()
    assert decoded.images.float().std() > 10, "the pictures are blank"
    if data.task == "classification":
        assert isinstance(decoded, ClassifiedImages) and decoded.class_names == data.class_names
        assert decoded.images.shape[1:] == (3, height, width)
        assert decoded.labels.dtype == torch.int64 and decoded.labels.shape == decoded.images.shape[:1]
        assert set(decoded.labels.tolist()) <= set(range(data.classes))
        if split == "train":
            assert set(decoded.labels.tolist()) == set(range(data.classes)), "a class is missing"
        return
    if data.task == "segmentation":
        assert isinstance(decoded, LabelledImages) and decoded.class_names == data.class_names
        assert decoded.images.shape[1:] == (3, height, width)
        assert decoded.labels.dtype == torch.uint8 and len(decoded.labels) == len(decoded.images)
        ids = set(decoded.labels.unique().tolist())
        assert ids - {IGNORE_LABEL} <= set(range(data.classes)) and len(ids) > 2
        if split.startswith("train") or data.streamed:
            assert decoded.labels.shape[1:] == (height, width)
        return
    if data.task == "detection":
        assert isinstance(decoded, AnnotatedImages) and decoded.class_names == data.class_names
        assert decoded.images.shape[1:] == (3, height, width)
        assert (decoded.sizes == torch.tensor([height, width])).any(1).all(), "a picture fits neither side"
        assert (decoded.masks is not None) == data.with_masks and decoded.joint_names == data.joint_names
        assert len(decoded.boxes) and not decoded.ignored.all()
        return
    assert isinstance(decoded, PersonCrops)
    count, _, side, _ = decoded.images.shape
    if data.streamed:
        assert decoded.images.shape == (count, 3, height, width)
    else:
        assert decoded.images.shape == (count, 3, side, side) and side >= 1.7 * max(height, width)
        assert (side - height) % 2 == 0 and (side - width) % 2 == 0
    assert decoded.joints.shape == (count, data.classes, 2) and decoded.joints.dtype == torch.float32
    assert decoded.visibility.shape == (count, data.classes) and decoded.visibility.dtype == torch.uint8
    assert decoded.to_image.shape == (count, 2, 3) and decoded.to_image.dtype == torch.float32
    assert len(decoded.joint_names) == len(decoded.sigmas) == data.classes and min(decoded.sigmas) > 0
    if split == "val" and getattr(samples, "detected", False):
        assert not decoded.visibility.any()  # a box that was found says nothing of joints
        return
    visible = decoded.joints[decoded.visibility == 2]
    assert len(visible) > 0 and visible.min() >= 0 and visible.max() <= max(decoded.images.shape[2:]) - 1


@pytest.mark.fast
def test_pose_annotations_are_those_of_the_canvases(made: tuple[DataSet, Path], tmp_path: Path) -> None:
    data, root = made
    if data.task != "pose":
        pytest.skip("no joints")
    crops = data.load(root, "tune" if data.streamed else "train", input_size(data), tmp_path)
    if isinstance(crops, OnDemand):
        crops = crops.take(torch.arange(len(crops)))
    persons = {person["id"]: person for person in crops.ground_truth["annotations"]}
    assert list(persons) == crops.annotation_ids.tolist() and len(persons) == len(crops.images)
    assert {p["image_id"] for p in persons.values()} == {image["id"] for image in crops.ground_truth["images"]}
    height, width = input_size(data)
    assert not data.streamed or crops.images.shape[1:] == (3, height, width)
    for row, person in enumerate(persons.values()):
        assert person["num_keypoints"] > 0 and person["area"] > 0 and not person["iscrowd"]
        expected = torch.tensor(person["keypoints"]).reshape(-1, 3)
        assert torch.equal(crops.visibility[row], expected[:, 2].byte())
        back = crops.joints[row] @ crops.to_image[row, :, :2].T + crops.to_image[row, :, 2]
        labelled = crops.visibility[row] > 0
        assert torch.allclose(back[labelled], expected[labelled, :2], atol=1e-3)


@pytest.mark.fast
def test_what_is_annotated_lies_where_its_box_says(made: tuple[DataSet, Path], tmp_path: Path) -> None:
    data, root = made
    if data.task != "detection":
        pytest.skip("no boxes")
    split = data.load(root, "train", input_size(data), tmp_path)
    if isinstance(split, OnDemand):
        split = split.take(torch.arange(len(split)))
    for picture, size in enumerate(split.sizes.tolist()):
        assert not split.images[picture, :, size[0] :].any() and not split.images[picture, :, :, size[1] :].any()
        for row in range(len(split.boxes))[split.rows(picture)]:
            left, top, right, bottom = split.boxes[row].tolist()
            assert split.areas[row] <= (right - left + 1) * (bottom - top + 1)
            if split.masks is not None:
                rows, columns = split.masks[row].nonzero().unbind(1)
                # where both are rounded to whole pixels, they differ by less than one
                for least, most, place in ((top, bottom, rows), (left, right, columns)):
                    assert not len(place) or (least - 1 < place.min() and place.max() < most + 1)
            if split.joints is not None:
                seen = split.joints[row][split.joints[row][:, 2] == 2]
                assert (seen[:, :2] >= torch.tensor([left - 3, top - 3])).all()
                assert (seen[:, :2] <= torch.tensor([right + 3, bottom + 3])).all()
    if split.masks is not None:
        # a mask is no box: some of it is elsewhere
        filled = split.masks.sum((1, 2)) / (split.boxes[:, 2:] - split.boxes[:, :2]).prod(1)
        assert filled.max() > 0.5 and filled.min() < 0.9


@pytest.mark.fast
def test_flip_pairs_swap_left_and_right(made: tuple[DataSet, Path]) -> None:
    data, _ = made
    if data.task not in ("pose", "detection"):
        pytest.skip("no joints")
    joints = data.class_names if data.task == "pose" else data.joint_names
    swapped = {joints[a]: joints[b] for pair in data.flip_pairs for a, b in (pair, pair[::-1])}
    sides = [name for name in joints if "left" in name or "right" in name]
    assert sorted(swapped) == sorted(sides) and len(swapped) == 2 * len(data.flip_pairs)
    for name, other in swapped.items():
        assert other == (name.replace("left", "right") if "left" in name else name.replace("right", "left"))
        assert data.sigmas[joints.index(name)] == data.sigmas[joints.index(other)]


@pytest.mark.slow
def test_tune_and_its_complement_make_up_train(made: tuple[DataSet, Path], tmp_path: Path) -> None:
    data, root = made
    images = {}
    for split in SPLITS:
        every = scored(data.load(root, split, input_size(data), tmp_path))
        images[split] = [one.images.numpy().tobytes() for one in every]
        if data.task == "classification":  # A picture takes its class along.
            labels = [int(one.labels) for one in every]
            images[split] = [b"%d %b" % pair for pair in zip(labels, images[split], strict=True)]
    assert len(set(images["train"])) == len(images["train"]), "two equal pictures: the comparison below says nothing"
    assert sorted(images["tune"] + images["train_minus_tune"]) == sorted(images["train"])
    assert not set(images["val"]) & set(images["train"])


@pytest.mark.slow
def test_decoding_twice_gives_the_same_bytes(made: tuple[DataSet, Path], tmp_path: Path) -> None:
    data, root = made
    first, second = (scored(data.load(root, "val", input_size(data), tmp_path / name)) for name in ("a", "b"))
    for one, other in zip(first, second, strict=True):
        for field, value in vars(one).items():
            same = getattr(other, field)
            assert torch.equal(value, same) if isinstance(value, torch.Tensor) else value == same


@pytest.mark.fast
def test_arguments_are_checked(made: tuple[DataSet, Path], tmp_path: Path) -> None:
    data, root = made
    with pytest.raises(DataError, match=r"no split 'test'.*train.*val.*tune"):
        data.load(root, "test", input_size(data), tmp_path)
    for size in ((0, 64), (32,), (32.5, 64)) + (((33, 24),) if data.task == "pose" else ()):
        with pytest.raises(ValueError, match=r"height and width|height, width"):
            data.load(root, "val", size, tmp_path)  # type: ignore[arg-type]


@pytest.mark.fast
def test_a_problem_of_another_number_of_classes_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    problem = Problem("embedded_objects", Classification(5), miniature(outputs=5), Recipe((8, 8), 2, 1))
    with pytest.raises(DataError, match="embedded_objects: the data have 12 classes, the task 5: give task and net 12"):
        load_samples(problem, "val", Environment(tmp_path, None))


@pytest.mark.parametrize("name", [name for name in NAMES if data_set(name).needs_root])
@pytest.mark.fast
def test_a_missing_root_says_what_to_do(name: str, tmp_path: Path) -> None:
    for root in (None, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"--data-root.*SUPERTICKETS_DATA.*layout.*docs/data.md"):
            data_set(name).check(root)


@pytest.mark.parametrize("name", [name for name in NAMES if data_set(name).needs_root])
@pytest.mark.slow
def test_the_real_files(name: str, tmp_path: Path) -> None:
    root = os.environ.get("SUPERTICKETS_DATA")
    data = data_set(name)
    folder = getattr(data, "folder", name)
    if not root or not (Path(root) / folder).is_dir():
        pytest.skip(f"{folder} is not below SUPERTICKETS_DATA ({root or 'not set'})")
    data.check(Path(root))
    tune = data.load(Path(root), "tune", input_size(data), tmp_path)
    if isinstance(tune, OnDemand):
        assert len(tune) > 20 and len(scored(tune)[0].images) == 1
        return
    if data.task == "detection":
        assert len(tune) >= (data.picture_counts or (80,))[0] // 8 and len(tune.boxes) > 0
        return
    assert len(tune.images) > 20
    if data.task != "pose":
        assert set(range(data.classes)) <= set(tune.labels.unique().tolist()), "a class is missing from tune"
