"""Lightweight transformer on the identity path of a searching block; its search units are tokens."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from supertickets.units import Counter, Cut, UnitGroup, batch_norm_cuts

DROPOUT = 0.1


class Attention(nn.Module):
    """Single-head attention without biases: `(B, n, d), (B, m, d) -> (B, n, d)`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.in_proj = nn.Linear(width, 3 * width, bias=False)
        self.out_proj = nn.Linear(width, width, bias=False)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        to_query, to_memory = self.in_proj.weight.split([self.width, 2 * self.width])
        key, value = F.linear(memory, to_memory).chunk(2, dim=-1)
        mixed = F.scaled_dot_product_attention(
            F.linear(query, to_query), key, value, dropout_p=DROPOUT if self.training else 0.0
        )
        return self.out_proj(mixed)


class TokenLayer(nn.Module):
    """One post-norm transformer layer: attention over `memory`, then a feed-forward net of the same width.

    `query` attends, `residual` is what the result is added to: they differ in the decoder, whose
    queries are learned and whose residual is the encoded tokens.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = Attention(width)
        self.attention_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, width, bias=False)
        self.narrow = nn.Linear(width, width, bias=False)
        self.feedforward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, query: Tensor, memory: Tensor, residual: Tensor) -> Tensor:
        x = self.attention_norm(residual + self.dropout(self.attention(query, memory)))
        hidden = self.narrow(self.dropout(F.relu(self.widen(x))))
        return self.feedforward_norm(x + self.dropout(hidden))


class TokenTransformer(UnitGroup):
    """`x + branch(x)`, where the branch mixes `tokens` whole-image descriptors (HR-NAS).

    Shapes `(B, C, H, W) -> (B, C, H, W)`. The feature map is resized to a `grid x grid` map, two
    standardised position channels are appended, a 1x1 convolution forms one token per output channel.
    Parameters for C channels, 64 tokens, grid 8: 54,016 + 130 C.
    """

    path = ("to_tokens", "token_bn", "encoder", "decoder", "from_tokens", "output_bn", "queries")

    def __init__(self, channels: int, tokens: int, grid: int) -> None:
        super().__init__()
        self.channels, self.grid, self.initial_tokens = channels, grid, tokens
        width = grid * grid
        self.to_tokens = nn.Conv2d(channels + 2, tokens, 1, bias=False)
        self.token_bn = nn.BatchNorm2d(tokens)
        self.encoder = TokenLayer(width)
        self.queries: nn.Parameter | None = nn.Parameter(torch.empty(tokens, width))
        self.decoder = TokenLayer(width)
        self.from_tokens = nn.Conv2d(tokens, channels, 1, bias=False)
        self.output_bn = nn.BatchNorm2d(channels)
        index = torch.arange(grid, dtype=torch.float32)
        index = (index - index.mean()) / index.std(correction=0)
        self.register_buffer("positions", torch.stack(torch.meshgrid(index, index, indexing="ij")), persistent=False)
        self.positions: Tensor

    def forward(self, x: Tensor) -> Tensor:
        if self.queries is None:
            return x
        batch, size = x.shape[0], x.shape[2:]
        # 8x8 maps are tiny: plain layout, so that a token's positions are contiguous
        coarse = F.interpolate(x, (self.grid, self.grid), mode="bilinear", align_corners=False)
        coarse = torch.cat([coarse, self.positions.expand(batch, -1, -1, -1)], dim=1)
        tokens = self.token_bn(self.to_tokens(coarse)).flatten(2)
        encoded = self.encoder(tokens, tokens, tokens)
        decoded = self.decoder(self.queries.expand(batch, -1, -1), encoded, encoded)
        mixed = self.output_bn(self.from_tokens(decoded.unflatten(2, (self.grid, self.grid))))
        return x + F.interpolate(mixed, size, mode="bilinear", align_corners=False)

    @property
    def units(self) -> int:
        return len(self.queries) if self.queries is not None else 0

    @property
    def scale(self) -> nn.Parameter | None:
        return self.token_bn.weight if self.units else None

    def cuts(self, keep: Tensor) -> Iterator[Cut]:
        yield Cut("to_tokens.weight", 0, keep)
        yield from batch_norm_cuts("token_bn", keep)
        yield Cut("queries", 0, keep)
        yield Cut("from_tokens.weight", 1, keep)

    def resized(self, keep: Tensor) -> None:
        self.to_tokens.out_channels = self.token_bn.num_features = self.from_tokens.in_channels = len(keep)

    def shape(self) -> list[int]:
        return [self.units] if self.units else []

    def keep_for(self, shape: list[int]) -> Tensor:
        return torch.arange(shape[0] if shape else 0)

    def macs(self, tokens: int) -> int:
        """Multiply-accumulates of one image with `tokens` tokens; independent of the image size."""
        width = self.grid * self.grid
        projections = width * tokens * (2 * self.channels + 2)
        linears = 2 * tokens * 6 * width * width  # in_proj 3, out_proj 1, feed-forward 2; encoder and decoder
        attention = 2 * 2 * tokens * tokens * width  # scores and mixture; encoder and decoder
        return projections + linears + attention

    def macs_as_counted(self, tokens: int) -> int:
        """What the public code's counter sees of `macs`.

        Both convolutions, the encoder's attention without its output layer and with half of its products, and one MAC
        per token for each feed-forward layer; nothing of the decoder's attention.
        """
        width = self.grid * self.grid
        projections = width * tokens * (2 * self.channels + 2)
        attention = 4 * tokens * width * width + 2 * tokens * tokens * width
        return projections + attention + 4 * tokens

    def macs_per_unit(self, input_size: tuple[int, int], counter: Counter = "exact") -> Tensor:
        # the last token's share of the quadratic attention cost comes on top of the average linear cost
        n = self.units
        if counter == "exact":
            return torch.full((n,), float(self.macs(n) - self.macs(n - 1)))
        # the public code adds that share to the mean cost in the supernet, which has its own share in it already
        mean = self.macs_as_counted(self.initial_tokens) / self.initial_tokens
        return torch.full((n,), mean + 2 * (2 * n - 1) * self.grid * self.grid)

    def macs_of_units(self, input_size: tuple[int, int], counter: Counter = "exact") -> float:
        return super().macs_of_units(input_size) if counter == "exact" else float(self.macs_as_counted(self.units))
