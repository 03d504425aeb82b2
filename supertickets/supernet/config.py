"""Frozen description of a supernet, and the four supernets of the paper (Sec. 4.1; HR-NAS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from torch import nn

from supertickets.architecture import ArchitectureError, PrunableSet
from supertickets.descriptions import Count, Positive, Share, Whole, check_fields
from supertickets.json_values import from_json
from supertickets.layouts import Layout
from supertickets.searching import UnitShape, reduce_to, shape_of
from supertickets.supernet.net import Supernet, build
from supertickets.supernet.outline import supernet_layout
from supertickets.supernet.weights import CLASSIFIER, prunable

MOST_BLOCKS = 1000
"""Of a net from a file; the paper's has 61."""
LARGEST_GRID = 256
"""Of a net from a file; the paper's is 8."""


class SupernetError(ArchitectureError):
    """A supernet description that cannot be built; the message names the field and the remedy."""


@dataclass(frozen=True)
class Stage:
    """One fusion module followed by one parallel module.

    Attributes:
        blocks: searching blocks per branch, finest resolution first.
        channels: channels per branch; each branch has half the resolution of the one before.

    Raises:
        SupernetError: a field out of range.
    """

    blocks: tuple[Whole, ...]
    channels: tuple[Count, ...]

    def __post_init__(self) -> None:
        check_fields(self, SupernetError)


PAPER_STAGES = (
    Stage((1,), (24,)),
    Stage((2, 2), (18, 36)),
    Stage((2, 2, 3), (18, 36, 72)),
    Stage((2, 2, 3, 4), (18, 36, 72, 144)),
    Stage((2, 2, 3, 4), (18, 36, 72, 144)),
)


