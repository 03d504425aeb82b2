"""One layer as a sparse matrix product: dot products of stationary weights with streamed vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from supertickets.products import Kind

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gemm:
    """A block-diagonal matrix of weights times a dense matrix of streamed vectors.

    Every group (block) has equally many dot products (rows), over values of its own; one group is an ordinary
    product. A grouped convolution has its groups, a depthwise one a group per channel, attention one per head.

    Attributes:
        name: unique within a net.
        weight: name of the parameter, None for a product of two activations.
        kind: what the layer is.
        counts: `(rows,)` non-zeros of each dot product, group by group.
        columns: `(groups,)` values of a streamed vector that the group needs: those that meet any non-zero.
        length: values of one dense dot product (K).
        vectors: streamed vectors per image (output positions, tokens).
        kept: `(groups, rows per group, K)`, True where a weight is not zero; None where only counts are known.
    """

    name: str
    weight: str | None
    kind: Kind
    counts: Counts
    columns: Counts
    length: int
    vectors: int
    kept: NDArray[np.bool_] | None = None

    @classmethod
    def of_mask(cls, name: str, weight: str | None, kind: Kind, kept: NDArray[np.bool_], vectors: int) -> Gemm:
        """From the mask of a weight, `(groups, rows per group, K)`."""
        return cls(name, weight, kind, kept.sum(2).reshape(-1), kept.any(1).sum(1), kept.shape[2], vectors, kept)

    @classmethod
    def dense(cls, name: str, weight: str | None, kind: Kind, shape: tuple[int, int, int], vectors: int) -> Gemm:
        """Without zeros, `(groups, rows per group, K)`."""
        groups, rows, length = shape
        kept = np.broadcast_to(np.True_, shape)
        return cls(name, weight, kind, np.full(groups * rows, length), np.full(groups, length), length, vectors, kept)

    @property
    def groups(self) -> int:
        return len(self.columns)

    @property
    def rows(self) -> int:
        """Dot products of all groups together."""
        return len(self.counts)

    @property
    def places(self) -> Counts | None:
        """`(nonzeros,)` number of the streamed value that each non-zero meets, dot product by dot product.

        Values of different groups have different numbers. None where only counts are known.
        """
        if self.kept is None:
            return None
        flat = np.flatnonzero(self.kept)
        return flat // (self.rows // self.groups * self.length) * self.length + flat % self.length

    @property
    def nonzeros(self) -> int:
        return int(self.counts.sum())

    @property
    def macs(self) -> int:
        """Multiply-accumulates that a design which skips weight zeros cannot avoid, per image."""
        return self.nonzeros * self.vectors
