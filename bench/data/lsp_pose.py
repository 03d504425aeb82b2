"""LSP and a subset of LSP-extended, 14 joints: sports photographs, in place of COCO keypoints."""

from __future__ import annotations

from dataclasses import dataclass

from bench.data.keypoint_files import KeypointFiles


@dataclass(frozen=True)
class LspPose(KeypointFiles):
    """One annotated person per photograph; `val` is LSP's official test split.

    The joints are the person's own left and right. OKS sigmas are COCO's where COCO has the joint and
    CrowdPose's for neck and head top, so AP on this set is comparable with nothing but itself.
    """

    name = "lsp_pose"
    role = "COCO keypoints"
    class_names = (
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist",
        "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "neck", "head_top",
    )  # fmt: skip
    flip_pairs = ((0, 5), (1, 4), (2, 3), (6, 11), (7, 10), (8, 9))
    sigmas = (0.089, 0.087, 0.107, 0.107, 0.087, 0.089, 0.062, 0.072, 0.079, 0.079, 0.072, 0.062, 0.079, 0.079)
    native_size = (128, 96)

    person_counts: tuple[int, int] = (4928, 1000)


TITLE = "LSP"
DATA_SET = LspPose()
