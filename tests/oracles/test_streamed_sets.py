"""The paper's data sets in miniature: what is read, shown and scored is what their publishers say it is."""

from __future__ import annotations

import gc
import multiprocessing
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as run_lengths

from bench.data import data_set
from bench.data.coco import Coco
from bench.data.imagenet import ClassifiedSamples, ImageNet
from bench.data.packed import Lists, Rows, Texts
from bench.data.streamed_annotations import COUNTS, LENGTHS, AnnotatedSamples
from supertickets.batches import Batches
from supertickets.data.persons import decode_persons, of_images
from supertickets.loading import Loading
from supertickets.recipe import Recipe
from supertickets.tasks import IGNORE_LABEL, Augmentation, Task
from supertickets.tasks.classification import Classification
from supertickets.tasks.detected_people import kept, person_scores
from supertickets.tasks.detection import InstanceSegmentation
from supertickets.tasks.keypoint_ap import keypoint_metrics
from supertickets.tasks.pose import Pose
from tests.coco_part import SOURCES, a_part_of_coco
from tests.official import MINIATURES
from tests.strategies import FEW

pytestmark = pytest.mark.slow  # loads torchvision
TRAIN_IDS = {
    7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12, 26: 13, 27: 14, 28: 15,
    31: 16, 32: 17, 33: 18,
}  # fmt: skip
"""Cityscapes' table of labels: id -> train id."""


def loaded(form: str, root: Path, split: str = "val", size: tuple[int, int] = (32, 32)) -> Any:
    return MINIATURES[form](root).load(root, split, size, root.parent / "cache")


def test_streets_are_scored_whole_with_19_classes(tmp_path: Path) -> None:
    split = loaded("cityscapes", tmp_path / "root")
    for row in range(len(split)):
        name = split.rows.names[row]
        one = split.take(torch.tensor([row]))
        assert np.array_equal(one.images[0].permute(1, 2, 0), np.asarray(Image.open(split.folder / name)))
        ids = np.asarray(Image.open(split.folder / split.data.label_name(name)))
        expected = np.vectorize(lambda number: TRAIN_IDS.get(number, IGNORE_LABEL))(ids)
        assert np.array_equal(one.labels[0], expected) and IGNORE_LABEL in expected


def test_rooms_are_scored_with_their_shorter_side_and_labels_as_they_are(tmp_path: Path) -> None:
    split = loaded("ade20k", tmp_path / "root")
    shapes = set()
    for row in range(len(split)):
        one = split.take(torch.tensor([row]))
        shapes.add((tuple(one.images.shape[2:]), tuple(one.labels.shape[1:])))
        ids = np.asarray(Image.open(split.folder / split.data.label_name(split.rows.names[row])))
        assert np.array_equal(one.labels[0], np.where(ids == 0, IGNORE_LABEL, ids.astype(int) - 1))
    # a shorter side of 48, both rounded up to multiples of 32
    assert shapes == {((64, 64), (72, 56)), ((64, 64), (48, 64))}
    with pytest.raises(ValueError, match="several sizes"):
        split.take(torch.arange(2))


def test_both_forms_of_validation_pictures_are_the_same_set(tmp_path: Path) -> None:
    found = []
    for form in ("imagenet", "imagenet (flat)"):
        split = loaded(form, tmp_path / form.split()[-1])
        part = split.take(torch.arange(len(split)))
        found.append(
            {image.numpy().tobytes(): int(label) for image, label in zip(part.images, part.labels, strict=True)}
        )
    assert found[0] == found[1] and set(found[0].values()) == {0, 1, 2}


