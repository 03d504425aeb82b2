"""Searching inside a supernet: importance, resource-aware l1 penalty, removal of search units (Sec. 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn

from supertickets.architecture import ArchitectureError, SupernetSet
from supertickets.averages import Averages
from supertickets.descriptions import Count, Size, Whole, check_fields
from supertickets.layouts import Layout
from supertickets.memory import canonical, gradients
from supertickets.tensor_files import Entry
from supertickets.units import Counter, Follower, UnitGroup, unit_groups

UnitShape = dict[str, list[int]]
"""Live search units of every group by module name; an empty list is a group without units."""


@dataclass(frozen=True)
class Searching:
    """How search units are removed, and what follows from it (docs/DEVIATIONS.md).

    Attributes:
        rebuild_macs: units are removed only once the dead ones hold at least this many MACs, or in the last epoch.
        cost_size: `(H, W)` for which MACs are counted; None for the training inputs' own (the public code always
            takes 224x224).
        counter: who counts them.
        reactivated: the weights that iterative reactivation makes trainable again.
        correct_shift: fold removed channels' constant output into the next BatchNorm.
        recalibration_batches: for the BatchNorm statistics after a removal.

    Raises:
        ArchitectureError: a field out of range.
    """

    rebuild_macs: Whole = 0
    cost_size: Size | None = None
    counter: Counter = "exact"
    reactivated: SupernetSet = "blocks"
    correct_shift: bool = False
    recalibration_batches: Count = 10

    def __post_init__(self) -> None:
        check_fields(self, ArchitectureError)


def input_sizes(net: nn.Module, image_size: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """`(H, W)` that every unit group sees for one `image_size` image, found by one pass of one empty image."""
    sizes: dict[str, tuple[int, int]] = {}
    names = {module: name for name, module in unit_groups(net).items()}

    def remember(module: nn.Module, args: tuple[Tensor, ...]) -> None:
        sizes[names[module]] = (args[0].shape[2], args[0].shape[3])  # type: ignore[index]

    hooks = [module.register_forward_pre_hook(remember) for module in names]
    like = next(net.parameters())
    training = net.training
    try:
        net.eval()
        with torch.no_grad():
            # in eval mode, which leaves running statistics alone
            net(torch.zeros(1, 3, *image_size, device=like.device, dtype=like.dtype))
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    return sizes


class ImportancePenalty:
    """sum over units of penalty_u |r_u|, with penalty_u the MACs of a unit relative to the mean unit.

    The mean is taken once, over all units of the supernet, so that a subnet is not punished for having become
    cheap; token costs are refreshed as tokens die, because attention is quadratic in their number.
    """

    def __init__(
        self,
        net: nn.Module,
        image_size: tuple[int, int],
        normaliser: float | None = None,
        counter: Counter = "exact",
    ) -> None:
        self.sizes, self.counter = input_sizes(net, image_size), counter
        if normaliser is None:
            groups = unit_groups(net)
            macs = sum(group.macs_of_units(self.sizes[name], counter) for name, group in groups.items())
            units = sum(group.units for group in groups.values())
            normaliser = macs / units if units else 1.0  # an architecture may have nothing to search
        self.normaliser = normaliser
        self.refresh(net)

    def refresh(self, net: nn.Module) -> None:
        """Follow the net after units were removed."""
        groups = unit_groups(net)
        self.scales: list[Tensor] = [group.scale for group in groups.values() if group.scale is not None]
        costs = [group.macs_per_unit(self.sizes[name], self.counter) for name, group in groups.items()]
        self.penalties = [(cost / self.normaliser).to(scale) for cost, scale in zip(costs, self.scales, strict=True)]

    @torch.no_grad()
    def add_gradients(self, rho: float) -> None:
        """Add the gradient of `rho` times the penalty, rho penalty_u sign(r_u), to the scales' gradients."""
        if rho and self.scales:
            signs = torch._foreach_sign([scale.detach() for scale in self.scales])
            torch._foreach_addcmul_(gradients(self.scales), self.penalties, signs, value=rho)

    def macs_of(self, net: nn.Module, survivors: Mapping[str, Tensor]) -> float:
        """MACs of all units that are not among the survivors of their group."""
        groups = unit_groups(net)
        costs = {name: groups[name].macs_per_unit(self.sizes[name], self.counter) for name in survivors}
        return sum(float(costs[name].sum() - costs[name][keep.cpu()].sum()) for name, keep in survivors.items())


def surviving_units(
    net: nn.Module, drop_threshold: float, averages: Averages | None = None, last: bool = False
) -> dict[str, Tensor]:
    """Per group that loses units, the int64 indices of those that stay: |r| >= eps (Alg. 1 l.5).

    With averages, a unit is dead only if its importance and the average of it both are below the threshold; in the
    `last` epoch, after which the averages are the net, if the average is.
    """
    survivors: dict[str, Tensor] = {}
    for name, group in unit_groups(net).items():
        assert group.scale is not None
        alive = group.scale.detach().abs() >= drop_threshold
        if averages is not None:
            on_average = averages.values[f"{name}.{_scale_name(group)}"].abs() >= drop_threshold
            alive = on_average if last else alive | on_average
        if not alive.all():
            survivors[name] = alive.nonzero().squeeze(1)
    return survivors


