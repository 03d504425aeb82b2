"""Searching inside a supernet: importance, resource-aware l1 penalty, removal of search units (Sec. 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from supertickets.memory import canonical, gradients
from supertickets.sparse import Averages, UnitFollower
from supertickets.supernet import Supernet, UnitGroup, build, unit_groups
from supertickets.supernet.config import SupernetConfig, SupernetError

Layout = dict[str, list[int]]
"""Live search units of every group by module name; an empty list is a group without units."""


def input_sizes(net: Supernet, image_size: tuple[int, int]) -> dict[str, tuple[int, int]]:
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

    def __init__(self, net: Supernet, image_size: tuple[int, int], normaliser: float | None = None) -> None:
        self.sizes = input_sizes(net, image_size)
        if normaliser is None:
            costs = torch.cat([g.macs_per_unit(self.sizes[name]) for name, g in unit_groups(net).items()])
            normaliser = float(costs.double().mean())
        self.normaliser = normaliser
        self.refresh(net)

    def refresh(self, net: Supernet) -> None:
        """Follow the net after units were removed."""
        groups = unit_groups(net)
        self.scales: list[Tensor] = [group.scale for group in groups.values() if group.scale is not None]
        costs = [group.macs_per_unit(self.sizes[name]) for name, group in groups.items()]
        device = next(net.parameters()).device
        self.penalties = (torch.cat(costs) / self.normaliser).to(device) if costs else torch.zeros(0, device=device)
        self._parts = self.penalties.split([len(cost) for cost in costs]) if costs else ()

    def __call__(self) -> Tensor:
        """The penalty, a scalar with gradient."""
        if not self.scales:
            return self.penalties.sum()
        return torch.dot(self.penalties, torch.cat([scale.abs() for scale in self.scales]))

    @torch.no_grad()
    def add_gradients(self, rho: float) -> None:
        """Add the gradient of `rho` times the penalty, rho penalty_u sign(r_u), to the scales' gradients."""
        if rho and self.scales:
            signs = torch._foreach_sign([scale.detach() for scale in self.scales])
            torch._foreach_addcmul_(gradients(self.scales), list(self._parts), signs, value=rho)


def surviving_units(net: nn.Module, drop_threshold: float, averages: Averages | None = None) -> dict[str, Tensor]:
    """Per group that loses units, the int64 indices of those that stay: |r| >= eps (Alg. 1 l.5).

    With averages, a unit is dead only if both its importance and the average's are below the threshold.
    """
    survivors: dict[str, Tensor] = {}
    for name, group in unit_groups(net).items():
        assert group.scale is not None
        alive = group.scale.detach().abs() >= drop_threshold
        if averages is not None:
            alive |= averages.values[f"{name}.{_scale_name(group)}"].abs() >= drop_threshold
        if not alive.all():
            survivors[name] = alive.nonzero().squeeze(1)
    return survivors


def _scale_name(group: UnitGroup) -> str:
    return next(name for name, parameter in group.named_parameters() if parameter is group.scale)


@torch.no_grad()
def remove_units(
    net: nn.Module,
    survivors: Mapping[str, Tensor],
    followers: Iterable[UnitFollower] = (),
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
            for tensor in [*dict(group.named_parameters()), *dict(group.named_buffers())]:
                if _belongs_to_units(tensor):
                    for follower in followers:
                        follower.drop(f"{name}.{tensor}")
            group.emptied()
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


def _belongs_to_units(tensor: str) -> bool:
    """Whether a tensor goes when the group has no unit left: all but the residual and a nested group."""
    return not tensor.startswith(("shortcut.", "transformer."))


def layout(net: nn.Module) -> Layout:
    """How many search units live where: with the config, enough to rebuild the subnet."""
    return {name: m.layout() for name, m in net.named_modules() if isinstance(m, UnitGroup)}


def build_subnet(config: SupernetConfig, shape: Layout, seed: int = 0) -> Supernet:
    """A freshly initialised net of a searched shape.

    Raises:
        SupernetError: when the layout does not fit the config.
    """
    net = build(config, seed)
    groups = {name: m for name, m in net.named_modules() if isinstance(m, UnitGroup)}
    if groups.keys() != shape.keys():
        odd = min(groups.keys() ^ shape.keys())
        raise SupernetError(f"layout and supernet differ at {odd}: the ticket belongs to another supernet config")
    for name, group in groups.items():
        counts = group.layout()
        if shape[name] and (
            len(shape[name]) != len(counts) or any(a > b for a, b in zip(shape[name], counts, strict=True))
        ):
            raise SupernetError(f"layout of {name} is {shape[name]}, the supernet has {counts}")
    remove_units(
        net, {name: group.keep_for(shape[name]) for name, group in groups.items() if shape[name] != group.layout()}
    )
    return net
