"""Limits on what files may ask for, each with the error that names the file."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bench.data import DataError
from supertickets.data.files import LARGEST, content, inside
from tests.contracts.trees import lsp_tree, packed_cifar_tree

pytestmark = pytest.mark.fast


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "hole.json"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(DataError, match=rf"hole.json has {LARGEST + 1} bytes, at most {LARGEST} are read"):
        content(path)


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    """The size is what its directory says; nothing is unpacked to find out."""
    data = packed_cifar_tree(tmp_path)
    path = tmp_path / "cifar10" / "test.npz"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("jpeg.npy", b"1234")
    raw = bytearray(buffer.getvalue())
    entry = raw.index(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(raw)
    with pytest.raises(DataError, match=rf"test.npz is damaged .*it unpacks to more than {LARGEST} bytes"):
        data.check(tmp_path)


def test_a_link_within_its_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").symlink_to(tmp_path)
    assert content(tmp_path / "link") == b"1"
    assert content(tmp_path / "folder" / "file") == b"1", "a folder may lie elsewhere"


@pytest.mark.parametrize("name", ["a.jpg", "b/a.jpg", "ü.jpg", "..a", "a..", "./a.jpg"])
def test_names_of_files_stay_inside(name: str, tmp_path: Path) -> None:
    assert inside(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", ["", ".", "/a", "..", "a/../b", "\0", "a\nb", "\udcff", "a" * 1001])
def test_other_names_do_not(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"leads out of|is no name of a file"):
        inside(tmp_path, name)


@pytest.mark.parametrize(("field", "value"), [
    ("bbox", [6, 6, 500, 68]), ("bbox", [-70, 6, 48, 68]), ("bbox", [6, 6, 0.5, 0.5]), ("bbox", [6, 6, 48, -1]),
    ("area", 48 * 68 * 1.1), ("keypoints", [200.0, 10, 2] * 14), ("keypoints", [10.0, -81, 2] * 14),
    ("keypoints", [10.0, 10, 3] * 14), ("num_keypoints", 13),
])  # fmt: skip
def test_geometry_that_cannot_be_is_named(field: str, value: Any, tmp_path: Path) -> None:
    data = lsp_tree(tmp_path)
    path = tmp_path / "lsp_pose" / "annotations" / "person_keypoints_val.json"
    source = json.loads(path.read_text())
    source["annotations"][0][field] = value
    path.write_text(json.dumps(source))
    with pytest.raises(DataError, match=r"person_keypoints_val.json: annotation 1 \(id 1001\) .*copy it again"):
        data.check(tmp_path)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e308])
def test_numbers_that_nobody_uses_are_finite_too(value: float, tmp_path: Path) -> None:
    """The place of a joint that is not labelled, in a crowd."""
    data = lsp_tree(tmp_path)
    path = tmp_path / "lsp_pose" / "annotations" / "person_keypoints_val.json"
    source = json.loads(path.read_text())
    source["annotations"][0].update(keypoints=[value, 0, 0] * 14, num_keypoints=0, iscrowd=1)
    path.write_text(json.dumps(source))
    with pytest.raises(DataError, match=r"annotation 1 \(id 1001\) has keypoints .*, not a list of 42 numbers"):
        data.check(tmp_path)


def test_a_box_that_is_too_large_to_be_cut_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = lsp_tree(tmp_path)
    monkeypatch.setattr("supertickets.data.persons.MOST_PIXELS", 1000)
    with pytest.raises(DataError, match=r"lsp_pose: annotation 1001 has a box of 48.0x68.0, too large .* at 32x24"):
        data.load(tmp_path, "val", (32, 24), tmp_path / "cache")


def test_one_file_name_for_two_images_is_refused(tmp_path: Path) -> None:
    """The same photograph could be trained on and scored."""
    data = lsp_tree(tmp_path)
    path = tmp_path / "lsp_pose" / "annotations" / "person_keypoints_train.json"
    source = json.loads(path.read_text())
    source["images"][3]["file_name"] = source["images"][1]["file_name"]
    path.write_text(json.dumps(source))
    with pytest.raises(DataError, match=r"image 4 \(id 4\) has the same file_name as image 2 \(id 2\)"):
        data.check(tmp_path)
