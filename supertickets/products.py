"""Which matrix products each kind of layer computes, with which weight: one rule per module type.

A rule sees one call of a module and yields its products; multiply-accumulates (`supertickets.costs`) and what an
accelerator is given to do (`bench.accelerator`) both follow from them. Rules hold for subclasses. For a layer of your
own, decorate a rule with `@products_of(YourLayer)`; `@products_of("package.module.Class")` names a class without
importing it. A layer that owns weights but multiplies nothing with them has the rule `no_products`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from typing import Any, Literal, NamedTuple

from torch import Tensor, nn

Kind = Literal["pointwise", "convolution", "grouped", "depthwise", "linear", "product"]


class ProductError(ValueError):
    """A net whose products are not all known; the message names the module and the remedy."""


class WeightProduct(NamedTuple):
    """A weight times streamed vectors: every element is multiplied once with each of them.

    Attributes:
        weight: name inside the module.
        vectors: streamed vectors per image (output positions, tokens).
        kind: what the layer is.
        rows: the part of the weight that is meant, along its first dimension.
        groups: blocks of the first dimension, each for values of its own.
        transposed: dot products run along the first dimension; else along all others.
        part: tells products of the same weight apart.
    """

    weight: str
    vectors: int
    kind: Kind = "linear"
    rows: slice = slice(None)
    groups: int = 1
    transposed: bool = False
    part: str = ""

    def matrices(self, weight: Tensor) -> Tensor:
        """The weight, or its mask, as one matrix per group, `(groups, dot products, K)`."""
        meant = weight[self.rows]
        blocks = meant.reshape(self.groups, len(meant) // self.groups, -1)
        return blocks.mT if self.transposed else blocks


class ActivationProduct(NamedTuple):
    """A product without weights: `shape` `(groups, dot products, K)` times `vectors` vectors of K for each group."""

    shape: tuple[int, int, int]
    vectors: int
    part: str
    kind: Kind = "product"


Product = WeightProduct | ActivationProduct
Rule = Callable[[Any, tuple[Any, ...], Any], Iterable[Product]]
"""`rule(module, positional inputs, output)`, shapes as in the call, whose batch is one image."""

_RULES: dict[type[nn.Module] | str, Rule] = {}


def products_of(*kinds: type[nn.Module] | str) -> Callable[[Rule], Rule]:
    """Register the rule of module types, given as classes or as dotted names."""

    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(kinds, rule))
        return rule

    return register


def rule_of(module: nn.Module) -> Rule | None:
    """The rule of the module's type or else of its nearest base class."""
    for kind in type(module).__mro__:
        for key in (kind, f"{kind.__module__}.{kind.__qualname__}"):
            if key in _RULES:
                return _RULES[key]
    return None


def attention(groups: int, queries: int, memory: int, width: int) -> Iterable[ActivationProduct]:
    """Per group (image and head): every query with every memory token, then the mixture of the memory's values."""
    yield ActivationProduct((groups, queries, width), memory, "scores")
    yield ActivationProduct((groups, queries, memory), width, "mixture")


@products_of(
    nn.Embedding, nn.LayerNorm, nn.RMSNorm, "torchvision.models.vision_transformer.VisionTransformer",
    "torchvision.models.vision_transformer.Encoder", "torchvision.models.convnext.CNBlock",
)  # fmt: skip
def no_products(_module: nn.Module, _inputs: tuple[Any, ...], _output: Any) -> Iterable[Product]:
    """Normalisation, look-up, learned tokens, position and scale: not counted by convention."""
    return ()


@products_of(nn.Conv1d, nn.Conv2d, nn.Conv3d, "torchvision.ops.deform_conv.DeformConv2d")
def _convolution(module: nn.Conv2d, _inputs: tuple[Any, ...], output: Tensor) -> Iterable[Product]:
    yield WeightProduct("weight", output.numel() // module.out_channels, _kind(module), groups=module.groups)


@products_of(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
def _transposed(module: nn.ConvTranspose2d, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Product]:
    """Every input position gives a value to each position of the kernel; adding them up where they meet is no MAC."""
    vectors = inputs[0].numel() // module.in_channels
    yield WeightProduct("weight", vectors, _kind(module), groups=module.groups, transposed=True)


def _kind(module: nn.Conv2d | nn.ConvTranspose2d) -> Kind:
    if module.groups > 1:
        return "depthwise" if module.groups == module.in_channels else "grouped"
    return "convolution" if module.weight[0, 0].numel() > 1 else "pointwise"


@products_of(nn.Linear)
def _linear(module: nn.Linear, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Product]:
    yield WeightProduct("weight", inputs[0].numel() // module.in_features)


@products_of(nn.MultiheadAttention)
def _multi_head(module: nn.MultiheadAttention, inputs: tuple[Any, ...], _output: Any) -> Iterable[Product]:
    """All four projections: none of them is called as a module."""
    query, key, _ = inputs[:3]
    width, tokens = module.embed_dim, int(query.dim() == 3 and module.batch_first)
    queries, memory = query.shape[tokens], key.shape[tokens]
    images = query.numel() // (queries * width)
    for i, (letter, received) in enumerate(zip("qkv", inputs, strict=False)):
        vectors = received.numel() // received.shape[-1]
        if module.in_proj_weight is None:
            yield WeightProduct(f"{letter}_proj_weight", vectors, part=letter)
        else:
            yield WeightProduct("in_proj_weight", vectors, rows=slice(i * width, (i + 1) * width), part=letter)
    memory += (module.bias_k is not None) + module.add_zero_attn  # appended after the projection
    yield from attention(images * module.num_heads, queries, memory, module.head_dim)
    yield WeightProduct("out_proj.weight", images * queries)


@products_of("torchvision.models.swin_transformer.ShiftedWindowAttention")
def _windows(module: Any, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Product]:
    """`(B, H, W, C)` is padded to whole windows; both projections are applied without calling their modules."""
    batch, height, width, channels = inputs[0].shape
    down, across = module.window_size
    windows, tokens = batch * ceil(height / down) * ceil(width / across), down * across
    yield WeightProduct("qkv.weight", windows * tokens)
    yield from attention(windows * module.num_heads, tokens, tokens, channels // module.num_heads)
    yield WeightProduct("proj.weight", windows * tokens)


@products_of("torchvision.models.maxvit.RelativePositionalMultiHeadAttention")
def _relative(module: Any, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Product]:
    batch, windows, tokens, _ = inputs[0].shape
    yield from attention(batch * windows * module.n_heads, tokens, tokens, module.head_dim)