@dataclass(frozen=True)
class SupernetConfig:
    """Everything that decides the shape and initial distribution of a supernet.

    Attributes:
        outputs: classes or joints.
        head_kind: `dense` (segmentation, pose) or `classification`.
        stem: output channels of the two stride-2 3x3 convolutions.
        stages: the multi-resolution body.
        kernels: depthwise kernel sizes of a searching block, odd.
        expansion: hidden channels per kernel path = expansion x input channels.
        last_channels: width before the classifier.
        branch_channels: classification head only, width each branch is raised to.
        tokens: tokens of the lightweight transformer in every block with identity; 0 = no transformer.
        token_grid: side of the square grid the transformer works on; a token is a vector of grid^2 values.
        bn_momentum, bn_eps: of every BatchNorm outside the transformer.
        init: of convolutions, normal: `fan_out` with std sqrt(2 / fan-out), where the fan-out of a depthwise filter is
            k*k (public code); `torch_fan_out` with torch's, which is C k*k; `heatmap` with std 0.001 (public code, for
            poses); `alike` with std 0.03, which a short training outgrows in every layer.

    Raises:
        SupernetError: fields out of range or that contradict each other.
    """

    kind: ClassVar[str] = "supernet"
    head: ClassVar[str] = "head."
    classifier: ClassVar[str] = f"{CLASSIFIER}."

    outputs: Count
    head_kind: Literal["dense", "classification"] = "dense"
    stem: tuple[Count, Count] = (24, 24)
    stages: tuple[Stage, ...] = PAPER_STAGES
    kernels: tuple[Count, ...] = (3, 5, 7)
    expansion: Count = 4
    last_channels: Count = 90
    branch_channels: tuple[Count, ...] = (36, 72, 144, 320)
    tokens: Whole = 64
    token_grid: Count = 8
    bn_momentum: Share = 0.01
    bn_eps: Positive = 1e-3
    init: Literal["fan_out", "torch_fan_out", "heatmap", "alike"] = "fan_out"

    def __post_init__(self) -> None:
        check_fields(self, SupernetError)
        if not self.kernels or any(k % 2 == 0 for k in self.kernels):
            raise SupernetError(f"kernels are {self.kernels}: give odd positive sizes such as (3, 5, 7)")
        if self.token_grid < 2:
            raise SupernetError(f"token_grid is {self.token_grid}: give the side of a grid, at least 2")
        if not self.stages:
            raise SupernetError("stages is (): give at least one")
        previous = 1
        for number, stage in enumerate(self.stages, start=1):
            branches = len(stage.channels)
            if len(stage.blocks) != branches:
                raise SupernetError(f"stage {number}: {len(stage.blocks)} block counts for {branches} branches")
            if branches not in (previous, previous + 1):
                raise SupernetError(f"stage {number}: {branches} branches after {previous}; a stage adds at most one")
            previous = branches
        if self.head_kind == "classification" and len(self.branch_channels) != previous:
            raise SupernetError(f"branch_channels has {len(self.branch_channels)} widths for {previous} branches")

    @property
    def stride(self) -> int:
        """Input pixels per pixel of the coarsest branch; inputs should be multiples of it."""
        return 4 * 2 ** (len(self.stages[-1].channels) - 1)

    def build(self, seed: int) -> Supernet:
        return build(self, seed)

    def shape(self, net: nn.Module) -> UnitShape:
        return shape_of(net)

    def shaped(self, shape: Mapping[str, Any], seed: int = 0) -> Supernet:
        net = build(self, seed)
        reduce_to(net, shape)
        return net

    def layout(self, shape: Mapping[str, Any]) -> Layout:
        return supernet_layout(self, shape)

    def prunable(self, net: nn.Module, which: PrunableSet) -> dict[str, nn.Parameter]:
        if which in ("backbone", "shared", "detector"):
            raise SupernetError(f"prunable is {which!r}, a set of detectors: choose 'blocks', 'body', ... or 'all'")
        return prunable(net, which)

    def with_outputs_of(self, target: Self) -> Self:
        self._agree(target, "head_kind")
        return replace(
            self, outputs=target.outputs, bn_momentum=target.bn_momentum, bn_eps=target.bn_eps, init=target.init
        )

    def with_head_of(self, target: Self) -> Self:
        self._agree(target, "stem", "stages", "kernels", "expansion", "tokens", "token_grid")
        return target

    def _agree(self, target: Self, *names: str) -> None:
        for name in names:
            ours, theirs = getattr(self, name), getattr(target, name)
            if ours != theirs:
                raise SupernetError(f"cannot transfer: {name} is {ours!r} in the source, {theirs!r} in the target")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        try:
            config: Self = from_json(cls, values, "the supernet")
        except SupernetError:
            raise
        except ValueError as error:
            raise SupernetError(str(error)) from error
        # a file of some bytes could else describe a net that takes hours to build
        if (blocks := sum(sum(stage.blocks) for stage in config.stages)) > MOST_BLOCKS:
            raise SupernetError(f"its stages have {blocks} blocks, at most {MOST_BLOCKS} are built from a file")
        if config.token_grid > LARGEST_GRID:
            raise SupernetError(f"token_grid is {config.token_grid}, at most {LARGEST_GRID} is built from a file")
        return config


CITYSCAPES = SupernetConfig(outputs=19)
ADE20K = SupernetConfig(outputs=150, last_channels=180)
COCO_KEYPOINTS = SupernetConfig(outputs=17, bn_momentum=0.1, bn_eps=1e-5, init="heatmap")
IMAGENET = SupernetConfig(outputs=1000, head_kind="classification", last_channels=1600)

MINIATURE = SupernetConfig(
    outputs=1,
    stem=(8, 8),
    stages=(Stage((1,), (8,)), Stage((1, 1), (8, 16)), Stage((1, 1), (8, 16))),
    last_channels=16,
    branch_channels=(16, 32),
    tokens=0,
    token_grid=4,
    bn_momentum=0.1,
)
"""The same net at laptop scale, for the embedded and small profiles; set `outputs` with `replace`."""


def miniature(outputs: int, **changes: object) -> SupernetConfig:
    """The laptop-scale supernet for `outputs` classes or joints, with any other field changed."""
    return replace(MINIATURE, outputs=outputs, **changes)  # type: ignore[arg-type]
