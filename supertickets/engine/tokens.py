"""The transformer of a searching block as operations: tokens are pixels of a row, what a token consists of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from supertickets.engine.filters import filters_of
from supertickets.engine.operations import Operation
from supertickets.engine.tensors import Form, Tensor
from supertickets.supernet.transformer import TokenLayer, TokenTransformer

if TYPE_CHECKING:
    from supertickets.engine.lowering import Lowering


def mixed_tokens(lowering: Lowering, transformer: TokenTransformer, x: Tensor) -> Tensor:
    """`transformer(x)`."""
    if transformer.queries is None:
        return x
    grid = Form(transformer.grid, transformer.grid)
    coarse = lowering.resized(x, grid, smooth=True, first=None, relu=False)
    to_tokens = filters_of(transformer.to_tokens.weight).followed_by(transformer.token_bn)
    seen = to_tokens.reading(0, x.channels)
    # what the two channels of positions come to is the same for every picture
    where = to_tokens.reading(x.channels, 2)
    constant = torch.zeros(len(where.bias), grid.height, grid.width)
    for output, channel, weight in zip(where.output, where.channel, where.weight, strict=True):
        constant[output] += float(weight) * transformer.positions[channel]
    planes = lowering.convolved(coarse, seen, first=lowering.constant(constant))

    tokens = Tensor.new(grid.height * grid.width, Form(1, planes.channels))
    _transpose(lowering, planes, tokens)
    encoded = _layer(lowering, transformer.encoder, None, tokens, tokens)
    decoded = _layer(lowering, transformer.decoder, transformer.queries, encoded, encoded)
    planes = Tensor.new(planes.channels, grid)
    _transpose(lowering, decoded, planes)
    from_tokens = filters_of(transformer.from_tokens.weight).followed_by(transformer.output_bn)
    mixed = lowering.convolved(planes, from_tokens)
    return lowering.resized(mixed, x.form, smooth=True, first=x, relu=False)


def _layer(
    lowering: Lowering, layer: TokenLayer, queries: torch.Tensor | None, memory: Tensor, residual: Tensor
) -> Tensor:
    """A transformer layer; without given queries the memory's tokens ask."""
    attention, width = layer.attention, layer.attention.width
    to_query, to_key, to_value = attention.in_proj.weight.detach().split(width)
    to_query = to_query / width**0.5
    if queries is None:
        query = lowering.convolved(memory, filters_of(to_query))
    else:
        query = lowering.constant((to_query @ queries.detach().T)[:, None, :])
    key, value = (lowering.convolved(memory, filters_of(weight)) for weight in (to_key, to_value))

    scores = Tensor.new(memory.form.width, Form(1, query.form.width))
    transposed = {"depth": width, "first_channel": 1, "first_row": key.form.channel}
    lowering.add(Operation("multiply", query, scores, key, counts=transposed))
    shares = Tensor.new(scores.channels, scores.form)
    lowering.add(Operation("softmax", scores, shares))
    mixture = Tensor.new(width, query.form)
    plain = {"depth": scores.channels, "first_channel": value.form.channel, "first_row": 1}
    lowering.add(Operation("multiply", shares, mixture, value, counts=plain))

    attended = lowering.convolved(mixture, filters_of(attention.out_proj.weight), first=residual)
    x = _normalised(lowering, attended, layer.attention_norm)
    hidden = lowering.convolved(x, filters_of(layer.widen.weight), relu=True)
    return _normalised(
        lowering, lowering.convolved(hidden, filters_of(layer.narrow.weight), first=x), layer.feedforward_norm
    )


def _normalised(lowering: Lowering, x: Tensor, norm: torch.nn.LayerNorm) -> Tensor:
    out = Tensor.new(x.channels, x.form)
    arrays = {
        name: value.detach().numpy().astype(np.float32) for name, value in (("scale", norm.weight), ("bias", norm.bias))
    }
    lowering.add(Operation("normalise", x, out, arrays=arrays, eps=norm.eps))
    return out


def _transpose(lowering: Lowering, source: Tensor, out: Tensor) -> None:
    """Planes of a grid to one row per place in it, or back: the one with more than one row is the grid."""
    planes, rows = (source, out) if source.form.height > 1 else (out, source)
    height, width, tokens = planes.form.height, planes.form.width, planes.channels
    across, along = rows.form.channel, planes.form
    of_planes = {"row": along.row, "column": 1, "channel": along.channel}
    of_rows = {"row": width * across, "column": across, "channel": 1}
    read, written = (of_planes, of_rows) if source is planes else (of_rows, of_planes)
    counts = {f"in_{name}": count for name, count in read.items()}
    counts |= {f"out_{name}": count for name, count in written.items()}
    counts |= {"channels": tokens, "height": height, "width": width}
    lowering.add(Operation("transpose", source, out, counts=counts))
