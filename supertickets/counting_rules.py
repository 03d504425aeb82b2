"""How often each kind of layer uses its weights: one rule per module type.

A rule sees one call of a module and yields what was multiplied. Rules hold for subclasses. To count a layer of
your own, decorate a rule with `@counts(YourLayer)`; `@counts("package.module.Class")` names a class without
importing it. A layer that owns weights but multiplies nothing with them has the rule `no_products`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from typing import Any, NamedTuple

from torch import Tensor, nn

from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention, TokenTransformer


class Uses(NamedTuple):
    """Multiply-accumulates of one weight, or of a product without weights.

    Attributes:
        weight: name inside the module; None: a product of two activations.
        times: how often every element of the weight is multiplied; without a weight, the multiply-accumulates.
        rows: the part of the weight that is meant, along its first dimension.
    """

    weight: str | None
    times: int
    rows: slice = slice(None)


Rule = Callable[[Any, tuple[Any, ...], Any], Iterable[Uses]]
"""`rule(module, positional inputs, output)`, shapes as in the call, whose batch is one image."""

_RULES: dict[type[nn.Module] | str, Rule] = {}


def counts(*kinds: type[nn.Module] | str) -> Callable[[Rule], Rule]:
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


@counts(
    nn.Embedding, nn.LayerNorm, nn.RMSNorm, TokenTransformer, "torchvision.models.vision_transformer.VisionTransformer",
    "torchvision.models.vision_transformer.Encoder", "torchvision.models.convnext.CNBlock",
)  # fmt: skip
def no_products(_module: nn.Module, _inputs: tuple[Any, ...], _output: Any) -> Iterable[Uses]:
    """Normalisation, look-up, learned tokens, position and scale: not counted by convention."""
    return ()


@counts(nn.Conv1d, nn.Conv2d, nn.Conv3d, "torchvision.ops.deform_conv.DeformConv2d")
def _convolution(module: nn.Conv2d, _inputs: tuple[Any, ...], output: Tensor) -> Iterable[Uses]:
    yield Uses("weight", output.numel() // module.out_channels)


@counts(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
def _transposed(module: nn.ConvTranspose2d, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Uses]:
    yield Uses("weight", inputs[0].numel() // module.in_channels)


@counts(nn.Linear)
def _linear(module: nn.Linear, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Uses]:
    yield Uses("weight", inputs[0].numel() // module.in_features)


@counts(MixedDepthwise)
def _depthwise(module: MixedDepthwise, _inputs: tuple[Any, ...], output: Tensor) -> Iterable[Uses]:
    for path, weight in enumerate(module.weights):
        if len(weight):
            yield Uses(f"weights.{path}", output.numel() // output.shape[1])


@counts(Attention)
def _attention(module: Attention, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Uses]:
    """`out_proj` is called as a module and counts there; `in_proj` is not."""
    queries, memory = (tensor.numel() // module.width for tensor in inputs)
    yield Uses("in_proj.weight", queries, slice(None, module.width))
    yield Uses("in_proj.weight", memory, slice(module.width, None))
    yield Uses(None, 2 * queries * inputs[1].shape[-2] * module.width)


@counts(nn.MultiheadAttention)
def _multi_head(module: nn.MultiheadAttention, inputs: tuple[Any, ...], _output: Any) -> Iterable[Uses]:
    """Counts all four projections: none of them is called as a module."""
    query, key, _ = inputs[:3]
    width = module.embed_dim
    batch = 1 if query.dim() == 2 else query.shape[0 if module.batch_first else 1]
    queries, memory = query.numel() // width, key.numel() // module.kdim
    if module.in_proj_weight is not None:
        yield Uses("in_proj_weight", queries, slice(None, width))
        yield Uses("in_proj_weight", memory, slice(width, None))
    else:
        yield Uses("q_proj_weight", queries)
        yield Uses("k_proj_weight", memory)
        yield Uses("v_proj_weight", memory)
    attended = memory // batch + (module.bias_k is not None) + module.add_zero_attn
    yield Uses(None, 2 * queries * attended * width)
    yield Uses("out_proj.weight", queries)


@counts("torchvision.models.swin_transformer.ShiftedWindowAttention")
def _windows(module: Any, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Uses]:
    """`(B, H, W, C)` is padded to whole windows; both projections are applied without calling their modules."""
    batch, height, width, channels = inputs[0].shape
    down, across = module.window_size
    positions = batch * ceil(height / down) * down * ceil(width / across) * across
    yield Uses("qkv.weight", positions)
    yield Uses(None, 2 * positions * down * across * channels)
    yield Uses("proj.weight", positions)


@counts("torchvision.models.maxvit.RelativePositionalMultiHeadAttention")
def _relative(_module: Any, inputs: tuple[Any, ...], _output: Tensor) -> Iterable[Uses]:
    batch, groups, positions, channels = inputs[0].shape
    yield Uses(None, 2 * batch * groups * positions * positions * channels)
