"""PASCAL VOC 2007 as it is published: nets train on `trainval`, and `test` is the reported split."""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.streamed_annotations import StreamedAnnotations
from bench.data.voc_files import VocFiles


@dataclass(frozen=True)
class Voc2007(VocFiles, StreamedAnnotations):
    """Photographs of about 500x375 pixels."""

    name = "voc2007"
    role = "VOC"
    class_names = (
        "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
        "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    )  # fmt: skip
    folder = "voc2007"
    native_size = (512, 512)

    picture_counts: tuple[int, int] | None = (5011, 4952)


TITLE = "PASCAL VOC 2007"
DATA_SET = Voc2007()
