"""A supernet, or what a search left of it, as a list of operations."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from supertickets.engine.filters import Filters, depthwise, filters_of
from supertickets.engine.operations import Operation, resized
from supertickets.engine.tensors import Form, Tensor
from supertickets.engine.tokens import mixed_tokens
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.modules import ClassificationHead, DenseHead, Fusion, ParallelBranches
from supertickets.supernet.net import Supernet


class Lowering:
    """Collects the operations of a net.

    Attributes:
        operations: in the order in which they are carried out.
        constants: tensors that are written once, and their values `(channels, height, width)`.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.constants: list[tuple[Tensor, NDArray[np.float32]]] = []

    def add(self, operation: Operation) -> None:
        """Append an operation."""
        self.operations.append(operation)

    def constant(self, values: torch.Tensor) -> Tensor:
        """A tensor of given values `(channels, height, width)`."""
        array = values.detach().float().numpy()
        tensor = Tensor.new(len(array), Form(*array.shape[1:]))
        self.constants.append((tensor, array))
        return tensor

    def convolved(
        self,
        source: Tensor,
        filters: Filters,
        *,
        first: Tensor | None = None,
        second: Tensor | None = None,
        relu: bool = False,
        separated: bool = False,
    ) -> Tensor:
        """`[relu](filters * source + first + second)`."""
        height, width = (-(-side // filters.stride) for side in (source.form.height, source.form.width))
        out = Tensor.new(len(filters.bias), Form(height, width, separated))
        self.add(Operation("convolve", source, out, first, second, filters, relu))
        return out

    def separated(self, source: Tensor) -> Tensor:
        """A copy with even and odd columns apart."""
        out = Tensor.new(source.channels, Form(source.form.height, source.form.width, separated=True))
        self.add(Operation("copy", source, out))
        return out

    def sum(self, source: Tensor, first: Tensor | None, *, relu: bool) -> Tensor:
        """`[relu](source + first)`; `source` itself where nothing happens to it."""
        if first is None and not relu:
            return source
        out = Tensor.new(source.channels, source.form)
        self.add(Operation("copy", source, out, first, relu=relu))
        return out

    def resized(self, source: Tensor, form: Form, *, smooth: bool, first: Tensor | None, relu: bool) -> Tensor:
        """`[relu](source at another size + first)`."""
        out = Tensor.new(source.channels, form)
        self.add(resized(source, out, smooth=smooth, first=first, relu=relu))
        return out


def lowered(net: Supernet, height: int, width: int) -> Lowering:
    """The operations that `net` in eval mode consists of, for pictures of one size."""
    lowering = Lowering()
    picture = Tensor.new(3, Form(height, width, separated=True))
    read = {"in_row": width, "in_channel": height * width}
    lowering.add(Operation("copy", None, picture, counts=read))
    x = picture
    for position, part in enumerate(net.stem):
        conv, norm = part[0], part[1]  # type: ignore[index]
        filters = filters_of(conv.weight, None, 2).followed_by(norm)
        x = lowering.convolved(x, filters, relu=True, separated=position + 1 < len(net.stem))
    branches = [x]
    for stage in net.stages:
        if isinstance(stage, Fusion):
            branches = _fused(lowering, stage, branches)
        else:
            assert isinstance(stage, ParallelBranches)
            for number, row in enumerate(stage.branches):
                assert isinstance(row, nn.Sequential)
                for block in row:
                    branches[number] = _block(lowering, block, branches[number])  # type: ignore[arg-type]
    _head(lowering, net.head, branches)
    return lowering


def _block(
    lowering: Lowering, block: SearchingBlock, x: Tensor, extra: Tensor | None = None, *, relu: bool = False
) -> Tensor:
    """`[relu](block(x) + extra)`."""
    reading = lowering.separated(x) if block.stride == 2 and block.shortcut is not None else x
    residual = x
    if block.transformer is not None:
        residual = mixed_tokens(lowering, block.transformer, x)
    shortcut = None
    if block.shortcut is not None:
        shortcut = filters_of(block.shortcut.weight, None, block.stride, block.shortcut.groups)
    if block.expand is None:
        if shortcut is None:
            return lowering.sum(residual, extra, relu=relu)
        return lowering.convolved(reading, shortcut, first=extra, relu=relu)
    if shortcut is not None:
        residual = lowering.convolved(reading, shortcut)
    expand = filters_of(block.expand.weight).followed_by(block.expand_bn)
    hidden = lowering.convolved(x, expand, relu=True, separated=block.stride == 2)
    paths = depthwise(list(block.depthwise.weights), block.stride).followed_by(block.depthwise_bn)
    hidden = lowering.convolved(hidden, paths, relu=True)
    project = filters_of(block.project.weight).followed_by(block.project_bn)
    return lowering.convolved(hidden, project, first=residual, second=extra, relu=relu)


def _fused(lowering: Lowering, fusion: Fusion, branches: list[Tensor]) -> list[Tensor]:
    fused = []
    for target, row in enumerate(fusion.paths):
        total: Tensor | None = None
        form = branches[target].form
        sources = list(row.items())  # type: ignore[operator]
        for source, block in sources:
            last = source == sources[-1][0]
            x = branches[int(source)]
            if x.form == form or int(source) < target:
                total = _block(lowering, block, x, total, relu=last)
            else:
                y = _block(lowering, block, x)
                total = lowering.resized(y, form, smooth=False, first=total, relu=last)
        assert total is not None
        fused.append(total)
    if fusion.new_branch is not None:
        fused.append(_block(lowering, fusion.new_branch, fused[-1]))
    return fused


def _head(lowering: Lowering, head: nn.Module, branches: list[Tensor]) -> None:
    if isinstance(head, DenseHead):
        x = _block(lowering, head.block, _concatenated(lowering, branches))
        classifier = filters_of(head.classifier.weight, head.classifier.bias)
    else:
        assert isinstance(head, ClassificationHead)
        total = _block(lowering, head.raises[0], branches[0])  # type: ignore[arg-type]
        for widen, down, branch in zip(head.raises[1:], head.downs, branches[1:], strict=True):
            total = _block(lowering, widen, branch, _block(lowering, down, total))  # type: ignore[arg-type]
        conv, norm = head.final[0], head.final[1]
        final = filters_of(conv.weight).followed_by(norm)  # type: ignore[arg-type]
        final_out = lowering.convolved(total, final, relu=True)
        x = Tensor.new(final_out.channels, Form(1, 1))
        sides = {"in_height": final_out.form.height, "in_width": final_out.form.width}
        lowering.add(Operation("mean", final_out, x, counts=sides))
        classifier = filters_of(head.classifier.weight, head.classifier.bias)
    size = {"channels": len(classifier.bias), "height": x.form.height, "width": x.form.width}
    written = {"out_row": x.form.width, "out_channel": x.form.height * x.form.width}
    lowering.add(Operation("convolve", x, None, filters=classifier, counts={**size, **written}))


def _concatenated(lowering: Lowering, branches: list[Tensor]) -> Tensor:
    """All branches at the size of the first."""
    whole = Tensor.new(sum(branch.channels for branch in branches), branches[0].form)
    begin = 0
    for branch in branches:
        part = whole.part(begin, branch.channels)
        begin += branch.channels
        if branch.form == part.form:
            lowering.add(Operation("copy", branch, part))
        else:
            lowering.add(resized(branch, part, smooth=True))
    return whole
