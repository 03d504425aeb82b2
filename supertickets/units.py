"""Search units: what a module must offer so that single channels or tokens can be removed from it.

The importance r of a search unit is the |scale| of the BatchNorm attached to it (paper, Sec. 3.1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from torch import Tensor, nn

Counter = Literal["exact", "public code"]
"""Who counts MACs: every product, or what the public code's counter sees of them (docs/DEVIATIONS.md)."""


@dataclass(frozen=True)
class Cut:
    """Keep `index` along `dim` of tensor `name` (a parameter or buffer, relative to the unit group)."""

    name: str
    dim: int
    index: Tensor


class UnitGroup(nn.Module, ABC):
    """A module that holds search units of one kind.

    Subclasses say which tensors carry the units; `supertickets.searching` cuts them, and everything that follows them
    (masks, moments, averages), in one place.
    """

    path: ClassVar[tuple[str, ...]]
    """Attributes that go with the last unit."""

    @property
    @abstractmethod
    def units(self) -> int:
        """Number of live units."""

    @property
    @abstractmethod
    def scale(self) -> nn.Parameter | None:
        """`(units,)` BatchNorm scale whose magnitude is the importance r; None once all units are gone."""

    @abstractmethod
    def cuts(self, keep: Tensor) -> Iterator[Cut]:
        """Every tensor that shrinks when only the units `keep` (int64, ascending) survive."""

    @abstractmethod
    def resized(self, keep: Tensor) -> None:
        """Update bookkeeping (channel counts, split sizes) after the tensors were cut."""

    def fold_shift(self, keep: Tensor) -> None:
        """Fold what units not in `keep` still contribute by their shifts into what follows; nothing by default."""

    def emptied(self) -> None:
        """Drop the path that has no unit left, with all its parameters."""
        for name in self.path:
            setattr(self, name, None)

    @abstractmethod
    def shape(self) -> list[int]:
        """Live units per sub-range: enough to rebuild a net of this shape from its config."""

    @abstractmethod
    def keep_for(self, shape: list[int]) -> Tensor:
        """The `keep` index that turns a fresh group into one of `shape` (sizes matter, not which units)."""

    @abstractmethod
    def macs_per_unit(self, input_size: tuple[int, int], counter: Counter = "exact") -> Tensor:
        """`(units,)` multiply-accumulates that removing each single unit saves, for one `(H, W)` input."""

    def macs_of_units(self, input_size: tuple[int, int], counter: Counter = "exact") -> float:
        """Sum over units of what the penalty of the whole net takes the mean of, for one `(H, W)` input."""
        return float(self.macs_per_unit(input_size, counter).double().sum())


def unit_groups(net: nn.Module) -> dict[str, UnitGroup]:
    """All groups of `net` that still have units, by module name, in definition order."""
    return {name: m for name, m in net.named_modules() if isinstance(m, UnitGroup) and m.units > 0}


def batch_norm_cuts(name: str, keep: Tensor) -> Iterator[Cut]:
    """The four per-channel tensors of a BatchNorm."""
    for tensor in ("weight", "bias", "running_mean", "running_var"):
        yield Cut(f"{name}.{tensor}", 0, keep)


class Follower(Protocol):
    """Something that holds tensors shaped like parameters and has to shrink when search units are removed."""

    def cut(self, name: str, dim: int, index: Tensor) -> None:
        """Keep `index` along `dim` of whatever belongs to tensor `name`."""

    def drop(self, name: str) -> None:
        """Forget whatever belongs to tensor `name`, which is gone."""
