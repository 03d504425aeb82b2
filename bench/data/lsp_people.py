"""The people of `lsp_pose` with their boxes, for nets that find people by themselves, in place of COCO's keypoints.

One person per photograph is annotated; others in it are background.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.coco_files import CocoFiles
from bench.data.lsp_pose import LspPose


@dataclass(frozen=True)
class LspPeople(CocoFiles):
    """The files, splits, joints and OKS constants of `lsp_pose`."""

    name = "lsp_people"
    role = "COCO people"
    class_names = ("person",)
    native_size = (192, 192)
    folder = LspPose.name
    annotation_file = "annotations/person_keypoints_{split}.json"
    picture_folder = "images"
    with_masks = False
    joint_names = LspPose.class_names
    flip_pairs = LspPose.flip_pairs
    sigmas = LspPose.sigmas

    picture_counts: tuple[int, int] | None = LspPose.person_counts


TITLE = "LSP people"
DATA_SET = LspPeople()
