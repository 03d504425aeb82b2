"""How small a ticket is to be: a sparsity, or the least sparsity that keeps within multiply-accumulates or bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from supertickets.costs import cost
from supertickets.masks import check_sparsity
from supertickets.own.errors import DrawError
from supertickets.ticket import Ticket

DENSEST, SPARSEST = 0, 99
USUAL_SPARSITY = 90


@dataclass(frozen=True)
class Target:
    """What is asked of a ticket.

    Attributes:
        what: `sparsity` in whole percent, `macs` for one picture, or `file_size` in bytes.
        amount: exactly this sparsity; at most so many of the others.

    Raises:
        MaskError: a sparsity that is none.
        DrawError: nothing is as small as that.
    """

    what: Literal["sparsity", "macs", "file_size"]
    amount: int

    def __post_init__(self) -> None:
        if self.what == "sparsity":
            check_sparsity(self.amount)
        elif self.amount < 1:
            raise DrawError(f"{self.what} is {self.amount}: give a positive number")

    def amount_of(self, ticket: Ticket, image_size: tuple[int, int]) -> int:
        """What a ticket has of `macs` or `file_size`."""
        if self.what == "macs":
            return cost(ticket.net(), image_size, ticket.masks).macs_nonzero
        return len(ticket.to_bytes())

    def least_sparsity(self, pruned: Callable[[int], Ticket], image_size: tuple[int, int]) -> int:
        """The lowest sparsity in whole percent that keeps within the target; the sparsity itself if it is one.

        Args:
            pruned: a net at a sparsity.

        Raises:
            DrawError: not even the highest one does.
        """
        if self.what == "sparsity":
            return self.amount
        if (least := self.amount_of(pruned(SPARSEST), image_size)) > self.amount:
            raise DrawError(
                f"{self.what} {self.amount} cannot be kept: at {SPARSEST} % sparsity the net still has {least}; "
                "give more, or smaller pictures"
            )
        low, high = DENSEST, SPARSEST
        while low < high:
            middle = (low + high) // 2
            if self.amount_of(pruned(middle), image_size) <= self.amount:
                high = middle
            else:
                low = middle + 1
        return low


def target_of(sparsity: int | None, macs: int | None, file_size: int | None) -> Target:
    """The one that is given; 90 % sparsity where none is.

    Raises:
        DrawError: more than one is.
    """
    given: dict[Literal["sparsity", "macs", "file_size"], int | None] = {
        "sparsity": sparsity, "macs": macs, "file_size": file_size,
    }  # fmt: skip
    asked = [Target(what, amount) for what, amount in given.items() if amount is not None]
    if len(asked) > 1:
        raise DrawError(f"{asked[0].what} and {asked[1].what} are given: give one of {', '.join(given)}")
    return asked[0] if asked else Target("sparsity", USUAL_SPARSITY)
