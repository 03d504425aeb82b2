"""What has to be the same on every node of a cluster: software, stored runs, data sets."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from bench.engines import EngineError
from bench.identity import Environment
from bench.provenance import code_id, versions

CODE = ("bench.engines.jobs", __name__)
"""Modules from which all code is reached that a node may need."""


def seen(environment: Environment, token: Path) -> dict[str, str]:
    """What this node sees, by its name for people.

    Args:
        token: a file below the cache folder that the command has just made, and that holds its folder's name.
    """
    stored, sets = "another one", "none"
    with contextlib.suppress(OSError):
        if token.read_text() == token.parent.name:
            stored = "shared"
    if environment.data_root is not None:
        with contextlib.suppress(OSError):
            sets = " ".join(sorted(path.name for path in environment.data_root.iterdir()))
    return {
        **versions(),
        "code of the suite": code_id(CODE),
        f"cache folder {environment.cache}": stored,
        f"data below {environment.data_root}": sets,
    }


def compare(node: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """Refuse a node that does not see what this one sees.

    Raises:
        EngineError: naming node and difference.
    """
    for name, own in ours.items():
        if theirs[name] != own:
            raise EngineError(
                f"node {node} of the cluster differs: {name} is {theirs[name]!r} there and {own!r} here; "
                "give it the same packages, cache folder and data"
            )
