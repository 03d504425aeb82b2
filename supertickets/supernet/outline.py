"""The layout of a supernet of a searched shape, put together from one block of each form: the paper's 61 are of 13."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import nn

from supertickets.layouts import Layout, layout_of
from supertickets.memory import outlined
from supertickets.searching import groups_of, reduced_layout
from supertickets.supernet.block import SearchingBlock
from supertickets.supernet.net import Supernet
from supertickets.units import UnitGroup

if TYPE_CHECKING:
    from supertickets.supernet.config import SupernetConfig


class _Gap(nn.Module):
    """Where a block stands in a supernet without blocks; it holds what the block would be made of."""

    def __init__(self, *form: Any) -> None:
        super().__init__()
        self.form = form


class _Part(NamedTuple):
    """A module, seen from itself."""

    layout: Layout
    groups: dict[str, UnitGroup]


def supernet_layout(config: SupernetConfig, shape: Mapping[str, Any]) -> Layout:
    """Names, types and shapes of the state of a supernet of a searched shape.

    Raises:
        ArchitectureError: when the shape does not fit.
    """
    whole = Layout({}, set())
    groups: dict[str, UnitGroup] = {}
    with outlined():
        for path, module in Supernet(config, _Gap).named_modules():
            part = _block(*module.form) if isinstance(module, _Gap) else _Part(layout_of(module, recurse=False), {})
            prefix = f"{path}." if path else ""
            whole.state.update((prefix + name, entry) for name, entry in part.layout.state.items())
            whole.parameters.update(prefix + name for name in part.layout.parameters)
            groups |= {f"{prefix}{name}".rstrip("."): group for name, group in part.groups.items()}
    return reduced_layout(whole, groups, shape)


@functools.lru_cache(maxsize=256)
def _block(*form: Any) -> _Part:
    block = SearchingBlock(*form)
    return _Part(layout_of(block), groups_of(block))
