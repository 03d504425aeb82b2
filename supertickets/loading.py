"""Samples that are decoded when they are asked for, by other processes, ahead of when they are needed.

What becomes of a sample depends on its number and on its own seed alone, never on how many processes decode.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from supertickets.descriptions import Count, Whole, check_fields

if TYPE_CHECKING:
    from supertickets.tasks.base import Augmentation

Tensors = dict[str, Tensor]
"""Some samples as tensors by name: what one process hands to another."""

Request = TypeVar("Request")


@dataclass(frozen=True)
class Loading:
    """How samples are decoded; no result depends on it.

    Attributes:
        workers: processes that decode; 0: whoever asks decodes, when it asks.
        ahead: batches, or parts of batches, that each of them prepares before they are asked for.
        pinned: batches lie in page-locked memory, from where a GPU copies them faster.
        kept_bytes: memory of a training for samples as they were decoded, which all `workers` share; 0: none are kept.

    Raises:
        DescriptionError: a field out of range.
    """

    workers: Whole = 0
    ahead: Count = 2
    pinned: bool = False
    kept_bytes: Whole = 0

    def __post_init__(self) -> None:
        check_fields(self)


PATIENCE_S = 1800
"""Seconds that a batch may take; a process that cannot hand it over must not be waited for without end."""

HERE = Loading()
"""Whoever asks decodes."""


class OnDemand(ABC):
    """One split of a data set that is too large to be kept decoded (`supertickets.samples.Samples`).

    Attributes:
        loading: how batches are decoded.
        varies: whether `varied` changes samples at random; if not, their task does it, as it does with samples in
            memory, of which these are then the same.
    """

    loading: Loading
    varies: ClassVar[bool] = True

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def shown(self, index: Sequence[int]) -> Tensors:
        """Samples as they are scored."""

    @abstractmethod
    def varied(
        self, index: Sequence[int], seeds: Sequence[int], size: tuple[int, int], augmentation: Augmentation
    ) -> Tensors:
        """Samples as they are trained on: pictures of `size`, each changed at random as its seed says, if any is."""

    @abstractmethod
    def part(self, tensors: Tensors) -> Any:
        """The same in the form that the task reads."""

    @abstractmethod
    def prepare(self) -> None:
        """Load what decoding needs, if anything: once, before other processes are forked."""

    @abstractmethod
    def loaded(self, loading: Loading) -> Self:
        """The same samples, decoded otherwise."""

    def keeping(self) -> Self:
        """The same samples, of which as many stay decoded as `loading` says; one training has them."""
        return self

    def take(self, index: Tensor) -> Any:
        """Samples `index` as they are scored, in that order."""
        return self.part(self.shown(index.tolist()))

    def parts(self, size: int) -> Iterator[Any]:
        """All samples in order, as they are scored, `size` at a time."""
        self.prepare()
        chunks = (range(start, min(start + size, len(self))) for start in range(0, len(self), size))
        with_others = decoded_ahead(self.shown, chunks, self.loading)
        return map(self.part, with_others)


class Stream:
    """Training samples in portions, which are numbered; while one is computed, the next ones are decoded.

    Args:
        request: number of a portion, and purpose -> what `OnDemand.varied` is given.
    """

    def __init__(self, samples: OnDemand, request: Callable[[int, str], tuple[Any, ...]]) -> None:
        self.samples, self._request = samples, request
        # nothing that decodes may hold this object, or its processes would outlive it
        self._varied = partial(_varied, samples)
        self._next: tuple[int, str] | None = None
        self._decoded: Generator[Tensors] = decoded_ahead(self._varied, (), HERE)

    def part(self, number: int, purpose: str) -> Any:
        """The samples of a portion; numbers that do not follow each other cost a new beginning."""
        if self._next != (number, purpose):
            self._decoded.close()
            self.samples.prepare()
            request = self._request
            requests = (request(following, purpose) for following in itertools.count(number))
            self._decoded = decoded_ahead(self._varied, requests, self.samples.loading)
        self._next = None  # should this portion fail
        found = self.samples.part(next(self._decoded))
        self._next = number + 1, purpose
        return found


def _varied(samples: OnDemand, request: tuple[Any, ...]) -> Tensors:
    return samples.varied(*request)


def decoded_ahead(
    decode: Callable[[Request], Tensors], requests: Iterable[Request], loading: Loading
) -> Generator[Tensors]:
    """What `decode` makes of each request, in their order; closing it ends the processes.

    Raises:
        Exception: what `decode` raises, as it was raised.
    """
    if not loading.workers:
        yield from map(decode, requests)
        return
    loader = DataLoader(
        _Decoder(decode),
        sampler=requests,
        batch_size=None,
        num_workers=loading.workers,
        prefetch_factor=loading.ahead,
        pin_memory=loading.pinned,
        timeout=PATIENCE_S,
        # what is decoded from lies in arrays that all processes share
        multiprocessing_context="fork",
    )
    found = iter(loader)
    try:
        for one in found:
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        del found  # ends the processes, also where an error's traceback keeps this frame


class _Decoder(Dataset[Any]):
    """Decodes by request; an error is handed over, since torch would put the other process's traceback into it."""

    def __init__(self, decode: Callable[[Any], Tensors]) -> None:
        self.decode = decode

    def __getitem__(self, request: Any) -> Tensors | Exception:
        try:
            return self.decode(request)
        except Exception as error:
            return error


def stacked(samples: Iterable[Tensors]) -> Tensors:
    """Samples one after the other as tensors with one more axis.

    Raises:
        ValueError: pictures of several sizes.
    """
    found = list(samples)
    try:
        return {name: torch.stack([one[name] for one in found]) for name in found[0]}
    except RuntimeError as error:
        raise ValueError("pictures of several sizes do not make a batch: score one at a time (batch size 1)") from error
