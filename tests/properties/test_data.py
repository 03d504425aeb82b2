"""Properties of the parts that all data sets share: the canvas geometry, the cache, the carving of splits."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.data import DataError, data_set, data_sets
from bench.data.camvid import _last_frames_of_each_sequence
from bench.data.drawing.body import INDEX, pose
from bench.data.drawing.room_view import NEAREST, RoomView
from bench.data.embedded_people import AREA_OF_BOX
from supertickets.data.cache import CreateArray, cached_arrays
from supertickets.data.crops import BOX_MARGIN, CANVAS_RATIO, canvas_side, person_canvas
from supertickets.data.persons import scored_persons
from supertickets.data.splits import members

pytestmark = pytest.mark.fast

SIZES = st.tuples(st.integers(4, 200), st.integers(4, 200)).map(lambda size: (2 * size[0], 2 * size[1]))
"""Network inputs `(H, W)`."""
BOXES = st.tuples(st.floats(-20, 600), st.floats(-20, 600), st.floats(2, 500), st.floats(2, 500))
"""COCO boxes `(x, y, width, height)`."""


@given(SIZES)
def test_the_canvas_is_the_smallest_that_holds_a_rotated_crop(size: tuple[int, int]) -> None:
    side = canvas_side(size)
    assert side % 2 == 0 and (side - size[0]) % 2 == 0 and (side - size[1]) % 2 == 0
    assert side >= CANVAS_RATIO * max(size) - 1e-9
    assert side - 2 < CANVAS_RATIO * max(size)


@given(BOXES, SIZES, st.floats(-50, 700), st.floats(-50, 700))
def test_mapping_to_the_canvas_and_back_is_the_identity(
    box: tuple[float, float, float, float], size: tuple[int, int], x: float, y: float
) -> None:
    canvas = person_canvas(box, size)
    on_canvas = canvas.from_image(np.array([x, y]))
    back = canvas.to_image @ np.array([*on_canvas, 1.0])
    assert np.allclose(back, [x, y], atol=1e-6 * (1 + canvas.scale))


@given(BOXES, SIZES)
def test_the_central_window_is_the_enlarged_box(box: tuple[float, float, float, float], size: tuple[int, int]) -> None:
    (height, width), canvas = size, person_canvas(box, size)
    left, top = (canvas.side - width) / 2, (canvas.side - height) / 2
    # Borders of the window: half a pixel outside the centres of its first and last pixels.
    corners = np.array([[left - 0.5, top - 0.5, 1], [left + width - 0.5, top + height - 0.5, 1]]) @ canvas.to_image.T
    (x0, y0), (x1, y1) = corners + 0.5  # From pixel indices to edge coordinates, in which COCO measures boxes.
    x, y, box_width, box_height = box
    assert np.allclose([(x0 + x1) / 2, (y0 + y1) / 2], [x + box_width / 2, y + box_height / 2], atol=1e-6)
    grown = [(x1 - x0) / (BOX_MARGIN * box_width), (y1 - y0) / (BOX_MARGIN * box_height)]
    assert min(grown) == pytest.approx(1) and max(grown) >= 1 - 1e-9
    assert (y1 - y0) / (x1 - x0) == pytest.approx(height / width)


@settings(deadline=None)  # Resamples an image per example.
@given(
    st.tuples(st.floats(60, 120), st.floats(60, 120), st.floats(12, 60), st.floats(12, 60)),
    st.sampled_from([(16, 12), (32, 24), (48, 64), (128, 96)]),
)
def test_pixels_lie_where_to_image_says(box: tuple[float, float, float, float], size: tuple[int, int]) -> None:
    """In an image whose grey values are its own coordinates, a canvas pixel shows where it came from."""
    ramp = np.arange(256, dtype=np.uint8)
    image = Image.fromarray(np.stack(np.broadcast_arrays(ramp[None, :], ramp[:, None], np.uint8(0)), axis=2))
    canvas = person_canvas(box, size)
    pixels = canvas.cut(image).astype(float)
    grid = np.stack(np.meshgrid(np.arange(canvas.side), np.arange(canvas.side)), axis=-1)
    origin = grid @ canvas.to_image[:, :2].T + canvas.to_image[:, 2]
    # Close to the border the filter mixes in black from outside.
    inside = np.all((origin > 2 * canvas.scale + 1) & (origin < 254 - 2 * canvas.scale), axis=-1)
    shown = pixels[:2].transpose(1, 2, 0)
    # Grey values are rounded to whole levels, once: a ramp is constant along the other axis.
    assert np.abs(shown - origin)[inside].max() <= 0.51
    assert (pixels[2] == 0).all()


def test_the_canvas_is_black_outside_the_image() -> None:
    canvas = person_canvas((0, 0, 20, 20), (32, 32))
    pixels = canvas.cut(Image.new("RGB", (20, 20), (200, 200, 200)))
    assert (pixels[:, 0] == 0).all() and (pixels[:, :, 0] == 0).all()
    assert (pixels[:, canvas.side // 2, canvas.side // 2] == 200).all()


@given(st.integers(8, 500))
def test_tune_is_every_eighth_sample(count: int) -> None:
    samples = list(range(count))
    tune, rest = members(samples, "tune"), members(samples, "train_minus_tune")
    assert sorted(tune + rest) == samples and len(tune) == count // 8
    assert members(samples, "train") == members(samples, "val") == samples


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_held_out_frames_are_one_block_per_sequence(lengths: list[int]) -> None:
    stems = [f"{chr(65 + number)}_{frame:04d}" for number, length in enumerate(lengths) for frame in range(length)]
    held_out = _last_frames_of_each_sequence(stems)
    flags = [stem in held_out for stem in stems]
    # Contiguous blocks at the ends: held out frames are followed by held out ones or by another sequence.
    for here, there, stem, following in zip(flags, flags[1:], stems, stems[1:], strict=False):
        assert not here or there or stem[0] != following[0]
    assert len(held_out) == sum(max(1, length // 8) for length in lengths)


def counting_build(calls: list[int], seed: int = 0) -> Callable[[CreateArray], dict[str, int]]:
    def build(create: CreateArray) -> dict[str, int]:
        calls.append(1)
        create("values", (300, 40), np.float32)[:] = np.random.default_rng(seed).standard_normal((300, 40))
        return {"answer": 42}

    return build


def test_the_cache_builds_once_and_never_writes_back(tmp_path: Path) -> None:
    calls: list[int] = []
    first, extra = cached_arrays(tmp_path / "set", counting_build(calls))
    untouched = first["values"].copy()
    first["values"][:] = 0  # Mapped copy-on-write: neither an error nor a change of the file.
    second, again = cached_arrays(tmp_path / "set", counting_build(calls))
    assert len(calls) == 1 and extra == again == {"answer": 42}
    assert np.array_equal(second["values"], untouched)
    assert [path.name for path in tmp_path.iterdir()] == ["set"], "temporary files are left"


@pytest.mark.parametrize("damage", ["truncated", "zeroed", "array missing", "manifest truncated", "extra changed"])
def test_a_damaged_cache_is_reported_and_rebuilt(damage: str, tmp_path: Path) -> None:
    calls: list[int] = []
    folder = tmp_path / "set"
    arrays, _ = cached_arrays(folder, counting_build(calls))
    expected = arrays["values"].copy()
    values = folder / "values.npy"
    content = values.read_bytes()
    if damage == "truncated":
        values.write_bytes(content[:-1])
    elif damage == "zeroed":
        values.write_bytes(content[:30000] + bytes(len(content) - 30000))
    elif damage == "array missing":
        values.unlink()
    elif damage == "manifest truncated":
        (folder / "manifest.json").write_text('{"values.npy": ')
    else:
        (folder / "extra.json").write_text('{"answer": 41}')
    with pytest.warns(RuntimeWarning, match="is damaged"):
        rebuilt, extra = cached_arrays(folder, counting_build(calls))
    assert len(calls) == 2 and np.array_equal(rebuilt["values"], expected) and extra == {"answer": 42}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cached_arrays(folder, counting_build(calls))


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def build(create: CreateArray) -> None:
        create("values", (3,), np.uint8)
        raise KeyError("on purpose")

    with pytest.raises(KeyError, match="on purpose"):
        cached_arrays(tmp_path / "set", build)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_is_one_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = replace(data_set("embedded_objects"), train_count=8, val_count=2)
    asked = []

    def reserve(descriptor: int, start: int, length: int) -> None:
        asked.append((start, length, os.fstat(descriptor).st_size))
        if len(asked) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", reserve)
    with pytest.raises(DataError, match=r"embedded_objects-.*: No space left on device; is there space left") as raised:
        data.load(None, "val", (16, 16), tmp_path)
    assert "\n" not in str(raised.value) and list((tmp_path / "data").iterdir()) == []
    assert len(asked) == 2 and all(start == 0 and length == size > 0 for start, length, size in asked), (
        "all of each file"
    )


def test_losing_the_race_to_write_uses_the_winners_arrays(tmp_path: Path) -> None:
    winner: list[int] = []
    loser: list[int] = []

    def build(create: CreateArray) -> dict[str, int]:
        cached_arrays(tmp_path / "set", counting_build(winner))  # Another process is faster.
        return counting_build(loser)(create)

    arrays, _ = cached_arrays(tmp_path / "set", build)
    assert len(winner) == len(loser) == 1 and arrays["values"].shape == (300, 40)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("name", [name for name, data in data_sets().items() if not data.needs_root])
def test_a_scene_depends_on_its_own_index_only(name: str) -> None:
    data = data_set(name)
    fewer = replace(data, train_count=3)
    picture, _ = data.scene("train", 2)
    assert np.array_equal(picture, fewer.scene("train", 2)[0])
    assert not np.array_equal(picture, data.scene("val", 2)[0])
    assert not np.array_equal(picture, data.scene("train", 1)[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["embedded_streets", "embedded_interiors"])
def test_scenes_show_every_class(name: str) -> None:
    data = data_set(name)
    labels = np.stack([data.scene("val", index)[1] for index in range(16)])
    assert set(np.unique(labels)) == {*range(data.classes), 255}
    assert np.bincount(labels.ravel(), minlength=256)[255] / labels.size < 0.1


def test_every_round_of_objects_shows_every_class() -> None:
    data = data_set("embedded_objects")
    labels = [int(data.scene("train", index)[1]) for index in range(4 * data.classes)]
    rounds = np.array(labels).reshape(4, data.classes)
    assert (np.sort(rounds, axis=1) == np.arange(data.classes)).all()
    assert len({tuple(order) for order in rounds.tolist()}) == 4, "orders repeat"


def test_tune_has_objects_of_every_class(tmp_path: Path) -> None:
    """`tune` is every eighth picture: with the classes in a fixed order it would be three of twelve."""
    data = data_set("embedded_objects")
    pictures = data._pictures(None, "tune")
    counts = np.bincount(pictures.labels, minlength=data.classes)
    assert counts.sum() == data.train_count // 8 and counts.min() > 0
    label, shown = pictures.labels[5], np.asarray(pictures.read(5))
    picture, drawn = data.scene("train", 8 * 5 + 7)
    assert np.array_equal(shown, picture) and label == int(drawn)


@given(st.integers(0, 2**32 - 1), st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)))
def test_a_room_is_seen_as_through_a_pinhole(seed: int, step: tuple[float, float, float]) -> None:
    """Three points of a line in space lie on a line in the picture, and what is behind the camera is not seen."""
    view = RoomView.random(np.random.default_rng(seed), 128, 192)
    ahead = np.array([np.sin(view.yaw), 0, np.cos(view.yaw)])
    start = np.array(view.eye) + 2 * ahead
    seen = np.array(view.seen([tuple(start + number * np.array(step)) for number in range(3)]))
    first, second = seen[1] - seen[0], seen[2] - seen[0]
    assert abs(first[0] * second[1] - first[1] * second[0]) <= 1e-6 * (1 + np.abs(seen).max() ** 2)
    behind = np.array(view.eye) - 2 * ahead
    assert view.seen([tuple(behind + offset) for offset in 0.1 * np.eye(3)]) == []


def test_what_is_too_near_is_cut_off() -> None:
    view = RoomView(128, 192, 100.0, (0.0, 1.0, 0.0), 0.0, 0.0, (4.0, 2.5, 5.0))
    floor = view.seen([(-1, 0, -2), (1, 0, -2), (1, 0, 4), (-1, 0, 4)])
    u, v = np.array(floor).T
    assert len(floor) == 4 and v.max() == pytest.approx(64 + 100 / NEAREST) and v.min() == pytest.approx(64 + 25)
    assert sorted(np.abs(u - 96).round(6)) == pytest.approx([25, 25, 100 / NEAREST, 100 / NEAREST])


@given(st.integers(0, 2**32 - 1))
def test_bodies_keep_their_proportions(seed: int) -> None:
    """A limb may be foreshortened but not stretched, and the view decides on which side the left hand is."""
    body = pose(np.random.default_rng(seed))
    assert np.isfinite(body.joints).all()
    for side in ("left", "right"):
        for upper, lower, longest in (("shoulder", "elbow", 0.19), ("elbow", "wrist", 0.17), ("hip", "knee", 0.27)):
            bone = body.joints[INDEX[f"{side}_{upper}"]] - body.joints[INDEX[f"{side}_{lower}"]]
            assert 0.1 < np.linalg.norm(bone) <= longest + 1e-9
    if abs(body.tilt) < 0.5:
        hips = body.joints[INDEX["left_hip"], 0] - body.joints[INDEX["right_hip"], 0]
        assert np.sign(hips) == np.sign(body.facing) or abs(body.facing) < 0.2


def test_drawn_people_are_annotated_consistently() -> None:
    data = data_set("embedded_people")
    height, width = data.size
    areas = []
    for index in range(20):
        _, persons = data.scene("val", index)
        assert 1 <= len(persons) <= 3
        for person in persons:
            x, y, box_width, box_height = person.box
            areas.append(AREA_OF_BOX * box_width * box_height)
            assert x >= 0 and y >= 0 and x + box_width <= width and y + box_height <= height
            points, flags = person.keypoints[:, :2], person.keypoints[:, 2]
            assert (points[flags == 0] == 0).all()
            seen = points[flags == 2] + 0.5  # Edge coordinates, as the box.
            assert (seen >= [x - 0.5, y - 0.5]).all() and (seen <= [x + box_width + 0.5, y + box_height + 0.5]).all()
    assert any(area > 96**2 for area in areas) and any(32**2 <= area <= 96**2 for area in areas)


def test_only_labelled_single_persons_are_scored() -> None:
    rows = [(4, 20, 3, 0), (1, 10, 0, 0), (3, 10, 5, 1), (2, 20, 1, 0)]
    persons = [{"id": a, "image_id": b, "num_keypoints": c, "iscrowd": d} for a, b, c, d in rows]
    scored = scored_persons({"images": [{"id": 20}, {"id": 10}], "annotations": persons, "categories": []})
    assert [one["id"] for one in scored["annotations"]] == [2, 4]
    assert scored["images"] == [{"id": 20}], "an image without a scored person stays"
