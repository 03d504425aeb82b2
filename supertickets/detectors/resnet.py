"""ResNets of any width, of torchvision's blocks and under its names, with BatchNorm that is trained or frozen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from supertickets.seeding import seeded

if TYPE_CHECKING:
    from supertickets.detectors.config import Body, ResNet

BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet50": (3, 4, 6, 3)}
Norm = Callable[[int], nn.Module]


def widths(body: Body, width: int) -> list[int]:
    """Channels after each of the four stages."""
    return [width * 2**stage * (4 if body == "resnet50" else 1) for stage in range(4)]


def stem_and_stages(body: Body, width: int, norm: Norm) -> dict[str, nn.Module]:
    """The modules before the pooling, by torchvision's names, in order; input has stride 4 after the stem."""
    from torchvision.models.resnet import BasicBlock, Bottleneck

    block = Bottleneck if body == "resnet50" else BasicBlock
    parts: dict[str, nn.Module] = {
        "conv1": nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False),
        "bn1": norm(width),
        "relu": nn.ReLU(inplace=True),
        "maxpool": nn.MaxPool2d(3, stride=2, padding=1),
    }
    before = width
    for stage, (count, after) in enumerate(zip(BLOCKS[body], widths(body, width), strict=True), start=1):
        planes, stride = after // block.expansion, 1 if stage == 1 else 2
        shortcut = None
        if stride > 1 or before != after:
            shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride=stride, bias=False), norm(after))
        first = block(before, planes, stride, shortcut, norm_layer=norm)
        parts[f"layer{stage}"] = nn.Sequential(first, *(block(after, planes, norm_layer=norm) for _ in range(1, count)))
        before = after
    return parts


def initialise(parts: dict[str, nn.Module]) -> None:
    """Normal filters with std sqrt(2 / fan-out)."""
    for part in parts.values():
        for module in part.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


class Classifier(nn.Module):
    """A ResNet under torchvision's names: `(B, 3, H, W)` -> logits `(B, classes)`."""

    def __init__(self, parts: dict[str, nn.Module], channels: int, classes: int) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)
        self.fc = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        features = images
        for name, part in self.named_children():
            if name != "fc":
                features = part(features)
        return self.fc(features.mean((2, 3)))


def classifier(config: ResNet, seed: int) -> Classifier:
    """A freshly initialised ResNet."""
    with seeded(seed, "resnet"), torch.no_grad():
        parts = stem_and_stages(config.body, config.width, nn.BatchNorm2d)
        initialise(parts)
        return Classifier(parts, widths(config.body, config.width)[-1], config.outputs)
