"""What the state of a net looks like without its values: all that has to fit before a weight of a file is read."""

from __future__ import annotations

from typing import NamedTuple

from torch import nn

from supertickets.tensor_files import Entry


class Layout(NamedTuple):
    """Names, types and shapes of a state dict, in its order, and which of them are parameters."""

    state: dict[str, Entry]
    parameters: set[str]


def layout_of(net: nn.Module, recurse: bool = True) -> Layout:
    """The layout of a net, whose weights may be on the meta device.

    Args:
        recurse: whether the modules in it count.
    """
    state = net.state_dict(keep_vars=True)
    own = {name: value for name, value in state.items() if recurse or "." not in name}
    entries = {name: Entry(value.dtype, tuple(value.shape)) for name, value in own.items()}
    return Layout(entries, {name for name, value in own.items() if isinstance(value, nn.Parameter)})
