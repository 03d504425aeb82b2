"""Scenes and scaled annotations: what is drawn is what is annotated, and objects go where their pixels go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from bench.data import data_set
from bench.data.annotated import AnnotatedDataSet, AnnotatedPicture, Annotation, fitting
from bench.data.components import components
from bench.data.drawing.scene import PERSON
from bench.data.drawn_things import DrawnThings
from bench.data.embedded_things import DIFFICULT

pytestmark = pytest.mark.fast
SIDES = st.tuples(st.integers(1, 700), st.integers(1, 700))


@given(SIDES, SIDES)
def test_a_picture_fits_and_keeps_its_proportions(size: tuple[int, int], limits: tuple[int, int]) -> None:
    height, width = fitting(size, limits)
    assert 1 <= height <= limits[0] and 1 <= width <= limits[1]
    assert height == limits[0] or width == limits[1]
    exact = min(limits[0] / size[0], limits[1] / size[1])
    assert abs(height - max(1, exact * size[0])) <= 0.5 + 1e-9 and abs(width - max(1, exact * size[1])) <= 0.5 + 1e-9


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_components_are_those_of_scipy(height: int, width: int, classes: int, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, classes, (height, width)).astype(np.uint8)
    parts = components(labels)
    firsts = np.unique(parts, return_index=True)[1]
    assert np.array_equal(np.sort(firsts), firsts) and parts.flat[0] == 0, "numbered in another order"
    expected = {
        frozenset(np.flatnonzero(found == number).tolist())
        for label in range(classes)
        for found, many in [ndimage.label(labels == label)]
        for number in range(1, many + 1)
    }
    assert {frozenset(np.flatnonzero(parts == part).tolist()) for part in range(len(firsts))} == expected


class Squares(AnnotatedDataSet):
    """Black pictures with a white rectangle, which is annotated."""

    name = "squares"
    class_names = ("rectangle",)
    with_masks = True
    joint_names = ("corner", "unseen")
    sigmas = (0.1, 0.1)

    def __init__(self, size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
        self.size, self.box = size, box

    def check(self, root: Path | None) -> None: ...

    def data_id(self, root: Path | None) -> str:
        return f"{self.size}{self.box}"

    def _pictures(self, root: Path | None, split: str) -> list[AnnotatedPicture]:
        left, top, right, bottom = self.box
        mask = np.zeros(self.size, bool)
        mask[top:bottom, left:right] = True
        joints = np.array([[left, top, 2], [0, 0, 0]])
        one = Annotation(self.box, 1, float(mask.sum()), mask=lambda: mask, joints=joints)
        picture = Image.fromarray(np.repeat(mask[..., None] * np.uint8(255), 3, axis=2))
        return [AnnotatedPicture(7, self.size, lambda: picture, [one])]


@pytest.mark.parametrize("image_size", [(40, 60), (20, 30), (80, 60), (64, 96), (33, 21)])
def test_annotations_go_where_their_pixels_go(image_size: tuple[int, int], tmp_path: Path) -> None:
    split = Squares((40, 60), (12, 8, 36, 28)).load(None, "val", image_size, tmp_path)
    height, width = split.sizes[0].tolist()
    assert split.masks is not None and split.joints is not None
    assert torch.equal(split.masks[0] > 0, split.images[0, 0] >= 128), "the mask is not where the picture is white"
    left, top, right, bottom = split.boxes[0].tolist()
    assert (left / width, top / height, right / width, bottom / height) == pytest.approx((0.2, 0.2, 0.6, 0.7))
    assert split.joints[0].tolist() == [[left, top, 2], [0, 0, 0]]
    assert split.areas[0] == pytest.approx((right - left) * (bottom - top))
    assert split.areas[0] == pytest.approx(float(split.masks.sum()), rel=0.15)
    assert not split.images[0, :, height:].any() and not split.images[0, :, :, width:].any()


def scenes(name: str, count: int) -> DrawnThings:
    data = data_set(name)
    assert isinstance(data, DrawnThings)
    return replace(data, train_count=count, val_count=8)


@pytest.mark.slow
def test_people_of_scenes_are_those_of_the_scenes(tmp_path: Path) -> None:
    scene, person = (scenes(name, 24).load(None, "train", (128, 128), tmp_path) for name in
                     ("embedded_scenes", "embedded_scene_people"))  # fmt: skip
    assert torch.equal(scene.images, person.images) and torch.equal(scene.image_ids, person.image_ids)
    assert scene.masks is not None and person.masks is not None and person.joints is not None
    people = scene.labels == 1 + scene.class_names.index(PERSON)
    assert people.any() and not people.all()
    assert torch.equal(scene.boxes[people], person.boxes) and torch.equal(scene.masks[people], person.masks)
    assert set(scene.labels.tolist()) == set(range(1, 7)), "a class is missing"
    assert (person.counts == 0).any() and (person.joints[..., 2] > 0).sum(1).float().mean() > 8


def test_boxes_are_tight_around_masks(tmp_path: Path) -> None:
    split = scenes("embedded_scenes", 12).load(None, "train", (128, 128), tmp_path)
    assert split.masks is not None
    for mask, box, area in zip(split.masks, split.boxes.tolist(), split.areas.tolist(), strict=True):
        rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == box and mask.sum() == area >= 24
    for picture in range(len(split)):
        assert split.masks[split.rows(picture)].sum(0).max() == 1, "a pixel belongs to two things"


def test_joints_of_a_drawn_person_lie_on_the_person(tmp_path: Path) -> None:
    split = scenes("embedded_scene_people", 12).load(None, "train", (128, 128), tmp_path)
    assert split.masks is not None and split.joints is not None
    seen = [
        bool(mask[int(y), int(x)])
        for mask, joints in zip(split.masks, split.joints.tolist(), strict=True)
        for x, y, flag in joints
        if flag == 2
    ]
    assert np.mean(seen) > 0.98 and len(seen) > 50


@pytest.mark.slow
def test_crowds_are_ignored_and_difficult_things_too() -> None:
    data = scenes("embedded_scenes", 40)
    crowds = [(thing.crowd, data._annotation(thing)) for index in range(40) for thing in data.things("train", index)[1]]
    assert {(crowd, one.ignored) for crowd, one in crowds if one is not None} == {(False, False), (True, True)}
    data = scenes("embedded_things", 60)
    things = [(thing.seen, data._annotation(thing)) for index in range(60) for thing in data.things("train", index)[1]]
    assert all(one is not None and one.ignored == (seen < DIFFICULT) for seen, one in things)
    assert any(seen < DIFFICULT for seen, _ in things) and min(seen for seen, _ in things) > 0
    assert max(seen for seen, _ in things) == 1
