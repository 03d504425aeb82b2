"""The prunable weights of a supernet, and how all of its weights begin."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from supertickets.architecture import PrunableSet
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention, TokenTransformer

CLASSIFIER = "head.classifier"
"""Name of the module whose size depends on the number of outputs."""


def prunable(net: nn.Module, which: PrunableSet) -> dict[str, nn.Parameter]:
    """Weights of a named set (`supertickets.architecture.PrunableSet`), in definition order."""
    blocks = {name for name, module in net.named_modules() if isinstance(module, SearchingBlock)}
    found: dict[str, nn.Parameter] = {}
    for name, module in net.named_modules():
        if _belongs(name, module, which, blocks):
            prefix = f"{name}." if name else ""
            if isinstance(module, MixedDepthwise):
                found |= {f"{prefix}weights.{i}": weight for i, weight in enumerate(module.weights) if len(weight)}
            else:
                found[f"{prefix}weight"] = module.weight
    return found


def _belongs(name: str, module: nn.Module, which: PrunableSet, blocks: set[str]) -> bool:
    if which == "all":
        return isinstance(module, nn.Conv2d | nn.Linear | MixedDepthwise)
    if not isinstance(module, nn.Conv2d | MixedDepthwise):
        return False
    owner, _, own = name.rpartition(".")
    if which == "blocks":
        return owner in blocks and own != "shortcut"
    return which == "convolutions" or (name != CLASSIFIER and "transformer" not in name.split("."))


_EQUAL = {"heatmap": 0.001, "alike": 0.03}
"""Rule -> standard deviation, of those that have one for all filters."""


def initialise(net: nn.Module, init: str) -> None:
    """Fresh weights by the rule `init` (`SupernetConfig.init`); biases 0, queries of transformers by Xavier's rule.

    Linear layers are uniform in +-1 / sqrt(fan-out), as in the public code; of heatmap nets it leaves them to torch.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            _filters(module.weight, module.groups, init)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, MixedDepthwise):
            for weight in module.weights:
                _filters(weight, len(weight), init)
        elif isinstance(module, nn.Linear) and init != "heatmap":
            bound = module.out_features**-0.5
            nn.init.uniform_(module.weight, -bound, bound)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, TokenTransformer) and module.queries is not None:
            nn.init.xavier_uniform_(module.queries)
    for module in net.modules():
        if isinstance(module, Attention):
            nn.init.xavier_uniform_(module.in_proj.weight)
        if isinstance(module, SearchingBlock) and module.expand is not None:
            # the kernel paths are separate convolutions of the paper's net: each has a fan-out of its own,
            # and global magnitude pruning compares these weights across layers
            for weight in module.expand.weight.split(module.depthwise.channels):
                _filters(weight, 1, init)


def _filters(weight: Tensor, groups: int, init: str) -> None:
    """Normal values for filters `(outputs, inputs / groups, k, k)`."""
    outputs, per_group, *size = weight.shape
    area = size[0] * size[1]
    std = _EQUAL.get(init)
    if std is None:
        alone = per_group == 1 and groups > 1 and init == "fan_out"  # as many groups as inputs
        std = (2 / (area if alone else outputs * area)) ** 0.5
    with torch.no_grad():
        weight.normal_(0, std)
