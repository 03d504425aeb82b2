"""What one does with tickets: draw, load, score, ask, count, train on, export (`import supertickets`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from torch import Tensor, nn

from supertickets.exports import ExportError, write_onnx, write_program
from supertickets.predicting import predicted
from supertickets.purpose import purpose_of
from supertickets.ticket import Ticket

if TYPE_CHECKING:
    from supertickets.costs import Cost
    from supertickets.engine import Engine
    from supertickets.own.watching import Watch

Size = tuple[int, int]
"""`(H, W)` in pixels."""


def draw(
    data: str | Path,
    task: Literal["classification", "segmentation", "pose"],
    *,
    sparsity: int | None = None,
    macs: int | None = None,
    size: int | None = None,
    minutes: float = 20.0,
    seed: int = 0,
    image_size: Size | None = None,
    steps: int | None = None,
    rate: float | None = None,
    watch: Watch | None = None,
) -> Ticket:
    """Draw a ticket from pictures in a folder (docs/OWN_DATA.md); the same call goes on where it was stopped.

    Args:
        sparsity: share of zeros in whole percent; 90 where nothing else is asked for.
        macs: multiply-accumulates for one picture, at most, instead.
        size: bytes of the file, at most, instead.
        minutes: in which all is to be done on this machine.
        image_size: of the net's input; None follows from the pictures.
        steps: per epoch, rate: peak learning rate. Both given, nothing is measured, and equal calls give equal tickets.
        watch: told how it goes on.

    Raises:
        DataError: data that cannot be used, one line per fault.
        DrawError: what is asked for cannot be met, or the net has learned nothing.
    """
    from supertickets.data.own import open_data
    from supertickets.own.request import Request
    from supertickets.own.target import target_of
    from supertickets.own.training import draw as drawn

    request = Request(float(minutes), seed, image_size, steps, rate)
    return drawn(open_data(data, task), target_of(sparsity, macs, size), request, watch).ticket


def evaluate(ticket: Ticket, data: str | Path, split: Literal["train", "val"] = "val") -> dict[str, float]:
    """Metrics, in percent, of a ticket on a folder of its task and names.

    Args:
        split: where the folder has none, `val` is what `draw` holds out.

    Raises:
        DataError: data that cannot be used, one line per fault.
        DrawError: data of another task or with other names.
        TicketError: the ticket does not say what it is for.
    """
    from supertickets.data.own import open_data
    from supertickets.own.scoring import scores

    return scores(ticket, open_data(data, purpose_of(ticket).task), split)


def retrain(
    ticket: Ticket,
    data: str | Path,
    *,
    minutes: float = 20.0,
    seed: int = 0,
    steps: int | None = None,
    rate: float | None = None,
    watch: Watch | None = None,
) -> Ticket:
    """Train a ticket on, with its mask fixed, on data of its task and names; arguments and errors are those of `draw`.

    Raises:
        TicketError: the ticket does not say what it is for.
    """
    from supertickets.data.own import open_data
    from supertickets.own.request import Request
    from supertickets.own.training import train_on

    request = Request(float(minutes), seed, None, steps, rate)
    return train_on(ticket, open_data(data, purpose_of(ticket).task), request, "retrain", watch).ticket


def transfer(
    ticket: Ticket,
    data: str | Path,
    task: Literal["classification", "segmentation", "pose"] | None = None,
    *,
    minutes: float = 20.0,
    seed: int = 0,
    image_size: Size | None = None,
    steps: int | None = None,
    rate: float | None = None,
    watch: Watch | None = None,
) -> Ticket:
    """Train a ticket, with its mask fixed and a new classifier, on other data; the rest as in `draw`.

    Args:
        task: of the data; None is that of the ticket.

    Raises:
        TicketError: the ticket does not say what it is for.
    """
    from supertickets.data.own import open_data
    from supertickets.own.request import Request
    from supertickets.own.training import train_on

    request = Request(float(minutes), seed, image_size, steps, rate)
    return train_on(ticket, open_data(data, task or purpose_of(ticket).task), request, "transfer", watch).ticket


def load(path: str | Path) -> Ticket:
    """Read a ticket file from anywhere; nothing in it is run.

    Raises:
        TicketError: a missing, damaged or foreign file.
    """
    return Ticket.load(Path(path))


def predict(ticket: Ticket, images: Tensor, runner: nn.Module | Engine | None = None) -> Tensor:
    """Answers for uint8 images `(B, 3, h, w)` of any one size, shown to the net as wholes at the size of its training.

    Args:
        images: RGB, on the CPU; for pose, each shows one person.
        runner: runs the net; None is torch. Make an `Engine` or a net once to ask it often.

    Returns:
        Classification: logits `(B, classes)`. Segmentation: the class of every pixel, int64 `(B, h, w)`. Pose: x and y
        in pixels of the image and height of the heatmap's peak, `(B, joints, 3)`.

    Raises:
        TicketError: images of another type or shape, or a ticket that does not say what it is for.
    """
    answers = predicted(ticket, images, runner)
    return answers.long() if purpose_of(ticket).task == "segmentation" else answers


def cost(ticket: Ticket, image_size: Size | None = None) -> Cost:
    """Parameters and multiply-accumulates of a ticket under its masks, in all and layer by layer.

    Args:
        image_size: None is the size it was trained with.

    Raises:
        TicketError: no size, and the ticket does not say what it is for.
    """
    from supertickets.costs import cost as cost_of  # torch's counter takes a quarter of a second to import

    return cost_of(ticket.net(), image_size or purpose_of(ticket).image_size, ticket.masks)


def export(ticket: Ticket, path: str | Path, image_size: Size | None = None, *, dynamic: bool = False) -> None:
    """Write a ticket for another runtime, by the file's ending: `.onnx`, or `.pt2` for a program of `torch.export`.

    Args:
        image_size: None is the size it was trained with.
        dynamic: ONNX only, whether the model takes images of any number and size.

    Raises:
        ExportError: another ending, a missing package, or a model that does not compute what the ticket does.
        TicketError: no size, and the ticket does not say what it is for.
    """
    path, size = Path(path), image_size or purpose_of(ticket).image_size
    if path.suffix == ".onnx":
        write_onnx(ticket, path, size, dynamic)
    elif path.suffix == ".pt2" and not dynamic:
        write_program(ticket, path, size)
    else:
        what = (
            "programs of torch.export have one size: drop dynamic"
            if path.suffix == ".pt2"
            else "end it in .onnx or .pt2"
        )
        raise ExportError(f"cannot export to {path}: {what}")
