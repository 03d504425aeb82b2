"""Every conversion on made-up archives: what comes out is what the data set reads, or nothing comes out."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from bench.convert import __main__ as command
from bench.convert import bring, conversions
from bench.convert.msrc_v2 import label_image
from bench.data import DataError, DataSet, data_set
from bench.data import matlab as reading
from supertickets.data.pictures import read_picture
from tests.contracts.archives import ARCHIVES, COUNTS, EXTENDED

pytestmark = pytest.mark.slow

Archive = dict[str, Path]


def described(name: str) -> DataSet:
    """The data set, told how many images the made-up archive has."""
    return replace(data_set(name), **COUNTS[name])


@pytest.fixture(scope="module", params=sorted(conversions()))
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Archive, Path]:
    """Name, archive and data root after a conversion."""
    name: str = request.param
    root = tmp_path_factory.mktemp("root")
    archive = ARCHIVES[name](tmp_path_factory.mktemp("archive"))
    bring(conversions()[name], described(name), archive, root)
    return name, archive, root


def test_every_conversion_has_a_made_up_archive() -> None:
    assert conversions().keys() == ARCHIVES.keys() == COUNTS.keys()
    for name, conversion in conversions().items():
        assert data_set(name).needs_root and conversion.sources


def test_the_data_set_reads_what_was_written(converted: tuple[str, Archive, Path], tmp_path: Path) -> None:
    name, _, root = converted
    data = described(name)
    data.check(root)
    assert [path.name for path in root.iterdir()] == [name], "nothing unfinished is left"
    size = (64, 48) if data.task == "pose" else (30, 40)
    assert len(data.load(root, "val", size, tmp_path).images) > 0


def test_what_is_there_is_never_touched(converted: tuple[str, Archive, Path]) -> None:
    name, archive, root = converted
    before = described(name).data_id(root)
    with pytest.raises(DataError, match=r"is there already: move it away or name another --data-root"):
        bring(conversions()[name], described(name), archive, root)
    assert described(name).data_id(root) == before


def test_an_absent_source_is_named(converted: tuple[str, Archive, Path], tmp_path: Path) -> None:
    name, archive, _ = converted
    for source in archive:
        with pytest.raises(DataError, match=rf"--{source} .*nowhere is not a folder: give the .*docs/data.md"):
            bring(conversions()[name], described(name), {**archive, source: tmp_path / "nowhere"}, tmp_path / "root")
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("spoil", ["remove", "truncate"])
def test_a_damaged_archive_is_named_and_nothing_is_written(
    converted: tuple[str, Archive, Path], spoil: str, tmp_path: Path
) -> None:
    name, archive, _ = converted
    copy = {source: tmp_path / source for source in archive}
    for source, folder in archive.items():
        shutil.copytree(folder, copy[source])
    victims = {
        "camvid": copy.get("segnet", tmp_path) / "trainannot" / "0001TP_000003.png",
        "lsp_pose": copy.get("extended", tmp_path) / "joints.mat",
        "msrc_v2": copy.get("msrc", tmp_path) / "Images" / "2_5_s.bmp",
    }
    victim = victims[name]
    if spoil == "remove":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(DataError, match=victim.name):
        bring(conversions()[name], described(name), copy, tmp_path / "root")
    assert list((tmp_path / "root").iterdir()) == []


def test_too_few_images_are_refused(converted: tuple[str, Archive, Path], tmp_path: Path) -> None:
    name, archive, _ = converted
    if COUNTS[name]:  # told the counts of the real archive
        with pytest.raises(DataError, match="expected"):
            bring(conversions()[name], data_set(name), archive, tmp_path / "root")
        assert list((tmp_path / "root").iterdir()) == []


def test_an_unwritable_root_is_named(converted: tuple[str, Archive, Path], tmp_path: Path) -> None:
    name, archive, _ = converted
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file.*: look at the folder"):
        bring(conversions()[name], described(name), archive, tmp_path / "file" / "root")


def _crash(raw: bytes, names: tuple[str, ...]) -> None:
    """In the place of SciPy's reader; in its process, so that the test goes on."""
    os.abort()


