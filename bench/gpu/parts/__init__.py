"""The parts of the session on a GPU, one file each.

A module of this folder that binds `PARTS`, a tuple of `Part`, adds them; adding one is adding a file. Their keys are
bound to `KEYS` as a literal, which the command line reads without loading torch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from supertickets.discovery import Definitions

ROOT = Path(__file__).parents[3]
"""Of the repository."""

VERSION = 1
"""Of all files of the session: rises when the meaning of a column changes, together with a line in the changelog."""


class NotRunError(RuntimeError):
    """A part that cannot be run here; the message says why."""


@dataclass(frozen=True)
class Given:
    """What a part is given.

    Attributes:
        device: as torch calls it, "cpu" or "cuda".
        out: folder of the session, for further files.
        workers: processes that decode pictures.
        tiny: whether nets, pictures and lengths are as small as can be, to try the code and measure nothing.
        data_root: folder with data sets; None: pictures are made up.
        tables: what follows `python` to compute tables.
    """

    device: str
    out: Path
    workers: int = 0
    tiny: bool = False
    data_root: Path | None = None
    tables: tuple[str, ...] = ("-m", "paper_tables")


@dataclass(frozen=True)
class Part:
    """One of the things to be found out on a device.

    Attributes:
        key: unique; its file is `<key>.v<VERSION>.csv`.
        what: one line for readers.
        turn: parts with lower numbers come first.
        least_s: seconds; with less time left it is not begun.
        columns: of the CSV; where one is `status`, cells that begin with `failed` make the command fail.
        measure: computes the lines, one for each thing measured.
    """

    key: str
    what: str
    turn: int
    least_s: float
    columns: tuple[str, ...]
    measure: Callable[[Given], Iterable[Mapping[str, object]]]

    @property
    def file_name(self) -> str:
        return f"{self.key}.v{VERSION}.csv"


@functools.cache
def _found() -> Definitions:
    return Definitions("PARTS", __name__)


def modules() -> dict[str, str]:
    """Key of every part -> the module that defines it, read from the sources."""
    found = Definitions("KEYS", __name__).literals()
    return {key: f"{__name__}.{module}" for module, keys in found.items() for key in keys}


def parts() -> dict[str, Part]:
    """Every part by key, in the order in which they are run."""
    known: dict[str, Part] = _found().by("key")
    return dict(sorted(known.items(), key=lambda item: item[1].turn))
