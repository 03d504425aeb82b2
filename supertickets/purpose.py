"""What a ticket is for: enough to give its net a picture and to name its answers, without the training's settings."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from supertickets.descriptions import DescriptionError, Positive, Size, check_fields
from supertickets.json_values import LARGEST, LONGEST, from_json, is_unicode
from supertickets.tensor_files import TicketError

if TYPE_CHECKING:
    from supertickets.ticket import Ticket

Channels = tuple[float, float, float]
"""One number each for red, green and blue."""


@dataclass(frozen=True)
class Purpose:
    """Task, input and meaning of the outputs of a net.

    Attributes:
        task: what the outputs are: logits by class, logits by class and pixel, or heatmaps by joint.
        names: of classes or joints, by output; empty where nobody has named them.
        image_size: `(H, W)` in pixels that it was trained with.
        mean, std: pixels from 0 to 1 minus `mean`, divided by `std`, are what the net takes.

    Raises:
        DescriptionError: a field out of range, or a name that no file holds.
    """

    task: Literal["classification", "segmentation", "pose"]
    names: tuple[str, ...]
    image_size: Size
    mean: Channels
    std: tuple[Positive, Positive, Positive]

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.names) > LARGEST:
            raise DescriptionError(f"Purpose.names has {len(self.names)} names: give at most {LARGEST}")
        for name in self.names:
            if not is_unicode(name) or len(name) > LONGEST:
                texts = f"texts of at most {LONGEST} letters that UTF-8 can hold"
                raise DescriptionError(f"Purpose.names has {reprlib.repr(name)}: give {texts}")

    def check_outputs(self, outputs: int) -> None:
        """Refuse names of another number of outputs.

        Raises:
            DescriptionError: with both numbers.
        """
        if self.names and len(self.names) != outputs:
            raise DescriptionError(f"names has {len(self.names)} names for {outputs} outputs: name all or none")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Undo `dataclasses.asdict` after a trip through JSON.

        Raises:
            ValueError: for fields that this version does not know, or values that make no sense.
        """
        purpose: Self = from_json(cls, values, "the purpose")
        return purpose


def purpose_of(ticket: Ticket) -> Purpose:
    """What a ticket is for.

    Raises:
        TicketError: it does not say.
    """
    if ticket.purpose is None:
        raise TicketError(
            "the ticket does not say what it is for: set its task, names, image size and normalisation with "
            "dataclasses.replace(ticket, purpose=Purpose(...))"
        )
    return ticket.purpose
