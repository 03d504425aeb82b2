"""Which elements of a tensor's memory are used how often, without looking at one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from torch import Tensor


class Uses:
    """How often every element of one memory was used, from views of it.

    A block of memory is two steps, up where it begins and down where it ends, so that equal uses are equal steps,
    however blocks were cut; a view with holes counts as itself.
    """

    def __init__(self, views: Iterable[tuple[Tensor, int]] = ()) -> None:
        self._steps: Counter[Hashable] = Counter()
        for view, times in views:
            self.add(view, times)

    def add(self, view: Tensor, times: int) -> None:
        """Every element of `view` was used so many times."""
        dims = sorted(
            (stride, size) for size, stride in zip(view.shape, view.stride(), strict=True) if size > 1 and stride
        )
        start, length = view.storage_offset(), 1
        if not view.numel():
            return
        for stride, size in dims:
            if stride != length:
                self._steps[start, *dims] += times
                return
            length *= size
        self._steps[start] += times
        self._steps[start + length] -= times

    def __bool__(self) -> bool:
        return bool(self._steps)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uses) and self._left() == other._left()

    __hash__ = None  # type: ignore[assignment]

    def _left(self) -> dict[Hashable, int]:
        return {place: times for place, times in self._steps.items() if times}
