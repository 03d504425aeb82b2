"""A detector: torchvision's proposals, pooling, matching and losses around a ResNet with frozen BatchNorm.

Pictures are taken as they come: torchvision's own nets would enlarge one of 128 pixels to 800.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from supertickets.detectors.heads import BoxPredictor, JointPredictor, LastStage, MaskPredictor, TwoScoreProposals
from supertickets.detectors.pictures import Objects, Pictures
from supertickets.detectors.resnet import initialise, stem_and_stages, widths
from supertickets.seeding import seeded

if TYPE_CHECKING:
    from supertickets.detectors.config import RCNN

RATIOS = (0.5, 1.0, 2.0)
"""Height by width of the anchors of each size."""
STRIDES = (4, 8, 16, 32)
"""Of the levels of the pyramid that regions are taken from."""
CANONICAL_LEVEL = 4
REGION, LARGE_REGION = 7, 14
"""Sides of what is cut out of a map for boxes, and for masks, joints and `c4`."""


class Detector(nn.Module):
    """`Pictures` -> losses by name in train mode, else `Objects` of each picture.

    A tensor `(B, 3, H, W)` stands for pictures that fill their images. On the meta device, where nothing can be found,
    `proposals` regions and `detections` objects pass the heads, whatever the pictures show: that is what costs are of.
    """

    def __init__(self, config: RCNN, backbone: nn.Module, rpn: Any, roi_heads: Any) -> None:
        super().__init__()
        self.config = config
        self.backbone, self.rpn, self.roi_heads = backbone, rpn, roi_heads

    def forward(self, pictures: Pictures | Tensor) -> dict[str, Tensor] | list[Objects]:
        from torchvision.models.detection.image_list import ImageList
        from torchvision.models.detection.roi_heads import paste_masks_in_image

        if isinstance(pictures, Tensor):
            height, width = pictures.shape[2:]
            pictures = Pictures(pictures, [(height, width)] * len(pictures))
        if pictures.images.is_meta:
            return self._counted(pictures.images)
        if self.training and pictures.objects is None:
            raise ValueError("a detector in train mode needs the objects of its pictures: give them, or call eval()")
        maps = self.backbone(pictures.images)
        objects = pictures.objects if self.training else None
        proposals, losses = self.rpn(ImageList(pictures.images, pictures.sizes), maps, objects)
        found, more = self.roi_heads(maps, proposals, pictures.sizes, objects)
        if self.training:
            return {**losses, **more}
        for each, size in zip(found, pictures.sizes, strict=True):
            if "masks" in each:
                each["masks"] = paste_masks_in_image(each["masks"], each["boxes"], size)
        return found

    def _counted(self, images: Tensor) -> list[Objects]:
        """Everything that multiplies, on regions of the right number and size."""
        maps, heads = self.backbone(images), self.roi_heads
        self.rpn.head(list(maps.values()))
        channels = next(iter(maps.values())).shape[1]

        def regions(count: int, pool: Any) -> Tensor:
            return images.new_zeros(len(images) * count, channels, *pool.output_size)

        heads.box_predictor(heads.box_head(regions(self.config.proposals, heads.box_roi_pool)))
        if heads.has_mask():
            heads.mask_predictor(heads.mask_head(regions(self.config.detections, heads.mask_roi_pool)))
        if heads.has_keypoint():
            heads.keypoint_predictor(heads.keypoint_head(regions(self.config.detections, heads.keypoint_roi_pool)))
        return []


def build(config: RCNN, seed: int) -> Detector:
    """A freshly initialised detector; equal seeds give equal weights, whatever the global random state."""
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead

    with seeded(seed, "detector"), torch.no_grad():
        backbone, channels, last_stage = _backbone(config)
        anchors = AnchorGenerator(config.anchor_sizes, (RATIOS,) * len(config.anchor_sizes))
        per_place = anchors.num_anchors_per_location()[0]
        head = (RPNHead if last_stage is None else TwoScoreProposals)(channels, per_place)
        rpn = RegionProposalNetwork(
            anchors, head,
            fg_iou_thresh=0.7, bg_iou_thresh=0.3,
            batch_size_per_image=config.proposal_samples, positive_fraction=0.5,
            pre_nms_top_n={"training": 2 * config.proposals_before_nms, "testing": config.proposals_before_nms},
            post_nms_top_n={"training": config.training_proposals, "testing": config.proposals},
            nms_thresh=0.7,
        )  # fmt: skip
        net = Detector(config, backbone, rpn, _roi_heads(config, channels, last_stage))
        _initialise(net)
        return net


def _backbone(config: RCNN) -> tuple[nn.Module, int, nn.Module | None]:
    """What makes the maps, their channels, and the last stage where it belongs to the head."""
    from torchvision.models._utils import IntermediateLayerGetter
    from torchvision.models.detection.backbone_utils import BackboneWithFPN
    from torchvision.ops import FrozenBatchNorm2d

    parts = stem_and_stages(config.body, config.width, FrozenBatchNorm2d)
    initialise(parts)
    channels = widths(config.body, config.width)
    if config.features == "fpn":
        levels = {f"layer{stage}": str(stage - 1) for stage in range(1, 5)}
        return BackboneWithFPN(_named(parts), levels, channels, config.pyramid_width), config.pyramid_width, None
    last_stage = parts.pop("layer4")
    body = IntermediateLayerGetter(_named(parts), {"layer3": "0"})
    return nn.Sequential(OrderedDict(body=body)), channels[2], last_stage


def _named(parts: dict[str, nn.Module]) -> nn.Module:
    return nn.Sequential(OrderedDict(parts))


def _roi_heads(config: RCNN, channels: int, last_stage: nn.Module | None) -> Any:
    from torchvision.models.detection.faster_rcnn import TwoMLPHead
    from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads
    from torchvision.models.detection.mask_rcnn import MaskRCNNHeads
    from torchvision.models.detection.roi_heads import RoIHeads

    box_head: nn.Module
    if last_stage is None:
        pool = _pool(config, REGION)
        box_head, outputs = TwoMLPHead(channels * REGION**2, config.box_width), config.box_width
    else:
        pool = _pool(config, LARGE_REGION)
        box_head, outputs = LastStage(last_stage), widths(config.body, config.width)[3]
    more: dict[str, Any] = {}
    if config.predicts == "mask":
        more["mask_roi_pool"] = _pool(config, LARGE_REGION)
        more["mask_head"] = MaskRCNNHeads(channels, (config.mask_width,) * 4, 1)
        more["mask_predictor"] = MaskPredictor(config.mask_width, config.outputs)
    elif config.predicts == "joints":
        more["keypoint_roi_pool"] = _pool(config, LARGE_REGION)
        more["keypoint_head"] = KeypointRCNNHeads(channels, (config.joint_width,) * 8)
        more["keypoint_predictor"] = JointPredictor(config.joint_width, config.outputs)
    return RoIHeads(
        pool, box_head, BoxPredictor(outputs, config.classes, background=last_stage is not None),
        fg_iou_thresh=0.5, bg_iou_thresh=0.5, batch_size_per_image=config.samples, positive_fraction=0.25,
        bbox_reg_weights=None, score_thresh=0.05, nms_thresh=0.5, detections_per_img=config.detections, **more,
    )  # fmt: skip


def _pool(config: RCNN, side: int) -> Any:
    """Cuts regions of `side` x `side` out of the maps.

    torchvision guesses the strides from the sizes of the first batch, wrongly if its pictures do not fill their images.
    """
    from torchvision.ops import MultiScaleRoIAlign
    from torchvision.ops.poolers import initLevelMapper

    strides = STRIDES if config.features == "fpn" else (16,)
    pool = MultiScaleRoIAlign([str(level) for level in range(len(strides))], side, sampling_ratio=2)
    pool.scales = [1 / stride for stride in strides]
    levels = [int(math.log2(stride)) for stride in strides]
    pool.map_levels = initLevelMapper(
        levels[0], levels[-1], canonical_scale=config.canonical_size, canonical_level=CANONICAL_LEVEL
    )
    return pool


def _initialise(net: Detector) -> None:
    """detectron2's rules where torchvision's differ: its linear layers would begin four times smaller than the pyramid.

    Global magnitude pruning compares weights across layers, so that it would empty them.
    """
    heads = net.roi_heads
    for module in heads.box_head.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_uniform_(module.weight, a=1)
            nn.init.zeros_(module.bias)
    outputs = [(heads.box_predictor.cls_score, 0.01), (heads.box_predictor.bbox_pred, 0.001)]
    if isinstance(net.rpn.head, TwoScoreProposals):
        outputs += [(module, 0.01) for module in net.rpn.head.children()]
    if heads.has_mask():
        _fan_out(heads.mask_predictor.conv5_mask)
        outputs.append((heads.mask_predictor.mask_fcn_logits, 0.001))
    if heads.has_keypoint():
        _fan_out(heads.keypoint_predictor.kps_score_lowres)
    for module, std in outputs:
        nn.init.normal_(module.weight, std=std)
        nn.init.zeros_(module.bias)


def _fan_out(deconvolution: nn.ConvTranspose2d) -> None:
    nn.init.kaiming_normal_(deconvolution.weight, mode="fan_out", nonlinearity="relu")
    if deconvolution.bias is not None:
        nn.init.zeros_(deconvolution.bias)