def _scale_name(group: UnitGroup) -> str:
    return next(name for name, parameter in group.named_parameters() if parameter is group.scale)


@torch.no_grad()
def remove_units(
    net: nn.Module,
    survivors: Mapping[str, Tensor],
    followers: Iterable[Follower] = (),
    correct_shift: bool = False,
) -> None:
    """Rebuild groups smaller, in place; survivors keep weights, BatchNorm state, masks, moments and averages.

    Args:
        survivors: per group name the indices to keep, ascending; groups not named stay as they are.
        followers: whatever else is shaped like the parameters.
        correct_shift: fold what a removed channel still contributes, relu(shift), into the running mean of
            the next BatchNorm; exact for units of zero scale.
    """
    followers = list(followers)
    modules = dict(net.named_modules())
    for name, keep in survivors.items():
        group = modules[name]
        assert isinstance(group, UnitGroup)
        if correct_shift:
            group.fold_shift(keep)
        if not len(keep):
            before = group.state_dict().keys()
            group.emptied()
            for tensor in before - group.state_dict().keys():
                for follower in followers:
                    follower.drop(f"{name}.{tensor}")
            continue
        for cut in group.cuts(keep):
            _cut_in_place(group, cut.name, cut.dim, cut.index)
            for follower in followers:
                follower.cut(f"{name}.{cut.name}", cut.dim, cut.index)
        group.resized(keep)


def _cut_in_place(module: nn.Module, name: str, dim: int, index: Tensor) -> None:
    path, _, leaf = name.rpartition(".")
    owner = module.get_submodule(path)
    tensor = getattr(owner, leaf) if not leaf.isdigit() else owner[int(leaf)]  # type: ignore[index]
    if isinstance(tensor, nn.Parameter):
        # the Parameter object stays, so the optimizer goes on holding the right one
        tensor.data = canonical(tensor.data.index_select(dim, index))
        tensor.grad = None
    else:
        setattr(owner, leaf, tensor.index_select(dim, index))


def groups_of(net: nn.Module) -> dict[str, UnitGroup]:
    """All groups of `net`, also those whose units are gone, by module name, in definition order."""
    return {name: m for name, m in net.named_modules() if isinstance(m, UnitGroup)}


def shape_of(net: nn.Module) -> UnitShape:
    """How many search units live where: with the config, enough to rebuild the subnet."""
    return {name: group.shape() for name, group in groups_of(net).items()}


def reduce_to(net: nn.Module, shape: Mapping[str, list[int]]) -> None:
    """Remove units of a fresh net until it has a searched shape; which ones is of no importance, they are all new.

    Raises:
        ArchitectureError: when the shape does not fit the net.
    """
    # weights of an outline stay outlines when they are cut: its mode would only make ten thousand calls slower
    with torch._C.DisableTorchFunction():
        remove_units(net, {name: keep for name, (_, keep) in _kept_units(groups_of(net), shape).items()})


def reduced_layout(layout: Layout, groups: Mapping[str, UnitGroup], shape: Mapping[str, list[int]]) -> Layout:
    """The layout that a net would have after `reduce_to`.

    Args:
        layout: of the net; its entries are replaced.
        groups: of the net, by name; equal ones may be the same.

    Raises:
        ArchitectureError: when the shape does not fit the net.
    """
    state, parameters = layout
    gone = set()
    with torch._C.DisableTorchFunction():
        for name, (group, keep) in _kept_units(groups, shape).items():
            if not len(keep):
                gone |= {f"{name}.{part}" for part in group.path}
                continue
            for cut in group.cuts(keep):
                kind, before = state[f"{name}.{cut.name}"]
                state[f"{name}.{cut.name}"] = Entry(kind, (*before[: cut.dim], len(cut.index), *before[cut.dim + 1 :]))
    if gone:
        state = {name: entry for name, entry in state.items() if gone.isdisjoint(_paths(name))}
    return Layout(state, parameters & state.keys())


def _paths(name: str) -> list[str]:
    """The name itself and those of all that it is a part of."""
    return list(accumulate(name.split("."), lambda path, part: f"{path}.{part}"))


def _kept_units(groups: Mapping[str, UnitGroup], shape: Mapping[str, list[int]]) -> dict[str, tuple[UnitGroup, Tensor]]:
    """The groups that have more units than in `shape`, and which of them stay.

    Raises:
        ArchitectureError: when the shape does not fit the net.
    """
    if groups.keys() != shape.keys():
        odd = min(groups.keys() ^ shape.keys())
        raise ArchitectureError(f"shape and net differ at {odd}: the ticket belongs to another architecture")
    kept = {}
    for name, group in groups.items():
        counts = group.shape()
        live: object = shape[name]
        if not isinstance(live, list) or not all(type(count) is int and count >= 0 for count in live):
            raise ArchitectureError(f"shape of {name} is {str(live)[:80]}: give a list of whole numbers")
        if shape[name] and (
            len(shape[name]) != len(counts) or any(a > b for a, b in zip(shape[name], counts, strict=True))
        ):
            raise ArchitectureError(f"shape of {name} is {shape[name]}, the net has {counts}")
        if shape[name] != counts:
            kept[name] = group, group.keep_for(shape[name])
    return kept