def test_crops_are_those_of_the_sets_that_are_decoded_beforehand(tmp_path: Path) -> None:
    size = (64, 48)
    split = loaded("coco_keypoints", tmp_path / "root", size=size)
    part = split.take(torch.arange(len(split)))
    arrays: dict[str, np.ndarray] = {}

    def create(name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        arrays[name] = np.zeros(shape, dtype)
        return arrays[name]

    def read(record: dict[str, Any]) -> Image.Image:
        return Image.open(split.folder / "val2017" / f"{record['id']:012d}.jpg").convert("RGB")

    decode_persons(part.ground_truth, read, size, 17, "coco", create)
    top, left = ((arrays["images"].shape[2 + axis] - size[axis]) // 2 for axis in (0, 1))
    window = arrays["images"][:, :, top : top + size[0], left : left + size[1]]
    assert np.abs(window.astype(int) - part.images.numpy().astype(int)).max() <= 1
    labelled = arrays["visibility"] > 0
    assert np.array_equal(part.visibility, arrays["visibility"]) and labelled.any()
    assert np.allclose((arrays["joints"] - [left, top])[labelled], part.joints.numpy()[labelled], atol=1e-3)
    assert part.annotation_ids.tolist() == arrays["annotation_ids"].tolist()
    back = torch.einsum("nij,nkj->nki", part.to_image[:, :, :2], part.joints) + part.to_image[:, None, :, 2]
    expected = torch.tensor([one["keypoints"] for one in part.ground_truth["annotations"]]).view(-1, 17, 3)
    assert torch.allclose(back[labelled], expected[labelled][:, :2], atol=1e-3)
    # and training, where nothing is changed at random, sees the same crops
    every = range(len(split))
    trained = split.part(split.varied(every, every, size, Augmentation()))
    assert torch.allclose(trained.joints[labelled], part.joints[labelled], atol=1e-2)
    assert (trained.images.float() - part.images.float()).abs().mean() < 6


def test_a_carved_split_has_all_persons_of_its_pictures_and_their_annotations(tmp_path: Path) -> None:
    data = MINIATURES["coco_keypoints"](tmp_path / "root")
    tune, rest = (
        data.load(tmp_path / "root", split, (64, 48), tmp_path / "cache") for split in ("tune", "train_minus_tune")
    )
    pictures = [set(split.rows["image_id"].tolist()) for split in (tune, rest)]  # type: ignore[attr-defined]
    assert pictures[0] and pictures[1] and not pictures[0] & pictures[1]
    truth = tune.take(torch.arange(1)).ground_truth
    assert {one["id"] for one in truth["images"]} == pictures[0]
    assert [one["id"] for one in truth["annotations"]] == tune.rows["id"].tolist()  # type: ignore[attr-defined]
    assert "segmentation" not in truth["annotations"][0]


def test_boxes_that_were_found_are_scored_against_everybody(tmp_path: Path) -> None:
    split = loaded("coco_keypoints_detected", tmp_path / "root", size=(64, 48))
    part = split.take(torch.arange(len(split)))
    assert len(part.ground_truth["annotations"]) == 9 and part.box_scores is not None
    people = {
        (one["image_id"], tuple(one["bbox"])): one for one in part.ground_truth["annotations"] if not one["iscrowd"]
    }
    boxes = [(int(i), tuple(box)) for i, box in zip(split.rows["image_id"], split.rows["box"].tolist(), strict=True)]

    def guess(image: int, box: tuple[float, ...]) -> np.ndarray:
        """A person's joints; of whom no joint is labelled, places within the box; else far from everybody."""
        if (one := people.get((image, box))) is None:
            return np.full((17, 3), 1e4)
        if not one["num_keypoints"]:
            return np.tile([box[0] + box[2] / 2, box[1] + box[3] / 2, 1], (17, 1))
        return np.array(one["keypoints"]).reshape(17, 3)

    joints = np.array([guess(*box) for box in boxes])
    given = np.stack([part.box_scores.numpy(), np.full(len(boxes), 4000)], 1)
    found = keypoint_metrics(part, part.annotation_ids, joints[..., :2].astype(float), np.ones((len(boxes), 17)), given)
    assert found["ap"] == pytest.approx(100) and found["ar"] == pytest.approx(100)
    # a net that finds nothing at all is scored, too, by whole batches of boxes
    metrics = Pose(17).evaluate(
        lambda inputs: torch.rand(len(inputs), 17, 16, 12, generator=torch.Generator().manual_seed(0)),
        split, (64, 48), 3, torch.device("cpu"),
    )  # fmt: skip
    assert 0 <= metrics["ap"] < 50


@st.composite
def people(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    count = draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    joints = rng.uniform(0, 20, (draw(st.integers(1, 3)), 5, 2))[rng.integers(0, 1, count)] + rng.normal(
        0, 1, (count, 5, 2)
    )
    return (
        rng.integers(0, 2, count),
        joints,
        rng.permutation(count) / 10,
        rng.uniform(50, 900, count),
        rng.uniform(0.03, 0.1, 5),
    )


@FEW
@given(people())
def test_whoever_is_alike_to_somebody_surer_goes(given: tuple[np.ndarray, ...]) -> None:
    images, joints, scores, areas, sigmas = given
    expected: list[int] = []
    for one in sorted(range(len(scores)), key=lambda person: -scores[person]):
        alike = []
        for other in expected:
            if images[other] == images[one]:
                terms = []
                for joint in range(5):
                    squared = sum((joints[one, joint, axis] - joints[other, joint, axis]) ** 2 for axis in (0, 1))
                    area = (areas[one] + areas[other]) / 2
                    terms.append(np.exp(-squared / (2 * area * (2 * sigmas[joint]) ** 2)))
                alike.append(sum(terms) / 5)
        if not any(value > 0.9 for value in alike):
            expected.append(one)
    assert kept(images, joints, scores, areas, sigmas).tolist() == expected


def test_whoever_is_exactly_as_alike_as_may_be_stays() -> None:
    """One joint of ten is far off, so that the similarity is 0.9 without rounding; of eleven it is above that."""
    for count, expected in ((10, [1, 0]), (11, [1])):
        joints = np.zeros((2, count, 2))
        joints[1, 0] = 1e4
        found = kept(np.zeros(2, np.int64), joints, np.array([0.5, 0.6]), np.full(2, 100.0), np.full(count, 0.05))
        assert found.tolist() == expected


def test_a_box_and_its_sure_joints_decide_a_score() -> None:
    confidences = np.array([[0.9, 0.5, 0.1], [0.1, 0.2, 0.0]])
    assert person_scores(np.array([0.5, 1.0]), confidences) == pytest.approx([0.5 * 0.7, 0])


@dataclass(frozen=True)
class Repeated(ImageNet):
    """As many pictures as are listed, of which ten are there."""

    def read(self, folder: Path, rows: Rows, row: int) -> torch.Tensor:
        assert rows.names[row].endswith(f"{row}.JPEG")
        return super().read(folder, rows.take(np.array([row % 10])), 0)


def listed(folder: Path, count: int) -> ClassifiedSamples:
    names = Texts.of(f"train/n00000001/{number}.JPEG" for number in range(count))
    rows = Rows(names, {"label": np.zeros(count, np.int64)})
    return ClassifiedSamples(data=Repeated(), folder=folder, rows=rows, image_size=(32, 32), class_names=("a",))


def ten_pictures(folder: Path, width: int, height: int) -> None:
    place = folder / "train" / "n00000001"
    place.mkdir(parents=True)
    for number in range(10):
        Image.new("RGB", (width, height), (number, 0, 0)).save(place / f"{number}.JPEG", "JPEG")


def listed_scenes(folder: Path, count: int) -> AnnotatedSamples:
    """As many pictures with two objects each, one a crowd, both with masks."""
    with Image.open(folder / "train" / "n00000001" / "0.JPEG") as picture:
        height, width = picture.size[::-1]
    mask = run_lengths.encode(np.asfortranarray(np.tri(height, width, dtype=np.uint8)))
    counts = np.frombuffer(mask["counts"], np.uint8)
    two, ends = 2 * count, np.arange(2, 2 * count + 1, 2)
    lists = {
        "boxes": Lists(np.tile([0.0, 0, width, height], (two, 1)), ends),
        "labels": Lists(np.ones(two, np.int64), ends),
        "areas": Lists(np.full(two, height * width / 2), ends),
        "ignored": Lists(np.arange(two) % 2 == 1, ends),
        COUNTS: Lists(np.tile(counts, two), len(counts) * ends),
        LENGTHS: Lists(np.full(two, len(counts)), ends),
    }
    columns = {"image_id": np.arange(count), "picture_size": np.tile([height, width], (count, 1))}
    rows = Rows(Texts.of(f"train/n00000001/{number % 10}.JPEG" for number in range(count)), columns, lists)
    return AnnotatedSamples(data=Coco(), folder=folder, rows=rows, image_size=(32, 32), class_names=("a",))


LISTED: dict[str, tuple[Any, Task]] = {
    "a class each": (listed, Classification(1)), "objects": (listed_scenes, InstanceSegmentation(1))
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of pycocotools; what is caught here is kept
@pytest.mark.parametrize("kind", LISTED)
def test_no_object_per_picture_is_left_of_100_000(kind: str, tmp_path: Path) -> None:
    """Neither the list nor passing over it makes one."""
    ten_pictures(tmp_path, 40, 30)
    gc.collect()
    before = len(gc.get_objects())
    samples = LISTED[kind][0](tmp_path, 100_000)
    gc.collect()
    assert len(gc.get_objects()) - before < 100
    size = sum(array.nbytes for array in samples.rows.arrays.values())
    assert size < 100_000 * (48 if kind == "a class each" else 400)

    def blocks_after(rows: range) -> int:
        for row in rows:
            samples.varied([row], [row], (32, 32), Augmentation(zoom=(1, 2), flip=True))
        gc.collect()
        return sys.getallocatedblocks()

    warm = blocks_after(range(0, 100_000, 100))
    assert blocks_after(range(7, 100_000, 100)) - warm < 500, "one object per picture would be 1000"


def own_kb(process: int | str) -> int:
    """Memory of a process that stands for no file, whoever has asked for it."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"^RssAnon:\s+(\d+) kB", text, re.MULTILINE)[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("kind", LISTED)
def test_memory_stays_flat_while_a_training_passes_over_100_000_pictures(
    tmp_path: Path, kind: str, workers: int
) -> None:
    """Also what libraries take, in the process that trains and in those that decode.

    Of 120 steps the second half decodes 108 MB. What the allocator keeps for later use still grows by some MB then.
    """
    ten_pictures(tmp_path, 200, 150)
    before = set(multiprocessing.active_children())  # of other tests
    make, task = LISTED[kind]
    samples = make(tmp_path, 100_000).loaded(Loading(workers))
    zoom = (1.0, 2.0) if "zoom" in task.augmentations else (1.0, 1.0)
    recipe = Recipe((32, 32), 20, 100, augmentation=Augmentation(zoom=zoom, flip=True, photometric=0.4))
    drawn = Batches(task, samples, recipe, 0, torch.device("cpu"))

    def memory_after(steps: range) -> int:
        for step in steps:
            drawn.batch(step)
        gc.collect()
        helpers = {process.pid for process in set(multiprocessing.active_children()) - before}
        assert len(helpers) == workers
        return own_kb("self") + sum(own_kb(pid) for pid in helpers if pid is not None)

    warm = memory_after(range(60))
    assert memory_after(range(60, 120)) - warm < 25_000


def test_rows_are_taken_as_from_a_list() -> None:
    names = [f"{'x' * (number % 5)}ü{number}" for number in range(40)]
    below = Lists.of([np.arange(number % 4) for number in range(40)])
    rows = Rows(Texts.of(names), {"square": np.arange(40) ** 2}, {"below": below})
    index = np.array([7, 3, 3, 39, 0])
    taken = Rows.of(rows.take(index).arrays)
    assert [taken.names[row] for row in range(5)] == [names[row] for row in index] and len(taken) == 5
    assert taken["square"].tolist() == (index**2).tolist()
    assert [taken.lists["below"][row].tolist() for row in range(5)] == [list(range(row % 4)) for row in index]
    assert len(rows.take(np.array([], dtype=np.int64))) == 0


@pytest.mark.parametrize("source", SOURCES)
def test_a_part_of_coco_itself(source: str, tmp_path: Path) -> None:
    train, val = a_part_of_coco(source, tmp_path)
    data: Any = replace(data_set("coco_keypoints"), train_count=train, val_count=val)  # type: ignore[call-arg]
    data.check(tmp_path)
    split = data.load(tmp_path, "val", (256, 192), tmp_path / "cache")
    part = split.take(torch.arange(len(split)))
    joints = torch.einsum("nij,nkj->nki", part.to_image[:, :, :2], part.joints) + part.to_image[:, None, :, 2]
    scores = np.ones((len(split), 17), np.float32)
    assert keypoint_metrics(part, part.annotation_ids, joints.double().numpy(), scores)["ap"] == pytest.approx(100)
    assert of_images(part.ground_truth, part.ground_truth["images"])["annotations"] == part.ground_truth["annotations"]
