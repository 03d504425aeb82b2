"""Parts that are carved from the pictures of a data set, by the order of their names alone."""

from __future__ import annotations

from typing import Any

TUNE_EVERY = 8
"""One eighth of `train` becomes `tune`."""


def members(samples: list[Any], split: str) -> list[Any]:
    """The part of the train samples that belongs to a split carved from them: every eighth one is `tune`.

    For samples that are independent of their neighbours in the list; frames of a video are not.
    """
    if split == "tune":
        return samples[TUNE_EVERY - 1 :: TUNE_EVERY]
    if split == "train_minus_tune":
        return [sample for index, sample in enumerate(samples) if index % TUNE_EVERY != TUNE_EVERY - 1]
    return samples
