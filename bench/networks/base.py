"""What every baseline network tells about itself, and what it really costs."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import nn


class NetworkError(ValueError):
    """A network that does not exist or cannot be built here; the message names the remedy."""


@dataclass(frozen=True)
class Network:
    """A baseline of the paper, as a description that builds it.

    Attributes:
        key: its name in tables and on the command line; also the name of its module.
        name: as the paper prints it.
        tables: numbers of the paper's tables that list it.
        task: what it computes; classification gives `(B, classes)`, the others maps.
        input_size: `(H, W)` in pixels that the paper states beside its cost.
        classes: classes, or joints for pose.
        build: a freshly initialised net of three-channel images.
        printed_params: the paper's parameters, digits untouched; None where it prints none.
        printed_macs: the paper's "FLOPs", which are multiply-accumulates; None where it prints none.
        note: what of the printed cost cannot be right, or what was chosen where no source says.
        stride: input pixels per output pixel, along each side (maps only).
    """

    key: str
    name: str
    tables: tuple[int, ...]
    task: Literal["classification", "segmentation", "pose"]
    input_size: tuple[int, int]
    classes: int
    build: Callable[[], nn.Module]
    printed_params: str | None
    printed_macs: str | None
    note: str = ""
    stride: int = 1

    def output_shape(self, batch: int, image_size: tuple[int, int]) -> tuple[int, ...]:
        """Shape of the output for images of `image_size`, whose sides are multiples of 32."""
        if self.task == "classification":
            return batch, self.classes
        return batch, self.classes, image_size[0] // self.stride, image_size[1] // self.stride


def measured_costs(network: Network, image_size: tuple[int, int] | None = None) -> tuple[int, int]:
    """(parameters, multiply-accumulates of one image) of what inference runs.

    Args:
        image_size: `(H, W)`; None is the network's own input size.

    Raises:
        NetworkError: a library that the network needs is not installed.
    """
    from supertickets.costs import cost

    found = cost(network.build(), image_size or network.input_size)
    return found.params_total, found.macs_dense


def library(name: str) -> ModuleType:
    """A module of a library that only the `baselines` extra installs.

    Raises:
        NetworkError: the library is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise NetworkError(
            f"{error.name} is not installed; this network needs the extra packages: `pip install --group baselines`"
        ) from error
