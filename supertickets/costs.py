"""Parameters and multiply-accumulates (MACs) of a net, dense and under a mask, layer by layer.

Convention: one MAC is one multiplication with its addition; FLOPs would be exactly twice that. Convolutions, linear
layers and the two products of attention count; normalisation, activation, pooling, resizing and additions do not.
Costs are for one image. Nothing is run: see `supertickets.tracing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from supertickets.masks import check_fit
from supertickets.plain import plain
from supertickets.tracing import net_products


@dataclass(frozen=True)
class LayerCost:
    """Cost of one weight (or of a product without weights, `params_total` 0)."""

    name: str
    params_total: int
    params_nonzero: int
    macs_dense: int
    macs_nonzero: int


@dataclass(frozen=True)
class Cost:
    """Cost of a whole net for one image.

    `params_*` count every parameter, BatchNorm and biases included; `macs_official` is the public code's
    estimate, dense MACs times the share of parameters that remain.
    """

    params_total: int
    params_nonzero: int
    macs_dense: int
    macs_nonzero: int
    layers: tuple[LayerCost, ...]

    @property
    def macs_official(self) -> float:
        return self.macs_dense * self.params_nonzero / self.params_total


def cost(net: nn.Module, image_size: tuple[int, int], masks: Mapping[str, Tensor] | None = None) -> Cost:
    """Cost of `net` for one `(3, H, W)` image; weights outside `masks` count as non-zero where no mask is given.

    A module called several times counts every time; a weight shared by several modules is one parameter. A net pruned
    with `torch.nn.utils.prune` is under its masks; a weight that is computed (`weight_norm`, a parametrisation) is what
    it comes to (`supertickets.plain`).

    Raises:
        ProductError: products that are not all known, see `supertickets.tracing.net_products`.
        MaskError: a mask that does not belong to the net.
    """
    inferred = plain(net)
    net = inferred.net
    parameters = dict(net.named_parameters())
    check_fit(parameters, masks or {})
    masks = inferred.under(masks or {})
    nonzero = {
        name: int(masks[name].sum()) if name in masks else parameter.numel() for name, parameter in parameters.items()
    }
    macs: dict[str, tuple[int, int]] = {}
    for found in net_products(net, image_size):
        mask = found.mask(masks)
        kept = found.macs if mask is None else found.product.vectors * int(mask.sum())
        name = found.weight or f"{found.layer} (products)"
        before = macs.get(name, (0, 0))
        macs[name] = before[0] + found.macs, before[1] + kept
    layers = tuple(
        LayerCost(name, parameters[name].numel() if name in parameters else 0, nonzero.get(name, 0), *both)
        for name, both in macs.items()
    )
    return Cost(
        params_total=sum(parameter.numel() for parameter in parameters.values()),
        params_nonzero=sum(nonzero.values()),
        macs_dense=sum(layer.macs_dense for layer in layers),
        macs_nonzero=sum(layer.macs_nonzero for layer in layers),
        layers=layers,
    )
