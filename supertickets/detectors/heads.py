"""Outputs of detectors as the two code bases have them: of the paper's COCO detectors, no box or mask of background."""

from __future__ import annotations

from collections import OrderedDict

import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN = 512
"""Channels between the map of the third stage and its proposals."""


class BoxPredictor(nn.Module):
    """Scores of background and classes, and four deltas a class; torchvision's loss wants some for the background.

    Args:
        background: whether these have weights too, as in the code for VOC, though none of them is ever used.
    """

    def __init__(self, channels: int, classes: int, background: bool = False) -> None:
        super().__init__()
        self.cls_score = nn.Linear(channels, classes + 1)
        self.bbox_pred = nn.Linear(channels, 4 * (classes + background))
        self.padding = 0 if background else 4

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        return self.cls_score(features), F.pad(self.bbox_pred(features), (self.padding, 0))


class MaskPredictor(nn.Sequential):
    """Logits of twice the resolution `(n, 1 + classes, 28, 28)`, 0 for the background."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(
            OrderedDict(
                conv5_mask=nn.ConvTranspose2d(channels, channels, 2, stride=2),
                relu=nn.ReLU(inplace=True),
                mask_fcn_logits=nn.Conv2d(channels, classes, 1),
            )
        )

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = super().forward(features)  # type: ignore[no-untyped-call]
        return F.pad(logits, (0, 0, 0, 0, 1, 0))


class JointPredictor(nn.Module):
    """Logits of four times the resolution, one map per joint `(n, joints, 56, 56)`.

    They are row-major whatever the layout of the features: torchvision's loss reads a map as one row.
    """

    def __init__(self, channels: int, joints: int) -> None:
        super().__init__()
        self.kps_score_lowres = nn.ConvTranspose2d(channels, joints, 4, stride=2, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        maps = self.kps_score_lowres(features)
        return F.interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False).contiguous()


class LastStage(nn.Module):
    """The fourth stage of a ResNet and the mean over its map, as the head of the boxes of `c4`."""

    def __init__(self, layer4: nn.Module) -> None:
        super().__init__()
        self.layer4 = layer4

    def forward(self, regions: Tensor) -> Tensor:
        return self.layer4(regions).mean((2, 3))


class TwoScoreProposals(nn.Module):
    """Head of the proposals of `c4`: one score for and one against an object, of which the difference decides."""

    def __init__(self, channels: int, anchors: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, HIDDEN, 3, padding=1)
        self.cls_logits = nn.Conv2d(HIDDEN, 2 * anchors, 1)
        self.bbox_pred = nn.Conv2d(HIDDEN, 4 * anchors, 1)

    def forward(self, maps: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        hidden = [F.relu(self.conv(each)) for each in maps]
        scores = [self.cls_logits(each).chunk(2, dim=1) for each in hidden]
        return [foreground - background for background, foreground in scores], [self.bbox_pred(h) for h in hidden]
