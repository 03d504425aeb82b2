"""Scores of tickets on people's own data, as they are used: with the statistics that their files hold."""

from __future__ import annotations

import torch
from torch import Tensor

from supertickets.data.own import OwnData, Split
from supertickets.own.kinds import kind
from supertickets.own.training import require_names
from supertickets.tasks.base import MEAN, STD
from supertickets.ticket import Ticket
from supertickets.user_cache import writable_cache


@torch.no_grad()
def scores(ticket: Ticket, data: OwnData, split: Split) -> dict[str, float]:
    """Metrics in percent over a split.

    Raises:
        DataError: data that cannot be used, one line per fault.
        DrawError: data of another task or with other names.
    """
    purpose, choices = require_names(ticket, data), kind(data.task)
    cache = writable_cache()
    data.check()
    net = ticket.net().eval()
    mean, std, own_mean, own_std = (
        torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD, purpose.mean, purpose.std)
    )

    def forward(images: Tensor) -> Tensor:
        """Tasks normalise in their own way."""
        if (purpose.mean, purpose.std) != (MEAN, STD):
            images = (images * std + mean - own_mean) / own_std
        answers: Tensor = net(images)
        return answers

    samples = data.load(split, purpose.image_size, cache)
    return choices.all_scores(forward, samples, purpose.image_size, choices.batch_size, torch.device("cpu"))
