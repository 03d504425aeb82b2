"""Which weights of detectors and their classifiers are compared when they are pruned: sets, by pattern of name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import nn

from supertickets.architecture import ArchitectureError, PrunableSet

_STEM, _STAGES = r"conv1", r"layer\d\.\d+\.conv\d"
_SHORTCUT = r"layer\d\.\d+\.downsample\.0"

CLASSIFIER_SETS: Mapping[str, tuple[str, ...]] = {
    "blocks": (_STAGES,),
    "backbone": (_STEM, _STAGES),
    "body": (_STEM, _STAGES, _SHORTCUT),
    "convolutions": (_STEM, _STAGES, _SHORTCUT),
    "all": (r".+",),
}
"""Set -> patterns of the names of modules."""

_BODY, _C4_HEAD = r"backbone\.body\.", r"roi_heads\.box_head\."
_OF_BODY = tuple(f"(?:{_BODY}|{_C4_HEAD}){name}" for name in (_STEM, _STAGES))
_OF_SHORTCUTS = (f"(?:{_BODY}|{_C4_HEAD}){_SHORTCUT}",)
_OF_PYRAMID = (r"backbone\.fpn\..+",)
_OF_PROPOSALS = (r"rpn\.head\.conv(?:\..+)?",)
_OF_BOXES = (r"roi_heads\.box_head\.fc\d",)
_OF_TASKS = (r"roi_heads\.mask_head\..+", r"roi_heads\.mask_predictor\.conv5_mask", r"roi_heads\.keypoint_head\..+")

DETECTOR_SETS: Mapping[str, tuple[str, ...]] = {
    "blocks": (_OF_BODY[1],),
    "backbone": _OF_BODY,
    "body": (*_OF_BODY, *_OF_SHORTCUTS, *_OF_PYRAMID),
    "shared": (*_OF_BODY, *_OF_PYRAMID, *_OF_PROPOSALS, *_OF_BOXES),
    "detector": (*_OF_BODY, *_OF_PYRAMID, *_OF_PROPOSALS, *_OF_BOXES, *_OF_TASKS),
    "convolutions": (r"(?!.*\.(?:fc\d|cls_score|box_predictor\.bbox_pred)$).+",),
    "all": (r".+",),
}
"""Set -> patterns of the names of modules. Boxes' outputs are linear, those of proposals are convolutions."""


def prunable(net: nn.Module, which: PrunableSet, sets: Mapping[str, tuple[str, ...]]) -> dict[str, nn.Parameter]:
    """Weights of a named set, in definition order; never a bias or a BatchNorm, and no shortcut but in `body` and up.

    Raises:
        ArchitectureError: a set that this kind of net does not have.
    """
    if which not in sets:
        raise ArchitectureError(f"prunable is {which!r}: choose {', '.join(map(repr, sets))}")
    pattern = re.compile("|".join(sets[which]))
    return {
        f"{name}.weight": module.get_parameter("weight")
        for name, module in net.named_modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and pattern.fullmatch(name)
    }


def in_detector(name: str, features: str) -> str:
    """The name, in a detector, of a tensor that a classifier calls `name`."""
    return f"roi_heads.box_head.{name}" if features == "c4" and name.startswith("layer4.") else f"backbone.body.{name}"


def is_shared(name: str) -> bool:
    """Whether every detector has a tensor: all before the heads, and the hidden layers of boxes."""
    return name.startswith(("backbone.", "rpn.", "roi_heads.box_head."))
