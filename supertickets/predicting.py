"""What a ticket answers for pictures of any size, in little more memory than the pictures and the answers take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from supertickets.bands import bands
from supertickets.purpose import purpose_of
from supertickets.tasks.heatmaps import decode
from supertickets.tasks.windows import whole_images
from supertickets.tensor_files import TicketError
from supertickets.ticket import Ticket

if TYPE_CHECKING:
    from supertickets.engine import Engine


@torch.inference_mode()
def predicted(ticket: Ticket, images: Tensor, runner: nn.Module | Engine | None = None) -> Tensor:
    """Answers for images, as `supertickets.predict` tells, but classes of pixels in the smallest type that holds them.

    Raises:
        TicketError: images of another type or shape, or a ticket that does not say what it is for.
    """
    purpose = purpose_of(ticket)
    if images.dim() != 4 or images.shape[1] != 3 or 0 in images.shape[2:] or images.dtype != torch.uint8:
        raise TicketError(f"images are {images.dtype} {tuple(images.shape)}: give uint8 of shape (B, 3, h, w)")
    run = ticket.net().eval() if runner is None else runner
    height, width = purpose.image_size
    inputs = whole_images(_narrowed(images, width), purpose.image_size, torch.device("cpu"), purpose.mean, purpose.std)
    outputs: Tensor = run(inputs)
    if purpose.task == "classification":
        return outputs
    if purpose.task == "segmentation":
        return classes_of_pixels(outputs, (images.shape[2], images.shape[3]))
    joints, confidence = decode(outputs, "quarter")
    # pixel x covers x - 0.5 .. x + 0.5 in either image
    scale = torch.tensor([images.shape[3] / width, images.shape[2] / height])
    return torch.cat([(joints + 0.5) * scale - 0.5, confidence[..., None]], dim=2)


def _narrowed(images: Tensor, width: int) -> Tensor:
    """Images `(B, 3, h, w)` as floats of `width` columns and all their rows: the first half of a resize, bit for bit.

    torch resizes along rows first, each by itself, and leaves alone what has the right width already.
    """
    count, channels, height, _ = images.shape
    narrow = torch.empty((count, channels, height, width))
    for rows in bands(height, images[:, :, 0].numel()):
        part = images[:, :, rows].float()
        size = part.shape[2], width
        narrow[:, :, rows] = F.interpolate(part, size, mode="bilinear", align_corners=False, antialias=True)
    return narrow


def classes_of_pixels(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """The class of every pixel `(B, H, W)` of `size`, uint8 where that holds all classes, else int64.

    Logits `(B, C, h, w)` that would be too many when they are enlarged at once are enlarged to all rows first and then,
    in bands, to all columns, which changes their last bits alone.
    """
    count, classes, _, width = logits.shape
    found = torch.empty((count, *size), dtype=torch.uint8 if classes <= 256 else torch.int64)
    parts = list(bands(size[0], count * classes * size[1]))
    if len(parts) == 1:
        return found.copy_(_enlarged(logits, size).argmax(dim=1))
    tall = _enlarged(logits, (size[0], width))
    for rows in parts:
        found[:, rows] = _enlarged(tall[:, :, rows], (rows.stop - rows.start, size[1])).argmax(dim=1)
    return found


def _enlarged(logits: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(logits, size, mode="bilinear", align_corners=False)
