"""Faults that users of pandas, csv, json, pickle, numpy and SciPy have reported with text and archives."""

from __future__ import annotations

import json
import os
import pickle
import signal
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from bench.data import DataError, data_set
from bench.data.matlab import _reader, matlab
from bench.errors import analyse
from figures import reading
from paper_tables import records
from supertickets.documents.sidecars import read_sidecar
from supertickets.documents.texts import DocumentError
from tests.contracts.trees import official_cifar_tree, packed_cifar_tree
from tests.fabricated import Place, write

WORDS = ("NA", "nan", "NaN", "null", "None", "N/A", "inf", "True", "-1", "1e5", "007")
"""Names that look like something else."""


@pytest.mark.fast
@pytest.mark.parametrize("word", WORDS)
def test_a_name_that_looks_like_nothing_is_a_name(word: str, tmp_path: Path) -> None:
    """github.com/pandas-dev/pandas/issues/10647, /24681 and /55032: NA became a missing value."""
    record = records.Record(
        "t", 1, word, word, "segmentation", word, None, word, "embedded", 90, "miou", "percent", ((0, 50.0), (1, 51.0)),
        None, "Tab. 1", word,
    )  # fmt: skip
    records.write(tmp_path / "t.csv", [record])
    assert records.read(tmp_path / "t.csv") == [record]
    (cell,) = reading.read(tmp_path / "t.csv")
    assert (cell.row, cell.name, cell.role, cell.mean) == (word, word, word, 50.5)


@pytest.mark.fast
def test_folders_are_classes_whatever_they_are_called(tmp_path: Path) -> None:
    """As above, and github.com/pytorch/vision/issues/2831, tensorflow/tensorflow/issues/46595: .ipynb_checkpoints."""
    names = sorted({"NA", "nan", "null", "007"})
    for split in ("train", "val"):
        for name in (*names, ".ipynb_checkpoints"):
            folder = tmp_path / "image_folder" / split / name
            folder.mkdir(parents=True)
            for number in range(10):
                Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number}.png")
        (tmp_path / "image_folder" / split / ".DS_Store").write_bytes(b"\0")
    data = data_set("image_folder")
    data.check(tmp_path)
    loaded: Any = data.load(tmp_path, "val", (8, 8), tmp_path / "cache")
    assert list(loaded.class_names) == names and loaded.labels.tolist() == sorted([*range(4)] * 10)


@pytest.mark.fast
def test_a_cell_that_is_too_long_is_one_error(tmp_path: Path) -> None:
    """github.com/TabViewer/tabview/issues/150, gwforg/gwf/issues/177: `_csv.Error: field larger than field limit`."""
    path = write(tmp_path / "t.csv", "t", [Place("a", "b", "ADE20K", 90)])
    path.write_text(path.read_text().replace("made_up_ade20k", "x" * 200_000))
    with pytest.raises(DocumentError, match=r"t\.csv:\d+: is no CSV: field larger than field limit"):
        reading.read(path)


@pytest.mark.fast
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_no_json(word: str, tmp_path: Path) -> None:
    """github.com/jsonpickle/jsonpickle/issues/56, apify/apify-client-python/pull/87: others cannot read it."""
    path = tmp_path / "t.json"
    about = '{"code_ids": {}, "command": "a", "commit": "b", "versions": {}, "seconds": NUMBER}'
    path.write_text(about.replace("NUMBER", word))
    with pytest.raises(DocumentError, match=r"t\.json, entry seconds: (nan|-?inf) is not finite"):
        read_sidecar(path.with_suffix(".csv"))


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


@pytest.mark.fast
@pytest.mark.parametrize("kind", ["box", "keypoints"])
def test_a_score_of_nothing_is_null_and_not_minus_one(kind: str) -> None:
    """github.com/cocodataset/cocoapi/issues/565 shows the -1 that stands for "undefined" and ends up in means."""
    truth = {"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1, "name": "a", "keypoints": ["b"]}]}
    report = analyse(truth, [], kind, sigmas=[0.1])
    assert report["ap50" if kind == "box" else "ap"] is None
    json.loads(json.dumps(report), parse_constant=refuse)


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.fast
def test_a_batch_of_cifar_runs_nothing(tmp_path: Path) -> None:
    """github.com/PaddlePaddle/Paddle/issues/77597, open-edge-platform/datumaro/issues/327: pickles run code."""
    data, made = official_cifar_tree(tmp_path), tmp_path / "made"
    for content in ({b"data": Evil(made), b"labels": []}, [Evil(made)], Evil(made)):
        (tmp_path / "cifar10" / "cifar-10-batches-py" / "test_batch").write_bytes(pickle.dumps(content))
        with pytest.raises(DataError, match=r"test_batch is not a whole CIFAR-10 batch \(it wants to call posix.mkdir"):
            data.check(tmp_path)
    assert not made.exists()


@pytest.mark.fast
def test_an_archive_of_objects_runs_nothing(tmp_path: Path) -> None:
    """github.com/numpy/numpy/issues/12759: `numpy.load` unpickled arrays of objects."""
    data, made = packed_cifar_tree(tmp_path), tmp_path / "made"
    path = tmp_path / "cifar10" / "test.npz"
    with np.load(path) as archive:
        content = dict(archive)
    np.savez(path, **{**content, "labels": np.array([Evil(made)] * 4, dtype=object)})
    with pytest.raises(DataError, match=r"test\.npz is damaged or not a packed archive \(Object arrays cannot be"):
        data.check(tmp_path)
    assert not made.exists()


@pytest.mark.fast
def test_members_that_lead_out_of_an_archive_are_not_written(tmp_path: Path) -> None:
    """CWE-22 ("zip slip"), cwe.mitre.org/data/definitions/22.html: a member's name is taken for a place to write to."""
    data = packed_cifar_tree(tmp_path / "root")
    for name in ("../../slipped", f"{tmp_path}/slipped absolutely", "../slipped.npy"):
        with zipfile.ZipFile(tmp_path / "root" / "cifar10" / "test.npz", "a") as archive:
            archive.writestr(name, b"slipped")
    before = sorted(tmp_path.rglob("*"))
    data.check(tmp_path / "root")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_a_damaged_matlab_file_ends_nothing(tmp_path: Path) -> None:
    """github.com/scipy/scipy/issues/6072, /22444 and /22620: a crash, an empty array, a ZeroDivisionError."""
    path = tmp_path / "joints.mat"
    savemat(path, {"others": np.arange(60.0).reshape(3, 4, 5)})
    with pytest.raises(DataError, match=r"joints\.mat holds no 'joints': is it the file that docs/data.md names"):
        matlab(path, "joints")
    savemat(path, {"joints": np.arange(60.0).reshape(3, 4, 5)})
    raw = path.read_bytes()
    damaged = [raw[:length] for length in range(0, len(raw), 40)] + [bytes(500_000), raw[:128] + bytes(400)]
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"joints\.mat (is not a readable MATLAB file|holds no 'joints')"):
            matlab(path, "joints")
    path.write_bytes(bytes(500_000))
    with pytest.raises(DataError, match=r"joints\.mat is not a readable MATLAB file"):
        matlab(path, "joints")
    assert _reader().submit(signal.alarm, 0).result() == 0, "no clock is left that would end the process later"


@pytest.mark.fast
def test_a_data_set_of_other_counts_is_refused(tmp_path: Path) -> None:
    """github.com/open-mmlab/mmpretrain/issues/507: an odd folder more, and labels beyond the classes."""
    data = replace(official_cifar_tree(tmp_path), test_count=5)
    with pytest.raises(DataError, match="test has 4 images, 5 expected"):
        data.check(tmp_path)
