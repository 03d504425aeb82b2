"""Detection sets that are streamed: samples, batches and scores are bit for bit those of sets decoded beforehand."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from bench.data import SPLITS, DataError, data_set
from bench.data.annotated import AnnotatedDataSet
from bench.data.check import look
from supertickets.batches import Batches
from supertickets.detectors.pictures import Objects, Pictures
from supertickets.loading import HERE, Loading
from supertickets.recipe import Recipe
from supertickets.tasks import Augmentation
from supertickets.tasks.annotated import AnnotatedImages, Truth
from supertickets.tasks.detection import Detection, DetectionTask, InstanceSegmentation, KeypointDetection
from tests.coco_part import SOURCES, a_part_of_coco
from tests.contracts.trees import TRAIN, TREES, VAL

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
FORMS = ("coco", "coco_people", "voc2007")
TASKS: dict[str, DetectionTask] = {
    "coco": InstanceSegmentation(2), "coco_people": KeypointDetection(17), "voc2007": Detection(20)
}  # fmt: skip
SIZE = (40, 64)


def beforehand(data: Any) -> Any:
    """The same set, decoded as a whole before anything is done with it."""
    methods = {name: getattr(AnnotatedDataSet, name) for name in ("load", "_decode", "_assemble")}
    kind: Any = type("Beforehand", (type(data),), {**methods, "streamed": False, "kept_form": ()})
    return kind(**{item.name: getattr(data, item.name) for item in fields(data)})


def both(data: Any, root: Path, split: str, cache: Path, size: tuple[int, int] = SIZE) -> tuple[Any, AnnotatedImages]:
    whole = beforehand(data).load(root, split, size, cache)
    assert isinstance(whole, AnnotatedImages)
    # in the same cache, where arrays of this key may be those of code that decoded everything
    return data.load(root, split, size, cache), whole


def require_equal(one: Any, other: Any) -> None:
    for item in fields(one):
        value, same = getattr(one, item.name), getattr(other, item.name)
        assert torch.equal(value, same) if isinstance(value, Tensor) else value == same, item.name
        assert not isinstance(value, Tensor) or value.dtype == same.dtype, item.name


def require_the_same_samples(data: Any, root: Path, cache: Path) -> None:
    for split in SPLITS:
        streamed, whole = both(data, root, split, cache)
        assert len(streamed) == len(whole)
        require_equal(streamed.take(torch.arange(len(whole))), whole)
        backwards = torch.arange(len(whole) - 1, -1, -3)
        require_equal(streamed.take(backwards), whole.take(backwards))
    for size in ((33, 21), (120, 160)):  # smaller than pictures, and larger; whose sides differ otherwise
        streamed, whole = both(data, root, "val", cache, size)
        require_equal(streamed.take(torch.arange(len(whole))), whole)


@pytest.mark.parametrize("form", FORMS)
def test_samples_are_those_of_a_set_decoded_beforehand(form: str, tmp_path: Path) -> None:
    data: Any = TREES[form](tmp_path / "root")
    require_the_same_samples(data, tmp_path / "root", tmp_path / "cache")
    whole = beforehand(data).load(tmp_path / "root", "train", SIZE, tmp_path / "cache")
    assert whole.ignored.any() and (whole.counts == 0).any(), "neither crowds nor pictures without objects"
    assert form == "voc2007" or whole.masks.any()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("form", ["coco", "coco_joints", "coco_people"])
def test_samples_of_a_part_of_coco_are_so_too(form: str, source: str, tmp_path: Path) -> None:
    a_part_of_coco(source, tmp_path)
    streamed, whole = both(data_set(form), tmp_path, "val", tmp_path / "cache", (160, 160))
    require_equal(streamed.take(torch.arange(len(whole))), whole)
    assert whole.counts.max() > 3 and (form != "coco" or whole.ignored.any()), "crowds"


@pytest.mark.parametrize("source", SOURCES)
def test_nets_that_find_joints_are_trained_on_pictures_with_a_labelled_one(source: str, tmp_path: Path) -> None:
    a_part_of_coco(source, tmp_path)
    every, trained = (data_set(name).load(tmp_path, "train", SIZE, tmp_path) for name in ("coco_people", "coco_joints"))
    found: Any = every.take(torch.arange(len(every)))  # type: ignore[attr-defined]
    labelled = (found.joints[..., 2] > 0).any(1) & ~found.ignored
    shown = [bool(labelled[found.rows(picture)].any()) for picture in range(len(found))]
    assert 0 < sum(shown) < len(shown) and not found.counts[~torch.tensor(shown)].eq(0).all(), "people without joints"
    require_equal(trained.take(torch.arange(len(trained))), found.take(torch.tensor(shown).nonzero().flatten()))  # type: ignore[attr-defined]
    assert len(data_set("coco_joints").load(tmp_path, "val", SIZE, tmp_path)) == len(  # type: ignore[arg-type]
        data_set("coco_people").load(tmp_path, "val", SIZE, tmp_path)  # type: ignore[arg-type]
    )


def test_who_decodes_and_what_stays_decoded_changes_nothing(tmp_path: Path) -> None:
    """After one epoch everything is kept: the files may go."""
    root = tmp_path / "root"
    data: Any = TREES["coco"](root)
    streamed, whole = both(data, root, "train", tmp_path / "cache")
    recipe = Recipe(SIZE, 4, TRAIN // 4, augmentation=Augmentation(flip=True, photometric=0.4))
    expected = Batches(TASKS["coco"], whole, recipe, 3, CPU)
    given = [
        Batches(TASKS["coco"], streamed.loaded(loading), recipe, 3, CPU)
        for loading in (HERE, Loading(1), Loading(kept_bytes=10**7))
    ]
    for step in range(2 * recipe.steps_per_epoch):
        if step == recipe.steps_per_epoch:
            given = given[2:]
            for path in root.rglob("*.jpg"):
                path.unlink()
        want = expected.batch(step)[0]
        assert want.objects is not None
        for batches in given:
            found = batches.batch(step)[0]
            assert torch.equal(found.images, want.images) and found.sizes == want.sizes
            for one, other in zip(found.objects, want.objects, strict=True):
                assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class Guesses:
    """What a poor detector finds, the same for the same pictures; `watch` is called at every batch."""

    def __init__(self, joints: int, watch: Callable[[], None] = lambda: None) -> None:
        self.joints, self.watch = joints, watch

    def __call__(self, pictures: Pictures) -> list[Objects]:
        self.watch()
        return [self._found(image, size) for image, size in zip(pictures.images, pictures.sizes, strict=True)]

    def _found(self, image: Tensor, size: tuple[int, int]) -> Objects:
        draws = torch.Generator().manual_seed(int(1000 * image.double().abs().sum()) % 2**31)
        corners = torch.rand(12, 2, 2, generator=draws) * torch.tensor([size[1], size[0]])
        found = {
            "boxes": corners.sort(1).values.reshape(12, 4), "labels": torch.randint(1, 3, (12,), generator=draws),
            "scores": torch.rand(12, generator=draws), "masks": torch.rand(12, 1, *size, generator=draws),
        }  # fmt: skip
        if self.joints:
            found["labels"] = torch.ones(12, dtype=torch.int64)
            places = corners.mean(1, keepdim=True).expand(12, self.joints, 2)
            found |= {"keypoints": torch.cat([places, torch.ones(12, self.joints, 1)], 2)}
            found |= {"keypoints_scores": torch.rand(12, self.joints, generator=draws)}
        return found


@pytest.mark.parametrize("form", FORMS)
def test_scores_are_those_of_a_set_decoded_beforehand(form: str, tmp_path: Path) -> None:
    data: Any = TREES[form](tmp_path / "root")
    streamed, whole = both(data, tmp_path / "root", "train", tmp_path / "cache")
    task, guesses = TASKS[form], Guesses(len(data.joint_names))
    truth, found = task.compared(guesses, streamed.loaded(Loading(1)), SIZE, 3, CPU)
    require_equal(truth, Truth.of(task.sought(whole)))
    assert task.scores(task.sought(whole), found) == task.evaluate(guesses, streamed, SIZE, 3, CPU)
    assert task.evaluate(guesses, whole, SIZE, 5, CPU) == task.evaluate(guesses, streamed, SIZE, 3, CPU)
    assert set(task.metrics) <= task.evaluate(guesses, streamed, SIZE, 3, CPU).keys()


def test_one_batch_of_pictures_is_in_memory_while_a_net_is_scored(tmp_path: Path) -> None:
    data: Any = TREES["coco"](tmp_path / "root")
    streamed = data.load(tmp_path / "root", "train", SIZE, tmp_path / "cache")

    def pictures() -> int:
        gc.collect()
        return sum(len(one.images) for one in gc.get_objects() if type(one) is AnnotatedImages)

    alive, before = [], pictures()
    truth, _ = TASKS["coco"].compared(Guesses(0, lambda: alive.append(pictures())), streamed, SIZE, 2, CPU)
    assert len(alive) == TRAIN // 2 and max(alive) - before <= 4, "more than a batch and its part that is sought"
    for name in (item.name for item in fields(truth)):
        value = getattr(truth, name)
        assert not isinstance(value, Tensor) or value.numel() <= 3 * TRAIN * 4


@pytest.mark.parametrize(("form", "task", "message"), [
    ("voc2007", InstanceSegmentation(20), "the data have no masks: give the task Detection"),
    ("coco", KeypointDetection(17), "the data have no joints: give the task Detection"),
    ("coco", Detection(3), "the data have 2 classes, the task 3"),
    ("coco_people", KeypointDetection(16), "the data have 17 joints, the task 16"),
    ("coco_people", KeypointDetection(17, person=2), "person is class 2, the data have 1 .. 1"),
])  # fmt: skip
def test_a_task_that_does_not_fit_is_refused_before_a_picture_is_decoded(
    form: str, task: DetectionTask, message: str, tmp_path: Path
) -> None:
    streamed = TREES[form](tmp_path / "root").load(tmp_path / "root", "val", SIZE, tmp_path / "cache")
    with pytest.raises(ValueError, match=message):
        task.check(streamed)


@pytest.mark.parametrize("form", FORMS)
def test_everything_that_is_wrong_with_a_set_is_listed(form: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    data: Any = TREES[form](root)
    [line] = look(data, root, 0, lambda seen, *_: seen).lines
    assert line == f"{form} ({TRAIN} train, {VAL} val): nothing is wrong"
    more = replace(data, picture_counts=(TRAIN + 1, VAL))
    with pytest.raises(DataError, match=f"train has {TRAIN} samples, {TRAIN + 1} expected"):
        more.load(root, "val", SIZE, tmp_path / "cache")
    missing, text, turned = sorted(root.rglob("*.jpg"))[3:6]
    missing.unlink()
    text.write_text("no picture")
    Image.new("RGB", (60, 80)).save(turned)
    found = look(more, root, 0, lambda seen, *_: seen).problems
    expected = (
        "expected", f"{missing} is missing", f"{text} is not a readable image", f"{turned} is 60x80 .* says 80x60"
    )  # fmt: skip
    for problem, told in zip(found, expected, strict=True):
        assert re.search(told, problem)


@pytest.mark.parametrize("form", FORMS)
def test_a_set_with_nothing_to_be_found_is_refused(form: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    data: Any = TREES[form](root)
    for path in root.rglob("*.xml"):
        path.write_text(re.sub("<difficult>.<", "<difficult>1<", path.read_text()))
    for path in root.rglob("*val2017.json"):
        content = json.loads(path.read_text())
        crowds = [one for one in content["annotations"] if one["iscrowd"]]
        path.write_text(json.dumps({**content, "annotations": crowds}))
    with pytest.raises(DataError, match="has no object to be found, crowds apart: copy it again"):
        data.load(root, "val", SIZE, tmp_path / "cache")


def test_lists_hold_no_picture(tmp_path: Path) -> None:
    """At ten times the size a list is as large."""
    data: Any = TREES["coco"](tmp_path / "root")
    small, large = (
        data.load(tmp_path / "root", "train", size, tmp_path / "cache").rows.arrays for size in (SIZE, (400, 640))
    )
    assert small.keys() == large.keys()
    assert all(np.array_equal(small[name], large[name]) for name in small)
    assert sum(array.nbytes for array in small.values()) < 400 * TRAIN
