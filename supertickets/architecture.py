"""The seam between the method and the nets it works on: all that pruning, training and transfer know about a net.

An architecture is a frozen dataclass, so that experiments can name it. `supertickets.supernet.SupernetConfig` is one;
another is one more file of `supertickets.architectures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, Self, runtime_checkable

from torch import nn

from supertickets.layouts import Layout

SupernetSet = Literal["blocks", "body", "convolutions", "all"]
"""Those of `PrunableSet` that every net has."""
PrunableSet = Literal["blocks", "body", "convolutions", "all", "backbone", "shared", "detector"]
"""Named sets of weights, each part of the next; never a bias or a BatchNorm (docs/DEVIATIONS.md).

`blocks`: what the search rebuilds. `body`: what the public code masks in two-in-one training, everything but
classifier and transformers. `convolutions`: what its search-then-prune script masks. `all`: linear layers too.

Detectors and their classifiers have sets of their own, each part of the next. `backbone`: the ResNet's convolutions
without shortcuts. `shared`: what detectors of all tasks have, up to the hidden layers of proposals and boxes.
`detector`: the hidden layers of the task's own head too.
"""

Shape = Mapping[str, Any]
"""What a search left of a net, by module name: plain JSON values, empty where nothing is searched."""


class ArchitectureError(ValueError):
    """An architecture that cannot be built or does not fit; the message names the field and the remedy."""


@runtime_checkable
class Architecture(Protocol):
    """Builds nets and knows their parts; every net of one architecture and shape has the same parameter names."""

    kind: ClassVar[str]
    """Name in ticket files, equal to the module's in `supertickets.architectures`."""
    head: ClassVar[str]
    """Prefix of all names that belong to the head, which transfers between tasks replace."""
    classifier: ClassVar[str]
    """Prefix of the names that depend on the number of outputs, which transfers between data sets replace."""

    @property
    def outputs(self) -> int:
        """Classes or joints."""

    def build(self, seed: int) -> nn.Module:
        """A freshly initialised net; equal seeds give equal weights, whatever the global random state."""

    def shape(self, net: nn.Module) -> Shape:
        """What a search left of `net`: with the architecture, enough to build a net of its form."""

    def shaped(self, shape: Shape, seed: int = 0) -> nn.Module:
        """A freshly initialised net of a searched shape.

        Raises:
            ArchitectureError: when the shape does not fit.
        """

    def layout(self, shape: Shape) -> Layout:
        """Names, types and shapes of the state of a net of a searched shape; no net of that size is made.

        Raises:
            ArchitectureError: when the shape does not fit.
        """

    def prunable(self, net: nn.Module, which: PrunableSet) -> dict[str, nn.Parameter]:
        """The weights of a named set, by name, in definition order."""

    def with_outputs_of(self, target: Self) -> Self:
        """This architecture with the classifier of `target`.

        Raises:
            ArchitectureError: when the heads are of different kinds.
        """

    def with_head_of(self, target: Self) -> Self:
        """This architecture with the whole head of `target`.

        Raises:
            ArchitectureError: when stem and stages do not agree.
        """

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Undo `dataclasses.asdict` after a trip through JSON.

        Raises:
            ArchitectureError: for fields this version does not know, or values that make no sense.
        """
