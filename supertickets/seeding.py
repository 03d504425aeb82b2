"""Random streams as functions of (seed, purpose, position), so that resuming a run needs no stored random state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def derive_seed(seed: int, *purpose: object) -> int:
    """A 63-bit seed that depends on every argument and on nothing else."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: object) -> torch.Generator:
    """A CPU generator for one purpose."""
    return torch.Generator().manual_seed(derive_seed(seed, *purpose))


@contextmanager
def seeded(seed: int, *purpose: object) -> Iterator[None]:
    """Global torch random state for one purpose (dropout), put back afterwards."""
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, *purpose))
        yield


class Draws:
    """Random numbers of one batch, one per sample, on the CPU whatever device they are used on.

    Every process draws for the whole batch and sees its own share, so that neither the number of processes nor the
    device changes what happens to a sample.

    Args:
        count: samples of the whole batch.
        share: positions of the samples that are wanted; all when None.
    """

    def __init__(self, generator: torch.Generator, count: int, share: slice | None = None) -> None:
        self._generator, self._count, self._share = generator, count, share or slice(None)

    def uniform(self, low: float, high: float) -> Tensor:
        """`(share,)`, uniform in low..high."""
        return (torch.rand(self._count, generator=self._generator) * (high - low) + low)[self._share]

    def normal(self) -> Tensor:
        """`(share,)`, standard normal."""
        return torch.randn(self._count, generator=self._generator)[self._share]

    def chance(self, probability: float) -> Tensor:
        """Bool `(share,)`, True with a probability."""
        return (torch.rand(self._count, generator=self._generator) < probability)[self._share]


class DataOrder:
    """Endless stream of sample indices: one fresh permutation of `samples` per pass, cut into batches."""

    def __init__(self, samples: int, batch_size: int, seed: int) -> None:
        if samples < 1:
            raise ValueError("the training split is empty")
        self.samples, self.batch_size, self.seed = samples, batch_size, seed
        self._passes: dict[int, Tensor] = {}

    def _permutation(self, number: int) -> Tensor:
        if number not in self._passes:
            drawn = torch.randperm(self.samples, generator=generator(self.seed, "order", number))
            self._passes = {k: v for k, v in self._passes.items() if k >= number - 1} | {number: drawn}
        return self._passes[number]

    def batch(self, step: int) -> Tensor:
        """int64 `(batch_size,)`, the sample indices of step `step` (0-based)."""
        positions = range(step * self.batch_size, (step + 1) * self.batch_size)
        return torch.stack([self._permutation(p // self.samples)[p % self.samples] for p in positions])
