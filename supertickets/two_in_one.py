"""Algorithm 1: search an architecture and prune its weights inside one supernet training.

The numbers at the right margin are the line numbers of Algorithm 1 in the paper. Everything the algorithm acts
on is behind `Searchable`: how weights are updated, where they live and how a run is stored is none of its business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from supertickets.descriptions import Count, NotNegative, check_fields
from supertickets.masks import check_sparsity
from supertickets.schedule import target_sparsity


class AlgorithmError(ValueError):
    """Settings the algorithm cannot run with; the message names the field and the remedy."""


@dataclass(frozen=True)
class TwoInOne:
    """Inputs and switches of Algorithm 1; the switches are where paper and public code differ (docs/DEVIATIONS.md).

    Attributes:
        epochs, search_interval, prune_interval: t_max, t_s, t_p.
        drop_threshold: eps; units with r < eps go.
        sparsity: p in whole percent; None searches without pruning (the first half of search-then-prune).
        progressive: PP.
        reactivation: IR; `search` = IR-S (l.7), `prune` = IR-P (right after pruning), `none`.
        coincidence: epochs that are multiples of both t_s and t_p run `both` (public code) or, as Algorithm 1 is
            written, only the `search`.
        reactivate_when: at `every search` or only when `units removed`, as in the public code.
        final_ticket: at t_max the `last mask` is applied again, or the state right after the `last pruning` is taken
            (public code).

    Raises:
        AlgorithmError: a field out of range, or a sparsity that these intervals never come to.
        MaskError: a sparsity that is none.
    """

    epochs: Count
    search_interval: Count = 10
    prune_interval: Count = 25
    drop_threshold: NotNegative = 1e-3
    sparsity: int | None = 90
    progressive: bool = True
    reactivation: Literal["search", "prune", "none"] = "search"
    coincidence: Literal["both", "search"] = "both"
    reactivate_when: Literal["every search", "units removed"] = "units removed"
    final_ticket: Literal["last mask", "last pruning"] = "last mask"

    def __post_init__(self) -> None:
        if self.sparsity is not None:
            check_sparsity(self.sparsity)
        check_fields(self, AlgorithmError)
        if self.sparsity is not None:
            last = max(filter(self.prunes_at, range(1, self.epochs + 1)), default=None)
            if last is None:
                raise AlgorithmError(
                    f"no epoch up to {self.epochs} prunes with prune_interval {self.prune_interval}: shorten it"
                )
            reached = target_sparsity(last, self.prune_interval, self.sparsity, self.progressive)
            if reached < self.sparsity:
                raise AlgorithmError(
                    f"sparsity {self.sparsity} is never reached: the last pruning, at epoch {last}, goes to {reached}; "
                    "give more epochs, a shorter prune_interval or progressive=False"
                )

    def prunes_at(self, t: int) -> bool:
        """Whether epoch t ends with a pruning (l.8): the "else if", unless both run where the intervals meet."""
        meets_search = t % self.search_interval == 0 and self.coincidence == "search"
        return t % self.prune_interval == 0 and not meets_search


class Searchable(Protocol):
    """A supernet in training, as Algorithm 1 sees it."""

    def train_epoch(self, epoch: int) -> None: ...
    def remove_units(self, below: float) -> int: ...
    def recalibrate(self) -> None: ...
    def reactivate(self, everything: bool = False) -> None: ...
    def prune(self, sparsity: int) -> None: ...
    def keep_ticket(self) -> None: ...
    def apply_last_mask(self) -> None: ...


def two_in_one(supernet: Searchable, given: TwoInOne, done: int = 0) -> Iterator[int]:
    """Run Algorithm 1 on `supernet`, yielding t after every finished epoch.

    A caller may stop after any yield, store the supernet, and go on later with `done` = the last t it was given.
    After the last yield the supernet is the ticket: searched weights under the last mask.
    """
    t = done
    while t < given.epochs:  # .............................................................. l.1
        t = t + 1  # ........................................................................ l.2
        supernet.train_epoch(t)  # weights and importance factors together .................. l.3
        if t % given.search_interval == 0:  # ............................................... l.4
            removed = supernet.remove_units(below=given.drop_threshold)  # .................. l.5
            supernet.recalibrate()  # ....................................................... l.6
            if given.reactivation == "search" and (removed or given.reactivate_when == "every search"):
                supernet.reactivate()  # IR-S ............................................... l.7
        if given.prunes_at(t) and given.sparsity is not None:  # ............................ l.8
            p = target_sparsity(t, given.prune_interval, given.sparsity, given.progressive)  # l.9
            supernet.prune(p)  # ............................................................ l.10, l.11
            if given.final_ticket == "last pruning":
                supernet.keep_ticket()
            if given.reactivation == "prune":
                supernet.reactivate(everything=True)  # IR-P, the paper's ablation
        if t == given.epochs:
            supernet.apply_last_mask()  # ................................................... l.14
        yield t
