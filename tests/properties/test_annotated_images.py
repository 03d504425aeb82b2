"""Pictures with objects: what is taken keeps its objects, and what does not fit is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supertickets.tasks.annotated import AnnotatedImages
from tests.scene_strategies import annotated_images, scenes

pytestmark = pytest.mark.fast
OF_OBJECTS = ("boxes", "labels", "areas", "ignored", "masks", "joints")


@given(annotated_images(), st.data())
def test_pictures_take_their_objects_along(split: AnnotatedImages, data: st.DataObject) -> None:
    index = data.draw(st.lists(st.sampled_from(range(len(split))), unique=True))
    part = split.take(torch.tensor(index, dtype=torch.int64))
    assert len(part) == len(index) and int(part.counts.sum()) == len(part.boxes)
    for place, picture in enumerate(index):
        assert torch.equal(part.images[place], split.images[picture])
        assert part.image_ids[place] == split.image_ids[picture]
        for name in OF_OBJECTS:
            assert torch.equal(getattr(part, name)[part.rows(place)], getattr(split, name)[split.rows(picture)])


@given(annotated_images())
def test_every_object_is_of_one_picture(split: AnnotatedImages) -> None:
    rows = [row for picture in range(len(split)) for row in range(len(split.boxes))[split.rows(picture)]]
    assert rows == list(range(len(split.boxes)))


def split() -> AnnotatedImages:
    """Pictures 0, 1, 2 with 2, 0 and 3 objects."""
    return scenes(torch.tensor([2, 0, 3]), np.random.default_rng(0), 3, 16)


def changed(name: str, place: tuple[int, ...], value: float) -> AnnotatedImages:
    whole = split()
    tensor = getattr(whole, name).clone()
    tensor[place] = value
    return replace(whole, **{name: tensor})


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("boxes", (3, 2), 17, r"image 2: object 3 of all has boxes .*, not a box .* within its picture"),
        ("boxes", (3, 0), -1, "image 2: object 3 of all has boxes"),
        ("boxes", (1, 3), 0, "image 0: object 1 of all has boxes"),
        ("boxes", (1, 1), float("nan"), "image 0: object 1 of all has boxes"),
        ("labels", (2,), 0, "image 2: object 2 of all has labels 0, not 1 .. 3"),
        ("labels", (4,), 4, "image 2: object 4 of all has labels 4, not 1 .. 3"),
        ("areas", (0,), 0, "image 0: object 0 of all has areas"),
        ("areas", (0,), float("inf"), "image 0: object 0 of all has areas inf"),
        ("masks", (4, 3, 5), 2, "image 2: object 4 of all has masks, not 0 and 1"),
        ("joints", (2, 1, 2), 3, "image 2: object 2 of all has joints, not finite"),
        ("joints", (2, 1, 0), float("nan"), "image 2: object 2 of all has joints, not finite"),
        ("image_ids", (1,), 2, "two pictures share an id"),
        ("counts", (1,), 1, "counts add up to 6 objects, there are 5"),
        ("sizes", (2, 0), 17, r"image 2: size \(17, 16\) is not within 1 .. \(16, 16\)"),
        ("sizes", (2, 1), 0, r"image 2: size \(16, 0\)"),
        ("sizes", (2, 1), 1, "image 2: object 2 of all has boxes"),
    ],
)
def test_values_out_of_range_are_named(name: str, place: tuple[int, ...], value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changed(name, place, value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"images": torch.zeros(3, 3, 16, 16)}, r"images are torch.float32 \(3, 3, 16, 16\), not torch.uint8"),
        ({"images": torch.zeros(3, 16, 16, dtype=torch.uint8)}, r"not \(N, 3, H, W\)"),
        ({"labels": torch.ones(4, dtype=torch.int64)}, r"labels are torch.int64 \(4,\), not torch.int64 \(5,\)"),
        ({"masks": torch.zeros(5, 8, 8, dtype=torch.uint8)}, "masks are"),
        ({"joints": None}, "3 joint_names and 3 sigmas"),
        ({"sigmas": (0.1,)}, "3 joint_names and 1 sigmas"),
        ({"joint_names": (), "sigmas": ()}, "joints are"),
    ],
)
def test_other_shapes_are_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(split(), **fields)


def test_a_set_of_boxes_alone_and_one_without_any_object_are_sound() -> None:
    alone = replace(split(), masks=None, joints=None, joint_names=(), sigmas=(), flip_pairs=())
    assert alone.take(torch.tensor([2])).masks is None
    assert len(scenes(torch.tensor([0, 0]), np.random.default_rng(0), 3, 16)) == 2


def test_a_mirror_shows_left_joints_in_the_place_of_right_ones() -> None:
    assert split().mirrored_joints == [0, 2, 1]
