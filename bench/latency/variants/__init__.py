"""Ways to run a net: one file each.

A module of this folder that binds `VARIANTS`, a tuple of `Variant`, adds its ways; adding one is adding a file. Their
keys are bound to `KEYS` as a literal, which the command line reads without loading torch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from supertickets.discovery import Definitions
from supertickets.rounds import nothing_to_wait_for

Device = Literal["cpu", "cuda"]
Call = Callable[[], Tensor]
"""Runs a prepared net on a prepared image; its output."""


def always_there() -> None:
    """The answer of a variant that needs nothing but torch."""


def any_net(_net: nn.Module, _masked: bool) -> bool:
    """The answer of a variant that runs whatever torch runs."""
    return True


@dataclass(frozen=True)
class Variant:
    """One way to run a net for one image.

    Attributes:
        key: unique; what the CSV and the command line call it.
        what: one line for readers.
        device: where it runs.
        precision: fp32 (no TF32), tf32, bf16 or fp16; weights and activations alike.
        layout: of weights and activations in memory: NCHW, NHWC (torch's channels-last), or the library's own.
        prepare: from a net in eval mode and one image `(1, 3, H, W)`, both fp32 on the CPU and left alone, to a call
            that runs it and returns the output.
        lacks: why it cannot run here, None where it can; CUDA itself is asked about elsewhere.
        suits: whether it is a way to run this net, given also whether a mask has set weights of it to zero; what does
            not suit has no row.
    """

    key: str
    what: str
    device: Device
    precision: Literal["fp32", "tf32", "bf16", "fp16"]
    layout: str
    prepare: Callable[[nn.Module, Tensor], Call]
    lacks: Callable[[], str | None] = always_there
    suits: Callable[[nn.Module, bool], bool] = any_net

    def missing(self) -> str | None:
        """Why it cannot run here, None where it can."""
        if self.device == "cuda" and not torch.cuda.is_available():
            return "no CUDA device"
        return self.lacks()

    @property
    def synchronise(self) -> Callable[[], None]:
        return torch.cuda.synchronize if self.device == "cuda" else nothing_to_wait_for


@functools.cache
def known_variants() -> dict[str, Variant]:
    """Every variant by key, CPU before CUDA, else by file."""
    found: dict[str, Variant] = Definitions("VARIANTS", __name__).by("key")
    return dict(sorted(found.items(), key=lambda item: item[1].device))
