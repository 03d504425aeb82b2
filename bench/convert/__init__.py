"""Conversions: downloaded archives into the layout that `bench.data` reads, one file per data set.

A conversion is a module of this folder with a module-level `CONVERSION` whose `name` is the module's and the data
set's; adding one is adding that file. `python -m bench.convert` runs them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.data import DataError, DataSet
from supertickets.discovery import Definitions

Sources = Mapping[str, Path]
"""Name of a source -> its folder."""


@dataclass(frozen=True)
class Conversion:
    """How one data set is made of what one can download.

    Attributes:
        name: of the data set.
        sources: name of each folder that is needed, an option on the command line, and what it is.
        write: fills the data set's folder, which is there and empty.
    """

    name: str
    sources: Mapping[str, str]
    write: Callable[[Sources, Path], None]


def conversions() -> dict[str, Conversion]:
    """Every conversion by the name of its data set, in alphabetical order."""
    return Definitions("CONVERSION", __name__).by("name")


def bring(conversion: Conversion, data: DataSet, sources: Sources, root: Path) -> str:
    """Write `<root>/<name>`, all of it or nothing, and return its `data_id`.

    Raises:
        DataError: the folder is there already, a source is missing or damaged, or the outcome is not what `data`
            expects.
    """
    target = root / conversion.name
    if os.path.lexists(target):
        raise DataError(f"{target} is there already: move it away or name another --data-root")
    for name, what in conversion.sources.items():
        if not sources[name].is_dir():
            raise DataError(f"--{name} {sources[name]} is not a folder: give the {what} (docs/data.md)")
    try:
        root.mkdir(parents=True, exist_ok=True)
        # beside its target, so that the renaming at the end is one step
        with tempfile.TemporaryDirectory(prefix=f".{conversion.name}-", dir=root) as unfinished:
            made = Path(unfinished) / conversion.name
            made.mkdir()
            conversion.write(sources, made)
            try:
                data.check(Path(unfinished))
            except DataError as error:
                raise DataError(f"what {target} would be: {str(error).replace(unfinished, str(root))}") from error
            identity = data.data_id(Path(unfinished))
            shutil.move(made, target)
    except OSError as error:
        raise DataError(f"{error.filename or root}: {error.strerror}: look at the folder and the space left") from error
    return identity
