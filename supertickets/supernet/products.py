"""Matrix products of the supernet's own layers; importing the package makes them known."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from supertickets.products import Product, WeightProduct, attention, no_products, products_of
from supertickets.supernet.depthwise import MixedDepthwise
from supertickets.supernet.transformer import Attention, TokenTransformer

products_of(TokenTransformer)(no_products)  # its learned queries are only added to


@products_of(MixedDepthwise)
def _depthwise(module: MixedDepthwise, _inputs: tuple[Tensor], output: Tensor) -> Iterable[Product]:
    positions = output.numel() // output.shape[1]
    for path, channels in enumerate(module.channels):
        if channels:
            yield WeightProduct(f"weights.{path}", positions, "depthwise", groups=channels)


@products_of(Attention)
def _attention(module: Attention, inputs: tuple[Tensor, Tensor], _output: Tensor) -> Iterable[Product]:
    """`out_proj` is called as a module and has its own rule; `in_proj` is not."""
    width, (query, memory) = module.width, inputs
    images = query.numel() // (query.shape[-2] * width)
    for name, tokens, rows in (("query", query, slice(width)), ("memory", memory, slice(width, None))):
        yield WeightProduct("in_proj.weight", images * tokens.shape[-2], rows=rows, part=name)
    yield from attention(images, query.shape[-2], memory.shape[-2], width)
