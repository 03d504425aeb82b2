"""What is asked of a training on people's own data, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from supertickets.descriptions import Count, Positive, Size, Whole, check_fields
from supertickets.own.errors import DrawError
from supertickets.own.kinds import STRIDE
from supertickets.own.plan import Plan
from supertickets.ticket import Ticket


@dataclass(frozen=True)
class Request:
    """What is wanted of a training, data and ticket apart.

    Attributes:
        minutes: in which all is to be done, all tickets of a curve together.
        seed: of everything that is drawn by chance.
        image_size: `(H, W)` in pixels of the net's input; None chooses.
        steps: per epoch; None follows from the minutes. With it and `rate` the same request gives the same ticket.
        rate: peak learning rate; None is found.

    Raises:
        DescriptionError: a field out of range.
        DrawError: an image size that the net cannot take.
    """

    minutes: Positive = 20.0
    seed: Whole = 0
    image_size: Size | None = None
    steps: Count | None = None
    rate: Positive | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.image_size is not None and any(side % STRIDE or side > 2048 for side in self.image_size):
            raise DrawError(f"image size {self.image_size}: give multiples of {STRIDE} up to 2048")


@dataclass(frozen=True)
class Trained:
    """A ticket and how it came about.

    Attributes:
        ticket: says what it is for and where it comes from.
        scores: metrics in percent on pictures that were held out.
        constant: the first of them for an answer that looks at no picture, and that answer.
        history: what every epoch noted.
        plan: what was decided for it.
    """

    ticket: Ticket
    scores: dict[str, float]
    constant: tuple[float, str]
    history: list[dict[str, Any]]
    plan: Plan
