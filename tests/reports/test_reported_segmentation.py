"""Faults that users of segmentation metrics and label loaders have reported, each shown not to be here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bench.data import DataError, data_set
from supertickets.tasks import IGNORE_LABEL
from supertickets.tasks.base import scorable
from supertickets.tasks.segmentation import Segmentation, confusion_matrix, segmentation_metrics

pytestmark = pytest.mark.fast


def metrics(labels: list[int], guesses: list[int], classes: int) -> dict[str, float]:
    return segmentation_metrics(
        confusion_matrix(torch.tensor(guesses), torch.tensor(labels, dtype=torch.uint8), classes)
    )


def test_a_class_that_is_nowhere_does_not_count() -> None:
    """github.com/Lightning-AI/torchmetrics/issues/1693: its IoU counted as 0."""
    assert metrics([0, 1, 0, 0], [0, 1, 0, 1], 3)["miou"] == pytest.approx(100 * (2 / 3 + 1 / 2) / 2)
    assert metrics([0, 1], [0, 1], 10)["miou"] == 100


@pytest.mark.parametrize("shown", [0, 2, 1])
def test_what_is_predicted_on_ignored_pixels_does_not_count(shown: int) -> None:
    """github.com/Lightning-AI/torchmetrics/issues/312 and /1385: it was part of a union or of the mean."""
    assert metrics([2, 1, IGNORE_LABEL], [2, 1, shown], 3) == {"miou": 100, "macc": 100, "aacc": 100}


def test_a_prediction_for_the_ignored_label_is_refused() -> None:
    """github.com/Lightning-AI/torchmetrics/issues/1861 and open-mmlab/mmeval/issues/53: indices out of range."""
    with pytest.raises(ValueError, match="predictions reach from 1 to 3 in 3 classes"):
        metrics([2, 1], [3, 1], 3)


def test_cells_of_many_classes_do_not_overflow_the_labels_type() -> None:
    """github.com/open-mmlab/mmsegmentation/issues/1969: uint8 labels times 19 classes wrapped around."""
    labels = torch.arange(19, dtype=torch.uint8)
    assert torch.equal(confusion_matrix(labels.clone(), labels, 19), torch.eye(19, dtype=torch.int64))


def test_a_hole_among_the_ids_moves_no_class(tmp_path: Path) -> None:
    """github.com/open-mmlab/mmsegmentation/issues/1714 and /pull/2500: reduce_zero_label and a label map in turn.

    In MSRC v2 the ids 4 and 7 are ignored, so later classes have lower numbers than their ids.
    """
    data = data_set("msrc_v2")
    path = tmp_path / "labels.png"
    Image.fromarray(np.array([[0, 3, 4, 5], [6, 7, 8, 22], [255, 0, 1, 2]], np.uint8)).save(path)
    assert data.labels(path).tolist() == [[0, 3, 255, 4], [5, 255, 6, 20], [255, 0, 1, 2]]


def test_labels_of_few_bits_are_not_stretched(tmp_path: Path) -> None:
    """github.com/pytorch/vision/issues/2497 and /371: labels rescaled on loading; 1-bit ones became 0 and 255."""
    from supertickets.data.pictures import decode_ids, read_picture

    path = tmp_path / "labels.png"
    Image.fromarray(np.array([[False, True], [True, True]])).save(path)
    assert decode_ids(read_picture(path), path).tolist() == [[0, 1], [1, 1]]


def test_labels_with_a_palette_are_indices(tmp_path: Path) -> None:
    """github.com/pytorch/vision/issues/2823, DrSleep/tensorflow-deeplab-resnet/issues/98: colours taken for ids."""
    from supertickets.data.pictures import decode_ids, read_picture

    path = tmp_path / "labels.png"
    picture = Image.fromarray(np.array([[0, 7], [2, 1]], np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [220] * 15)
    picture.save(path)
    assert decode_ids(read_picture(path), path).tolist() == [[0, 7], [2, 1]]


def test_labels_with_a_damaged_byte_are_refused(tmp_path: Path) -> None:
    """github.com/python-pillow/Pillow/issues/5800: checksums of a PNG's pixels are not looked at on loading."""
    from supertickets.data.pictures import read_picture

    path = tmp_path / "labels.png"
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"IDAT") - 4 + 8 + int.from_bytes(raw[raw.index(b"IDAT") - 4 : raw.index(b"IDAT")])] ^= 1
    path.write_bytes(raw)
    Image.open(path).load()  # Pillow alone does not mind
    with pytest.raises(DataError, match=r"labels.png is not a readable image.*copy it again"):
        read_picture(path)


def test_a_number_that_is_none_is_no_class() -> None:
    """github.com/pytorch/pytorch/issues/118266, Oneflow-Inc/oneflow/issues/7606: argmax of NaN is an index."""
    outputs = torch.full((1, 3, 2, 2), torch.nan)
    assert (outputs.argmax(1) == 0).all(), "so a broken net would score as one that always says class 0"
    with pytest.raises(ValueError, match="not finite, so it cannot be scored"):
        scorable(outputs, 3)


def test_labels_beyond_the_outputs_are_refused_in_training() -> None:
    """github.com/tensorflow/tensorflow/issues/8484: a loss of NaN, on a GPU, and no error."""
    from supertickets.seeding import Draws
    from supertickets.tasks import Augmentation, LabelledImages

    part = LabelledImages(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), torch.full((1, 4, 4), 7, dtype=torch.uint8), ())
    with pytest.raises(ValueError, match="label 7 found, but the task has 5 classes"):
        Segmentation(5).batch(part, (4, 4), Augmentation(), Draws(torch.Generator(), 1), torch.device("cpu"))
