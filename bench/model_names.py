"""What a net can be called by, as far as that can be told without loading any."""

from __future__ import annotations

from pathlib import Path

from bench.networks import network_names
from supertickets.wording import remedy


class ModelError(ValueError):
    """A model that cannot be found or counted; the message names it and the remedy."""


def is_file(name: str) -> bool:
    """Whether a name is that of a ticket's file, which may be missing."""
    return name.endswith(".safetensors") or Path(name).is_file()


def check_model_name(name: str) -> str:
    """Return the name of a net that may exist; see `bench.model.find`.

    Raises:
        ModelError: when there can be none of this name.
    """
    if not is_file(name) and ":" not in name and name not in network_names():
        raise ModelError(
            f"{name!r} is no model: give a ticket's .safetensors file, torchvision:NAME, package.module:callable or a "
            f"network; {remedy(name, network_names())}"
        )
    return name
