"""Backbones and heads of torchvision, which is imported only when one of them is built."""

from __future__ import annotations

from torch import Tensor, nn


def mobilenet_v2_features() -> nn.Sequential:
    """MobileNetV2 without classifier: `(B, 3, H, W) -> (B, 1280, H/32, W/32)`; the last layer makes 1280 of 320."""
    from torchvision.models import mobilenet_v2

    return mobilenet_v2(weights=None).features


class Taps(nn.Module):
    """Runs layers in order and returns the maps after two of them, as `LRASPP` wants them."""

    def __init__(self, layers: nn.Sequential, low: int) -> None:
        super().__init__()
        self.layers, self.low = layers, low

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        low = self.layers[: self.low + 1](x)
        return {"low": low, "high": self.layers[self.low + 1 :](low)}


class LiteRASPP(nn.Module):
    """MobileNetV3-Large with the LR-ASPP head of width 128: backbone at stride 16 with a halved last stage.

    `(B, 3, H, W) -> (B, classes, H, W)`.
    """

    def __init__(self, classes: int) -> None:
        from torchvision.models import mobilenet_v3_large
        from torchvision.models.segmentation import LRASPP

        super().__init__()
        features = mobilenet_v3_large(weights=None, reduced_tail=True, dilated=True).features
        low = 4  # the first block at stride 8
        channels = [features[index].out_channels for index in (low, -1)]
        self.net = LRASPP(Taps(features, low), *channels, classes, inter_channels=128)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)["out"]


def stop_striding(stage: nn.Module, rate: int) -> None:
    """Keep the resolution of a stage: every stride becomes 1, wide filters are dilated by `rate`."""
    for module in stage.modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
            if module.kernel_size != (1, 1):
                module.dilation = module.padding = (rate, rate)
