"""From a net to its matrix products: convolutions (im2col), linear layers and attention, in order of execution.

Only shapes and masks matter, never data: streamed activations count as dense. Biases, normalisation, pooling,
resizing and additions multiply no matrix and are left out, as in `supertickets.costs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from bench.accelerator.gemm import Gemm
from supertickets.masks import check_fit
from supertickets.plain import plain
from supertickets.tracing import NetProduct, net_products


def lower(net: nn.Module, image_size: tuple[int, int], masks: Mapping[str, Tensor] | None = None) -> tuple[Gemm, ...]:
    """All matrix products of `net` for one `(3, H, W)` image; a weight without a mask counts as dense.

    A weight that several modules share has the mask of its first name, and pruned or computed weights are taken as in
    `supertickets.costs`.

    Raises:
        ProductError: when the net multiplies where no rule is known (the message names the module).
        MaskError: when a mask does not belong to the net.
    """
    inferred = plain(net)
    check_fit(dict(inferred.net.named_parameters()), masks or {})
    return under(inferred.under(masks or {}), net_products(inferred.net, image_size))


def under(masks: Mapping[str, Tensor], products: Iterable[NetProduct]) -> tuple[Gemm, ...]:
    """Products of a net under masks of the net."""
    return tuple(_gemm(product, product.mask(masks)) for product in products)


def _gemm(found: NetProduct, mask: Tensor | None) -> Gemm:
    kind, vectors = found.product.kind, found.product.vectors
    if mask is None:
        return Gemm.dense(found.name, found.weight, kind, found.shape, vectors)
    return Gemm.of_mask(found.name, found.weight, kind, mask.detach().cpu().numpy(), vectors)