def test_a_file_that_crashes_the_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen with SciPy 1.17 and four bytes in the header of an array."""
    path = tmp_path / "file.mat"
    savemat(path, {"joints": np.arange(3)})
    with monkeypatch.context() as patch:
        patch.setattr(reading, "_arrays", _crash)
        with pytest.raises(DataError, match=r"file.mat is not a readable MATLAB file"):
            reading.matlab(path, "joints")
    assert reading.matlab(path, "joints")[0].tolist() == [[0, 1, 2]]


@pytest.fixture(scope="module")
def lsp(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, Path]:
    root = tmp_path_factory.mktemp("lsp")
    archive = ARCHIVES["lsp_pose"](tmp_path_factory.mktemp("archive"))
    bring(conversions()["lsp_pose"], described("lsp_pose"), archive, root)
    return archive, root / "lsp_pose"


def annotations(folder: Path, split: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """File name -> image record and person."""
    content = json.loads((folder / "annotations" / f"person_keypoints_{split}.json").read_text())
    persons = {person["image_id"]: person for person in content["annotations"]}
    return {image["file_name"]: (image, persons[image["id"]]) for image in content["images"]}


def test_lsp_keeps_pixels_joints_and_the_official_split(lsp: tuple[Archive, Path]) -> None:
    archive, folder = lsp
    joints = loadmat(archive["lsp"] / "joints.mat")["joints"]
    train, val = annotations(folder, "train"), annotations(folder, "val")
    assert list(val) == [f"lsp_im{number:04d}.jpg" for number in range(1001, 2001)]
    assert len([name for name in train if name.startswith("lsp_")]) == 992 and "lsp_im0175.jpg" not in train
    for number in (1, 1000, 1001, 1998):
        name = f"lsp_im{number:04d}.jpg"
        image, person = (train | val)[name]
        original = archive["lsp"] / "images" / f"im{number:04d}.jpg"
        assert (folder / "images" / name).read_bytes() == original.read_bytes()
        assert (image["id"], image["width"], image["height"]) == (number, *read_picture(original).size)
        x, y, hidden = joints[:, :, number - 1]
        assert np.allclose(person["keypoints"][0::3], x, atol=0.0051)
        assert np.allclose(person["keypoints"][1::3], y, atol=0.0051)
        assert person["keypoints"][2::3] == [1 if flag else 2 for flag in hidden]


def test_lsp_extended_is_cropped_around_persons_that_are_complete(lsp: tuple[Archive, Path]) -> None:
    archive, folder = lsp
    joints = loadmat(archive["extended"] / "joints.mat")["joints"]
    found = {name: pair for name, pair in annotations(folder, "train").items() if name.startswith("lspet_")}
    usable = [n for n in range(EXTENDED) if n % 3 == 2]
    assert list(found) == [f"lspet_im{n + 1:05d}.jpg" for n in usable]
    clipped = 0
    for n, (image, person) in zip(usable, found.values(), strict=True):
        width, height = read_picture(archive["extended"] / "images" / f"im{n + 1:05d}.jpg").size
        x, y = joints[:, 0, n], joints[:, 1, n]
        longer = max(x.max() - x.min(), y.max() - y.min())
        left, top = image["crop_xy"]
        assert read_picture(folder / "images" / image["file_name"]).size == (image["width"], image["height"])
        for values, start, side, whole in ((x, left, image["width"], width), (y, top, image["height"], height)):
            middle = (values.min() + values.max()) / 2
            # whole pixels around a square of 1.5 longer sides, as far as the photograph goes
            assert start == 0 or middle - 0.75 * longer - 1 < start <= middle - 0.75 * longer
            assert start + side == whole or middle + 0.75 * longer <= start + side < middle + 0.75 * longer + 1
            clipped += start == 0
        assert np.allclose(person["keypoints"][0::3], x - left, atol=0.0051)
        box = person["bbox"]
        assert box[0] == pytest.approx(max(0, x.min() - left - 0.1 * longer), abs=0.0051)
        assert box[1] + box[3] == pytest.approx(min(image["height"], y.max() - top + 0.1 * longer), abs=0.011)
        assert person["area"] == pytest.approx(0.53 * box[2] * box[3], rel=1e-3)
    assert 0 < clipped < 2 * len(usable)


def test_joints_of_another_shape_are_refused(lsp: tuple[Archive, Path], tmp_path: Path) -> None:
    archive, _ = lsp
    wrong = tmp_path / "wrong"
    shutil.copytree(archive["extended"], wrong)
    for content, message in (({"joints": np.zeros((16, 3, 5))}, r"shape \(16, 3, 5\)"), ({"other": 1}, "no 'joints'")):
        savemat(wrong / "joints.mat", content)
        with pytest.raises(DataError, match=message):
            bring(conversions()["lsp_pose"], described("lsp_pose"), {**archive, "extended": wrong}, tmp_path / "root")


def test_camvid_keeps_labels_and_nearly_keeps_colours(tmp_path: Path) -> None:
    archive = ARCHIVES["camvid"](tmp_path / "archive")
    bring(conversions()["camvid"], described("camvid"), archive, tmp_path / "root")
    for split in ("train", "test"):
        for path in (archive["segnet"] / split).iterdir():
            made = tmp_path / "root" / "camvid" / split
            labels = np.asarray(read_picture(archive["segnet"] / f"{split}annot" / path.name))
            assert np.array_equal(np.asarray(read_picture(made / "labels" / path.name)), labels)
            picture, original = read_picture(made / "images" / f"{path.stem}.jpg"), read_picture(path)
            error = np.abs(np.asarray(picture, float) - np.asarray(original, float)).mean()
            assert picture.format == "JPEG" and error < 6


@pytest.mark.parametrize(("segments", "classes"), [
    ([[1, 2.5]], [1]), ([[1, float("nan")]], [1]), ([[1, -1]], [1]), ([[1, 2**40]], [1]), ([1, 2], [1]), ([[]], [1]),
    ([[1, 2]], [0]), ([[1, 2]], [257]), ([[1, 2]], [1.5]), ([[1, 2]], []), ([["a"]], [1]), ([[1, 2]], ["a"]),
])  # fmt: skip
def test_segments_that_are_none_are_refused(segments: list[Any], classes: list[Any]) -> None:
    """Class 257 would become 1, class 0 void, segment -1 the last one."""
    with pytest.raises(ValueError, match=r"numbers .*expected, got|numbers are whole|are no picture"):
        label_image(np.array(segments), np.array(classes))


def test_segments_get_the_classes_they_were_given() -> None:
    segments = np.array([[1, 1, 2], [3, 3, 2]], np.uint16)
    assert label_image(segments, np.array([[5], [23]])).tolist() == [[4, 4, 22], [255, 255, 22]]
    assert label_image(segments, np.array([1, 2, 3, 4])).tolist() == [[0, 0, 1], [2, 2, 1]]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    archive = ARCHIVES["camvid"](tmp_path / "archive")
    arguments = ["camvid", "--segnet", str(archive["segnet"]), "--data-root", str(tmp_path / "root")]
    assert command.main(arguments) == 2
    assert "12 images, 367 expected" in capsys.readouterr().err
    monkeypatch.setattr(command, "data_set", described)
    assert command.main(arguments) == 0
    identity = described("camvid").data_id(tmp_path / "root")
    assert f"data_id {identity}; use it with --data-root {tmp_path / 'root'}" in capsys.readouterr().out
