"""Where the files of a downloaded data set lie: a folder per set below a root."""

from __future__ import annotations

from pathlib import Path

from supertickets.data.errors import DataError


def folder_of(root: Path | None, name: str, layout: str) -> Path:
    """The folder `root/name`.

    Args:
        root: folder that holds one folder per data set, or None if the user gave none.
        name: the data set.
        layout: the files expected below `root`, for the message.

    Raises:
        DataError: no root was given, or it does not hold the folder.
    """
    remedy = f"expected layout: {layout}; where to get it: docs/data.md"
    if root is None:
        raise DataError(f"{name} needs downloaded files: set --data-root or SUPERTICKETS_DATA; {remedy}")
    if not (root / name).is_dir():
        raise DataError(f"{root / name} is not a folder: set --data-root or SUPERTICKETS_DATA to its parent; {remedy}")
    return root / name
