"""Removal of search units, done naively: which units go is drawn, what is left of a tensor is indexed by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from supertickets.supernet.block import SearchingBlock
from supertickets.units import unit_groups


def choose_survivors(net: nn.Module, seed: int) -> dict[str, Tensor]:
    """Survivors of every group at random; now and then all, none, or a whole kernel path go."""
    random = torch.Generator().manual_seed(seed)
    survivors = {}
    for name, group in unit_groups(net).items():
        share = (0.0, 0.3, 0.7, 1.0)[int(torch.randint(4, (), generator=random))]
        alive = torch.rand(group.units, generator=random) < share
        if isinstance(group, SearchingBlock) and torch.rand((), generator=random) < 0.3:
            alive[: group.depthwise.channels[0]] = False
        if not alive.all():
            survivors[name] = alive.nonzero().squeeze(1)
    return survivors


BLOCK = {"expand.weight": 0, "expand_bn": 0, "depthwise_bn": 0, "project.weight": 1}
TOKENS = {"to_tokens.weight": 0, "token_bn": 0, "queries": 0, "from_tokens.weight": 1}
RESIDUAL = ("shortcut.", "transformer.")


def indexed_by_hand(tensors: dict[str, Tensor], net: nn.Module, survivors: dict[str, Tensor]) -> dict[str, Tensor]:
    """`tensors`, named like parameters and buffers of `net` before the removal, indexed by hand."""
    found = dict(tensors)
    for name, keep in survivors.items():
        group = net.get_submodule(name)
        table = BLOCK if isinstance(group, SearchingBlock) else TOKENS
        for full in [full for full in found if full.startswith(f"{name}.")]:
            rest = full.removeprefix(f"{name}.")
            if table is BLOCK and rest.startswith(RESIDUAL):
                continue
            if not len(keep):
                del found[full]
                continue
            dims = [dim for part, dim in table.items() if rest == part or rest.startswith(f"{part}.")]
            if dims and not rest.endswith("num_batches_tracked"):
                found[full] = tensors[full].transpose(0, dims[0])[keep].transpose(0, dims[0])
            if rest.startswith("depthwise.weights."):
                path, channels = int(rest[-1]), group.depthwise.channels
                first = sum(channels[:path])
                inside = [unit - first for unit in keep.tolist() if first <= unit < first + channels[path]]
                found[full] = tensors[full][torch.tensor(inside, dtype=torch.int64)]
    return found
