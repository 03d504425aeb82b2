"""From a net to its matrix products: convolutions (im2col), linear layers and attention, in order of execution.

Only shapes and masks matter, never data: streamed activations count as dense. Biases, normalisation, pooling,
resizing and additions multiply no matrix and are left out, as in `supertickets.costs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from bench.accelerator.config import AcceleratorError
from bench.accelerator.gemm import Gemm, Kind
from supertickets.masks import check_fit
from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention
from supertickets.tracing import Call, deepest, first_names, owners, trace

Kept = Callable[[str], NDArray[np.bool_]]
Lowering = Callable[[Call, Kept], Iterator[Gemm]]
_LOWERINGS: dict[type[nn.Module], Lowering] = {}


def lowers(kind: type[nn.Module]) -> Callable[[Lowering], Lowering]:
    """Register how a module type becomes products. `kept` gives the mask of a parameter by its name in the module."""

    def register(lowering: Lowering) -> Lowering:
        _LOWERINGS[kind] = lowering
        return lowering

    return register


def lower(net: nn.Module, image_size: tuple[int, int], masks: Mapping[str, Tensor] | None = None) -> tuple[Gemm, ...]:
    """All matrix products of `net` for one `(3, H, W)` image; a weight without a mask counts as dense.

    A weight that several modules share has the mask of its first name, as in `supertickets.costs`.

    Raises:
        AcceleratorError: when the net multiplies where no rule is known (the message names the module).
        MaskError: when a mask does not belong to the net.
    """
    return Passage(net, image_size).under(masks or {})


class Passage:
    """The way of one `(3, H, W)` image through a net: traced once, lowered under as many masks as wanted."""

    def __init__(self, net: nn.Module, image_size: tuple[int, int]) -> None:
        self._net = net
        self._parameters = dict(net.named_parameters())
        self._names = first_names(net)
        self._traced = trace(net, image_size, lambda module: isinstance(module, tuple(_LOWERINGS)))

    def under(self, masks: Mapping[str, Tensor]) -> tuple[Gemm, ...]:
        """See `lower`."""
        check_fit(self._parameters, masks)
        gemms: list[Gemm] = []
        macs: dict[str, int] = {}
        for call in self._traced.calls:

            def kept(parameter: str, call: Call = call) -> NDArray[np.bool_]:
                mask = masks.get(self._names[_join(call.name, parameter)])
                if mask is not None:
                    return mask.detach().cpu().numpy()
                return np.ones(call.module.get_parameter(parameter).shape, dtype=bool)

            kind = next(kind for kind in type(call.module).__mro__ if kind in _LOWERINGS)
            found = list(_LOWERINGS[kind](call, kept))
            gemms += (replace(gemm, weight=gemm.weight and self._names[gemm.weight]) for gemm in found)
            dense = sum(gemm.rows * gemm.length * gemm.vectors for gemm in found)
            for owner in owners(call.name):
                macs[owner] = macs.get(owner, 0) + dense
        _check_complete(self._net, macs, self._traced.macs)
        return tuple(gemms)


def _check_complete(net: nn.Module, ours: Mapping[str, int], counted: Mapping[str, int]) -> None:
    """Refuse a net of which torch counts other MACs than our products have: something has no rule."""
    wrong = [name for name, macs in counted.items() if macs != ours.get(name, 0)]
    if wrong:
        name = deepest(wrong)
        kind = type(net.get_submodule(name)).__name__
        raise AcceleratorError(
            f"{name or 'the net'} ({kind}) has {counted[name]} MACs, its known layers {ours.get(name, 0)}: "
            f"add a rule for it to bench/accelerator/lowering.py"
        )


def _join(name: str, rest: str) -> str:
    return f"{name}.{rest}" if name else rest


@lowers(nn.Conv2d)
def _convolution(call: Call, kept: Kept) -> Iterator[Gemm]:
    conv = call.module
    assert isinstance(conv, nn.Conv2d)
    kind: Kind
    if conv.groups == 1:
        kind = "pointwise" if conv.kernel_size == (1, 1) else "convolution"
    else:
        kind = "depthwise" if conv.groups == conv.in_channels else "grouped"
    mask = kept("weight")
    by_group = mask.reshape(conv.groups, conv.out_channels // conv.groups, -1)
    name = _join(call.name, "weight")
    yield Gemm.of_mask(name, name, kind, by_group, call.output.numel() // conv.out_channels)


@lowers(MixedDepthwise)
def _mixed_depthwise(call: Call, kept: Kept) -> Iterator[Gemm]:
    assert isinstance(call.module, MixedDepthwise)
    positions = call.output.shape[-2] * call.output.shape[-1]
    for path, channels in enumerate(call.module.channels):
        if channels:
            name = _join(call.name, f"weights.{path}")
            mask = kept(f"weights.{path}").reshape(channels, 1, -1)
            yield Gemm.of_mask(name, name, "depthwise", mask, positions)


@lowers(nn.Linear)
def _linear(call: Call, kept: Kept) -> Iterator[Gemm]:
    name = _join(call.name, "weight")
    yield Gemm.of_mask(name, name, "linear", kept("weight")[None], call.output.numel() // call.output.shape[-1])


@lowers(Attention)
def _attention(call: Call, kept: Kept) -> Iterator[Gemm]:
    assert isinstance(call.module, Attention)
    query, memory = call.argument(0, "query"), call.argument(1, "memory")
    width = call.module.width
    name, mask = _join(call.name, "in_proj.weight"), kept("in_proj.weight")
    blocks = query.numel() // (query.shape[-2] * width)
    yield Gemm.of_mask(f"{name} (query)", name, "linear", mask[None, :width], blocks * query.shape[-2])
    yield Gemm.of_mask(f"{name} (memory)", name, "linear", mask[None, width:], blocks * memory.shape[-2])
    yield from _products(call.name, blocks, query.shape[-2], memory.shape[-2], width)


@lowers(nn.MultiheadAttention)
def _multihead_attention(call: Call, kept: Kept) -> Iterator[Gemm]:
    module = call.module
    assert isinstance(module, nn.MultiheadAttention)
    inputs = [call.argument(i, word) for i, word in enumerate(("query", "key", "value"))]
    tokens = 1 if inputs[0].dim() == 3 and module.batch_first else 0
    queries, memory = inputs[0].shape[tokens], inputs[1].shape[tokens]
    images = inputs[0].numel() // (queries * module.embed_dim)
    separate = module.in_proj_weight is None
    for i, (word, received) in enumerate(zip("qkv", inputs, strict=True)):
        parameter = f"{word}_proj_weight" if separate else "in_proj_weight"
        mask = kept(parameter) if separate else kept(parameter)[i * module.embed_dim : (i + 1) * module.embed_dim]
        name = _join(call.name, parameter)
        yield Gemm.of_mask(f"{name} ({word})", name, "linear", mask[None], received.numel() // received.shape[-1])
    memory += (module.bias_k is not None) + module.add_zero_attn  # appended after the projection
    yield from _products(call.name, images * module.num_heads, queries, memory, module.head_dim)
    name = _join(call.name, "out_proj.weight")  # its forward is never called
    yield Gemm.of_mask(name, name, "linear", kept("out_proj.weight")[None], images * queries)


def _products(name: str, groups: int, queries: int, memory: int, width: int) -> Iterator[Gemm]:
    """The two products of attention without weights: every query with every memory token, then the mixture."""
    yield Gemm.dense(f"{name} (scores)", groups, queries, width, memory)
    yield Gemm.dense(f"{name} (mixture)", groups, queries, memory, width)
